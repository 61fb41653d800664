// Starting and ending sshd, one process a connection.
#include "tests/support/ssh_server.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace gramsetu::test {

namespace {

constexpr const char* kSshd = "/usr/sbin/sshd";

int run_command(const std::string& command)
{
  return std::system((command + " >/dev/null 2>&1").c_str());
}

// The first two words of a public key file.
std::string public_key_in(const TempDir& dir, const std::string& name)
{
  const std::string line = dir.read(name + ".pub");
  return line.substr(0, line.find(' ', line.find(' ') + 1));
}

// Made once; every server of this process has them.
const TempDir& keys()
{
  static const TempDir* const made = [] {
    static const TempDir dir;
    for (const char* name : {"host_ed25519", "host_rsa", "user", "other"}) {
      const bool rsa = std::string(name) == "host_rsa";
      REQUIRE(run_command(fmt::format("ssh-keygen -q -N '' -t {} -f '{}'",
                                      rsa ? "rsa -b 2048" : "ed25519", dir.file(name))) == 0);
    }
    dir.write("authorized", public_key_in(dir, "user") + "\n");
    return &dir;
  }();
  return *made;
}

} // namespace

bool SshServer::is_there()
{
  return ::access(kSshd, X_OK) == 0 && run_command("command -v ssh-keygen") == 0;
}

SshServer::SshServer()
{
  dir_.write("config", fmt::format("HostKey {0}/host_ed25519\nHostKey {0}/host_rsa\n"
                                   "AuthorizedKeysFile {0}/authorized\nStrictModes no\n"
                                   "PermitRootLogin yes\nUsePAM no\nPasswordAuthentication yes\n"
                                   "Subsystem sftp internal-sftp\nForceCommand internal-sftp\n"
                                   "LogLevel DEBUG1\nLoginGraceTime 20\nPidFile none\n",
                                   keys().path()));
  // As root sshd parts with its rights in an empty folder that Debian makes at boot.
  if (::geteuid() == 0) ::mkdir("/run/sshd", 0755);
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener_, 32) == 0);
  REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

SshServer::~SshServer()
{
  over_ = true;
  ::shutdown(listener_, SHUT_RDWR); // wakes the thread up
  thread_.join();
  ::close(listener_);
  end_all();
}

std::string SshServer::url(const std::string& folder) const
{
  return fmt::format("sftp://127.0.0.1:{}{}", port_, folder);
}

std::string SshServer::user() const
{
  return ::getpwuid(::geteuid())->pw_name;
}

std::string SshServer::host_key(const std::string& type) const
{
  return fmt::format("[127.0.0.1]:{} {}", port_, public_key_in(keys(), "host_" + type));
}

std::string SshServer::fingerprint() const
{
  const std::string command = fmt::format(
      "ssh-keygen -l -f '{}' > '{}'", keys().file("host_ed25519.pub"), dir_.file("fingerprint"));
  REQUIRE(std::system(command.c_str()) == 0);
  const std::string line = dir_.read("fingerprint"); // "256 SHA256:... comment (ED25519)"
  const auto begin = line.find("SHA256:");
  return line.substr(begin, line.find(' ', begin) - begin);
}

std::string SshServer::key() const
{
  return keys().read("user");
}

std::string SshServer::other_key() const
{
  return keys().read("other");
}

std::string SshServer::log() const
{
  return dir_.read("log");
}

void SshServer::refuse(bool refuses)
{
  refuses_ = refuses;
  if (refuses) end_all();
}

void SshServer::run()
{
  while (!over_) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    if (over_ || refuses_) {
      ::close(socket);
      continue;
    }
    ++accepted_;
    if (silent_) {
      const std::lock_guard lock(mutex_);
      held_.push_back(socket);
      continue;
    }
    serve(socket);
    ::close(socket);
  }
}

void SshServer::serve(int socket)
{
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, socket, 0);
  ::posix_spawn_file_actions_adddup2(&actions, socket, 1);
  ::posix_spawn_file_actions_addopen(&actions, 2, dir_.file("log").c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
  const std::string config = dir_.file("config");
  const char* words[] = {kSshd, "-i", "-e", "-f", config.c_str(), nullptr};
  pid_t child = 0;
  const int failed =
      ::posix_spawn(&child, kSshd, &actions, nullptr, const_cast<char**>(words), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  const std::lock_guard lock(mutex_);
  if (failed == 0) children_.push_back(child);
}

void SshServer::end_all()
{
  const std::lock_guard lock(mutex_);
  for (const int child : children_) {
    ::kill(child, SIGKILL); // it may take SIGTERM and stay
    ::waitpid(child, nullptr, 0);
  }
  children_.clear();
  for (const int socket : held_)
    ::close(socket);
  held_.clear();
}

} // namespace gramsetu::test
