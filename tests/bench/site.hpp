// An endpoint, and the folder with the hub and the yardstick that read it.
#pragma once

#include "tests/bench/endpoint.hpp"
#include "tests/bench/sample.hpp"
#include "tests/support/temp_dir.hpp"

#include <string>
#include <vector>

namespace gramsetu::bench {

class Site {
public:
  explicit Site(std::size_t records);

  // A file of `write_hub_files`, without its ending.
  std::string config(const std::string& name = "hub") const { return folder.file(name + ".yaml"); }

  // "load", "mark", "unchanged", "download": see yardstick.cpp.
  Sample yardstick(const std::string& kind);
  // A kind of `HubWork`, in a process of its own. "requests" are what it asked of the endpoint.
  Sample hub(const std::string& kind, unsigned round = 0, const std::string& name = "hub");

  // What the hub's file says, as options of the bench ask (store_work.hpp).
  Sample stored(const std::vector<std::string>& options) const;

  test::TempDir folder;
  Endpoint endpoint;

private:
  void forget(const std::string& store) const;
};

} // namespace gramsetu::bench
