// initdb and postgres, run as somebody who is not root.
#include "tests/support/postgres.hpp"

#include "base/check.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/script_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <memory>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace gramsetu::test {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{60};

std::string programs()
{
  for (const std::string folder : {"/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin",
                                   "/usr/lib/postgresql/17/bin", "/usr/local/bin", "/usr/bin"})
    if (fs::exists(folder + "/initdb") && fs::exists(folder + "/postgres")) return folder;
  return "";
}

// The server refuses to run as root.
const passwd* somebody()
{
  if (geteuid() != 0) return nullptr;
  for (const char* name : {"postgres", "nobody"})
    if (const auto* user = getpwnam(name)) return user;
  return nullptr;
}

pid_t launch(const std::vector<std::string>& command, const std::string& log)
{
  std::vector<char*> words;
  for (const auto& word : command)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const auto* user = somebody();
  const pid_t parent = getpid(), child = fork();
  if (child != 0) return child;
  const gid_t group = user ? user->pw_gid : 0;
  if (user && (setgroups(1, &group) || setgid(group) || setuid(user->pw_uid))) _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGQUIT); // after the user has changed, which clears it
  if (getppid() != parent) _exit(126);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(out, 1);
  dup2(out, 2);
  if (chdir("/") != 0) _exit(126);
  execv(words[0], words.data());
  _exit(127);
}

void hand_over(const std::string& path)
{
  const auto* user = somebody();
  check(!user || chown(path.c_str(), user->pw_uid, user->pw_gid) == 0,
        "the server's user can be given a file");
}

// The server notes in its file of the process what it is at.
bool is_ready(const std::string& data)
{
  std::ifstream file(data + "/postmaster.pid");
  std::string line;
  while (std::getline(file, line))
    if (line.starts_with("ready")) return true;
  return false;
}

} // namespace

Postgres* Postgres::get()
{
  static const std::unique_ptr<Postgres> server = [] {
    std::unique_ptr<Postgres> made(programs().empty() ? nullptr : new Postgres(programs()));
    if (made) check(made->start_server({"listen_addresses="}), "the server is up");
    return made;
  }();
  if (!server) MESSAGE("skipped: PostgreSQL is not installed (./dev setup)");
  return server.get();
}

std::unique_ptr<Postgres> Postgres::stopped()
{
  if (!programs().empty()) return std::unique_ptr<Postgres>(new Postgres(programs()));
  MESSAGE("skipped: PostgreSQL is not installed (./dev setup)");
  return nullptr;
}

void Postgres::start()
{
  check(process_ < 0 && start_server({"listen_addresses="}), "the server is up");
}

void Postgres::stop()
{
  if (process_ < 0) return;
  kill(process_, SIGINT);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::unique_ptr<Postgres> Postgres::with_tls(const Certificates& certificates)
{
  if (programs().empty()) {
    MESSAGE("skipped: PostgreSQL is not installed (./dev setup)");
    return nullptr;
  }
  std::unique_ptr<Postgres> server(new Postgres(programs()));
  const std::string data = server->folder_ + "/data/";
  for (const std::string name : {"ca.pem", "server.pem", "server.key"}) {
    fs::copy_file(certificates.file(name), data + name);
    hand_over(data + name);
    fs::permissions(data + name, fs::perms::owner_read);
  }
  std::ofstream(data + "pg_hba.conf")
      << "local all all trust\n"
         "hostssl all all 127.0.0.1/32 cert clientcert=verify-full\n";
  for (int attempt = 0; attempt < 5; ++attempt) {
    server->port_ = static_cast<std::uint16_t>(closed_port());
    if (server->start_server({"listen_addresses=127.0.0.1", "ssl=on", "ssl_cert_file=server.pem",
                              "ssl_key_file=server.key", "ssl_ca_file=ca.pem",
                              "port=" + std::to_string(server->port_)}))
      return server;
  }
  FAIL("the server does not start");
  return nullptr;
}

Postgres::Postgres(const std::string& folder_of_programs) : programs_(folder_of_programs)
{
  folder_ = (fs::temp_directory_path() / "gramsetu-pg-XXXXXX").string();
  check(mkdtemp(folder_.data()) != nullptr, "a temporary folder can be made");
  hand_over(folder_);
  const pid_t made = launch({programs_ + "/initdb", "-D", folder_ + "/data", "-U", "gramsetu", "-A",
                             "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"},
                            folder_ + "/log");
  int status = 0;
  check(waitpid(made, &status, 0) == made && status == 0, "initdb makes a cluster");
}

bool Postgres::start_server(const std::vector<std::string>& settings)
{
  const std::string data = folder_ + "/data";
  std::vector<std::string> command = {programs_ + "/postgres", "-D", data};
  std::vector<std::string> all = {"unix_socket_directories=" + folder_, "fsync=off",
                                  "shared_buffers=16MB", "max_connections=40", "autovacuum=off"};
  all.insert(all.end(), settings.begin(), settings.end());
  for (const std::string& setting : all) {
    command.push_back("-c");
    command.push_back(setting);
  }
  process_ = launch(command, folder_ + "/log");
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!is_ready(data) && std::chrono::steady_clock::now() < until) {
    if (waitpid(process_, nullptr, WNOHANG) == process_) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return is_ready(data);
}

Postgres::~Postgres()
{
  if (process_ > 0) {
    kill(process_, SIGQUIT); // at once: nothing of it is kept
    waitpid(process_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string Postgres::socket() const
{
  return folder_ + "/.s.PGSQL.5432";
}

std::string Postgres::tls_url(const std::string& host) const
{
  return "postgresql://gramsetu@" + host + ":" + std::to_string(port_) + "/postgres";
}

std::string Postgres::url(const std::string& database) const
{
  std::string host;
  for (const char letter : folder_)
    host += letter == '/' ? "%2F" : std::string(1, letter);
  return "postgresql://gramsetu@" + host + "/" + database;
}

} // namespace gramsetu::test
