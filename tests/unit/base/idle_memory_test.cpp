// Memory that is not needed goes back, and everything works on.
#include "base/digest.hpp"
#include "base/idle_memory.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace gramsetu;

namespace {

// A line of this process's `status`, in bytes.
std::int64_t bytes_of(const std::string& name)
{
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return std::stoll(line.substr(name.size() + 1)) * 1024;
  return 0;
}

std::string work()
{
  try {
    throw std::runtime_error(to_hex(sha256("panchayat")));
  } catch (const std::runtime_error& thrown) { // the unwinder's tables are constants, too
    return thrown.what();
  }
}

} // namespace

TEST_CASE("pages of text and constants go, and what is called comes back as it was")
{
  const auto expected = work();
  const auto before = bytes_of("RssFile");
  REQUIRE(before > 0);
  give_back_memory();
  const auto after = bytes_of("RssFile");
  MESSAGE("pages of files: ", before >> 10, " KiB before, ", after >> 10, " KiB after");
  CHECK(after < before * 3 / 4);
  CHECK(work() == expected);
}

TEST_CASE("what was written stays, whether variable or constant once it is relocated")
{
  static int initialised = 7;
  static const std::string* const pointed = new std::string("kept");
  static const char* const names[] = {"one", "two"}; // relocated, then read only
  initialised = 8;
  give_back_memory();
  CHECK(initialised == 8);
  CHECK(*pointed == "kept");
  CHECK(std::string(names[1]) == "two");
}

TEST_CASE("what was freed between pieces that are still held goes back to the system")
{
  constexpr std::size_t pieces = 4096;
  std::vector<std::unique_ptr<std::string>> held, freed;
  for (std::size_t i = 0; i < pieces; ++i) {
    freed.push_back(std::make_unique<std::string>(8192, 'x'));
    held.push_back(std::make_unique<std::string>(64, 'y'));
  }
  freed.clear();
  const auto before = bytes_of("RssAnon");
  give_back_memory();
  const auto after = bytes_of("RssAnon");
  MESSAGE("the process's own: ", before >> 10, " KiB before, ", after >> 10, " KiB after");
  CHECK(after < before - (8 << 20));
  for (const auto& piece : held)
    REQUIRE(*piece == std::string(64, 'y'));
}

TEST_CASE("threads that work meanwhile notice nothing")
{
  const auto expected = work();
  std::atomic<bool> over = false;
  std::atomic<int> wrong = 0, done = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      while (!over) {
        if (work() != expected) ++wrong;
        ++done;
      }
    });
  for (int i = 0; i < 50; ++i) {
    const int seen = done;
    give_back_memory();
    while (done == seen) // each time somebody gets further
      std::this_thread::yield();
  }
  over = true;
  threads.clear();
  CHECK(wrong == 0);
}

TEST_CASE("a footprint says how much was worked and what is held")
{
  const auto before = footprint();
  CHECK(before.resident > 0);
  CHECK(before.processor.count() > 0);
  for (auto now = before; now.processor == before.processor; now = footprint())
    work();
  const std::string large(8 << 20, 'x');
  CHECK(footprint().resident > before.resident + (4 << 20));
}
