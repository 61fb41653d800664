// A system call that is refused is named at the start. The kernel refuses it for real: a child has a filter.
#include "daemon/runtime/self_test.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>

using namespace gramsetu;
using test::TempDir;

namespace {

// From now on the kernel answers this call with EPERM, as a unit's SystemCallFilter= has it.
bool refuse(long call)
{
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{4, filter};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// How a child of ours ends whose self-test runs where `call` is refused: 78 when its error names `word`.
int without(long call, const std::string& word, const TempDir& dir)
{
  std::filesystem::create_directory(dir.file("state"));
  const auto child = ::fork();
  if (child == 0) {
    if (!refuse(call)) ::_exit(3);
    const auto tested = runtime::self_test(dir.file("state"));
    if (tested) ::_exit(0);
    ::_exit(tested.error().what.starts_with("the system refuses " + word) ? 78 : 4);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

} // namespace

TEST_CASE("a system that gives everything passes, and nothing is left in the folder")
{
  const TempDir dir;
  std::filesystem::create_directory(dir.file("state"));
  const auto tested = runtime::self_test(dir.file("state"));
  CHECK_MESSAGE(tested, tested.error().what);
  CHECK(std::filesystem::is_empty(dir.file("state")));
  CHECK(runtime::self_test(dir.file("not there yet"))); // the store says what is wrong with that
}

TEST_CASE("each call that the sandbox refuses is seen at the start")
{
  const std::pair<long, const char*> needs[] = {
      {SYS_fsync, "fsync"},         {SYS_fdatasync, "fdatasync"}, {SYS_flock, "flock"},
      {SYS_statx, "statx"},         {SYS_rename, "rename"},       {SYS_ftruncate, "ftruncate"},
      {SYS_getrandom, "getrandom"}, {SYS_socket, "socket"},       {SYS_eventfd2, "eventfd2"},
      {SYS_pwrite64, "pwrite"},     {SYS_fcntl, "fcntl"},         {SYS_timerfd_create, "timerfd"}};
  for (const auto& [call, word] : needs) {
    CAPTURE(word);
    const TempDir dir;
    CHECK(without(call, word, dir) == 78);
    CHECK(std::filesystem::is_empty(dir.file("state")));
  }
  const TempDir dir;
  CHECK(without(SYS_reboot, "", dir) == 0); // nobody needs it
}

TEST_CASE(
    "a folder that everybody may write, or that is another machine's, is no place for a store")
{
  const TempDir dir;
  std::filesystem::create_directory(dir.file("state"));
  REQUIRE(::chmod(dir.file("state").c_str(), 0777) == 0);
  const auto tested = runtime::self_test(dir.file("state"));
  REQUIRE_FALSE(tested);
  CHECK(tested.error().kind == ErrorKind::invalid);
  CHECK(tested.error().what.find("chmod o-w") != std::string::npos);
  CHECK(runtime::network_kind(0x6969) == "NFS");
  CHECK(runtime::network_kind(0xEF53) == ""); // ext4
}
