// Children and what they say.
#include "tests/bench/sample.hpp"

#include "tests/support/temp_dir.hpp"
#include "tests/system/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace gramsetu::bench {

namespace {

constexpr std::chrono::minutes kBound{30}; // a case on a slow and busy machine

} // namespace

Sample sample_of(const std::vector<std::string>& command)
{
  const test::TempDir folder;
  test::Process child({command}, folder.file("child"));
  const auto ended = child.wait(kBound);
  if (!ended || ended->code != 0) {
    fmt::print(stderr, "bench: {} failed:\n{}", fmt::join(command, " "), child.err());
    std::exit(1);
  }
  Sample sample;
  std::istringstream said(child.out());
  std::string name;
  double value = 0;
  while (said >> name >> value)
    sample[name] = value;
  return sample;
}

void tell(const std::string& name, double value)
{
  fmt::print("{} {:.6f}\n", name, value);
}

void tell_peak_memory()
{
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    double kib = 0;
    if (word == "VmHWM:" && status >> kib) tell("peak_kib", kib);
  }
}

double median(std::vector<double> values)
{
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

} // namespace gramsetu::bench
