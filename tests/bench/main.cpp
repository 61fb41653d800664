// bench: what is promised about speed and memory, measured on this machine.
#include "base/arenas.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/count_work.hpp"
#include "tests/bench/hub_work.hpp"
#include "tests/bench/store_work.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>

namespace {

using namespace gramsetu::bench;
using gramsetu::share_arenas;

struct Arguments {
  Options options;
  HubWork work;
  std::string size_of, rows_of, count_in;
  bool quick = false, json = false;
  RowsAsked rows;
};

int measure(Arguments& arguments, bool records_given, bool repeat_given)
{
  auto& options = arguments.options;
  if (arguments.quick && !records_given) options.records = 50'000;
  if (arguments.quick && !repeat_given) options.repeat = 3;
  if (options.records < 4000 || options.records % 1000 != 0) {
    fmt::print(stderr, "bench: --records is a multiple of 1000, and 4000 or more\n");
    return 2;
  }
  const auto report = run(options);
  fmt::print("{}", arguments.json ? report.json() + "\n" : report.table());
  return report.held() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
  Arguments arguments;
  CLI::App app("The measured promises: every figure is a ratio to a bare loop of the same run");
  auto* records = app.add_option("--records", arguments.options.records,
                                 "How many records (1,000,000; with --quick 50,000)");
  auto* repeat = app.add_option("--repeat", arguments.options.repeat,
                                "Measure each case so often, for the median (5; with --quick 3)");
  app.add_option("--only", arguments.options.only, "One case")
      ->check(CLI::IsMember(std::vector<std::string>(kCases.begin(), kCases.end())));
  app.add_flag("--quick", arguments.quick, "Fewer records, for a first look");
  app.add_flag("--json", arguments.json, "For machines");
  // What the bench's own children and instructions.py start it with.
  auto* work_kind = app.add_option("--work", arguments.work.kind)->group("");
  app.add_option("--config", arguments.work.config)->group("");
  app.add_option("--round", arguments.work.round)->group("");
  auto* folder = app.add_option("--count", arguments.count_in)->group("");
  auto* size = app.add_option("--size", arguments.size_of)->group("");
  auto* rows = app.add_option("--rows", arguments.rows_of)->group("");
  app.add_flag("--records-alone", arguments.rows.records_alone)->group("");
  app.add_flag("--indexes,!--no-indexes", arguments.rows.indexes)->group("");
  CLI11_PARSE(app, argc, argv);

  std::signal(SIGPIPE, SIG_IGN);
  if (*size) {
    tell_size(arguments.size_of);
    return 0;
  }
  if (*rows) {
    tell_rows(arguments.rows_of, arguments.rows);
    return 0;
  }
  if (*folder) {
    count(arguments.count_in, arguments.options.records);
    return 0;
  }
  if (!*work_kind) return measure(arguments, records->count() > 0, repeat->count() > 0);
  arguments.work.records = arguments.options.records;
  share_arenas(); // as the program does
  work(arguments.work);
  return 0;
}
