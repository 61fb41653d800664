// gramsetu-sim: the systems around a hub, as one process.
#include "schema/json.hpp"
#include "schema/scalar.hpp"
#include "schema/types.hpp"
#include "tests/endpoints/simulator.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace {

using namespace gramsetu;
using namespace gramsetu::sim;

struct Arguments {
  SimulatorOptions options;
  std::string port_file;
  std::vector<std::string> data, ports;
  bool until_stdin_closes = false;
};

// "name=value" taken apart; an error when there is no '='.
Result<std::pair<std::string, std::string>> pair_of(const std::string& text)
{
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return fail(ErrorKind::invalid, fmt::format("'{}' is not NAME=VALUE", text));
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

Result<void> finish(Arguments& arguments)
{
  for (const std::string& text : arguments.data) {
    TRY(auto pair, pair_of(text));
    arguments.options.data.push_back(std::move(pair));
  }
  for (const std::string& text : arguments.ports) {
    TRY(const auto pair, pair_of(text));
    const auto port = schema::read_integer(pair.second);
    if (!port || *port < 0 || *port > 65'535)
      return fail(ErrorKind::invalid, fmt::format("'{}' is not a port", pair.second));
    arguments.options.ports[pair.first] = static_cast<std::uint16_t>(*port);
  }
  return {};
}

// Renamed into place, so that who waits for the file never reads half of it.
bool write_port_file(const std::string& path, const std::string& text)
{
  const std::string fresh = path + ".new";
  {
    std::ofstream file(fresh);
    file << text << '\n';
    if (!file.flush()) return false;
  }
  return std::rename(fresh.c_str(), path.c_str()) == 0;
}

// Until SIGTERM or SIGINT, or the end of standard input.
void wait_for_the_end(int signals, bool until_stdin_closes)
{
  pollfd waiting[2] = {{signals, POLLIN, 0}, {until_stdin_closes ? STDIN_FILENO : -1, POLLIN, 0}};
  for (;;) {
    if (::poll(waiting, 2, -1) < 0 && errno != EINTR) return;
    if (waiting[0].revents != 0) return;
    if (waiting[1].revents == 0) continue;
    char buffer[256];
    if (::read(STDIN_FILENO, buffer, sizeof buffer) <= 0) return;
  }
}

int run(Arguments& arguments, int signals)
{
  if (const auto finished = finish(arguments); !finished) {
    fmt::print(stderr, "gramsetu-sim: {}\n", finished.error().what);
    return 2;
  }
  auto simulator = Simulator::start(std::move(arguments.options));
  if (!simulator) {
    fmt::print(stderr, "gramsetu-sim: {}\n", simulator.error().what);
    return 1;
  }
  const std::string ports = schema::to_pretty_json((*simulator)->to_value());
  if (arguments.port_file.empty()) {
    fmt::print("{}\n", ports);
    std::fflush(stdout);
  } else if (!write_port_file(arguments.port_file, ports)) {
    fmt::print(stderr, "gramsetu-sim: {} cannot be written\n", arguments.port_file);
    return 1;
  }
  wait_for_the_end(signals, arguments.until_stdin_closes);
  return 0;
}

} // namespace

int main(int argc, char** argv)
{
  Arguments arguments;
  DistrictOptions& district = arguments.options.district;
  const std::string today = to_rfc3339(SystemClock().now()).substr(0, 10);
  district.year = static_cast<int>(schema::financial_year_of(today));
  CLI::App app("Endpoints around a district hub, simulated on loopback");
  app.add_option("--port-file", arguments.port_file,
                 "Write addresses and credentials here, as JSON");
  app.add_option("--port", arguments.ports, "NAME=PORT: a fixed port for an endpoint");
  app.add_option("--seed", district.seed, "The same number gives the same district");
  app.add_option("--gps", district.gram_panchayats, "Gram panchayats in the district");
  app.add_option("--records", district.vouchers, "Vouchers at the central endpoint");
  app.add_option("--service-requests", district.service_requests, "Service requests at the CSC");
  app.add_option("--year", district.year, "April of the financial year that records are of");
  app.add_option("--token-seconds", arguments.options.credentials.token_seconds,
                 "Lifetime of a bearer token");
  app.add_flag("--empty", arguments.options.empty, "Places only, no records");
  app.add_option("--data", arguments.data, "NAME=FILE: serve a CSV or NDJSON file as a data set");
  app.add_flag("--until-stdin-closes", arguments.until_stdin_closes, "End with standard input");
  CLI11_PARSE(app, argc, argv);

  // Blocked before any thread starts, so that none of them is interrupted.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return run(arguments, ::signalfd(-1, &set, SFD_CLOEXEC));
}
