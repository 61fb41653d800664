// The endpoint that the bench reads from: whole pages ready in memory, and writes that move them.
#pragma once

#include "tests/bench/records.hpp"
#include "tests/endpoints/http_server.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace gramsetu::bench {

// Any thread.
class Endpoint {
public:
  explicit Endpoint(std::size_t records); // listens on loopback when it returns

  std::string url() const;
  std::size_t records() const { return moving_.size(); }
  std::size_t json_bytes();    // of all records as they are, without what stands around them
  std::size_t take_requests(); // answered since the last call

  // The endpoint's own people change their share of a round, an hour ago. With `conflicts` they change
  // the address too, where the hub's people change it in the same round.
  void edit(unsigned round, bool conflicts);
  // Makes the pages ready that edits and writes have moved. Not for the time that is measured.
  void refresh();

private:
  sim::Response answer(const sim::Request& request);
  sim::Response page(const sim::Request& request);
  sim::Response changed_since(const sim::Request& request);
  sim::Response one(const std::string& id);
  sim::Response write(const sim::Request& request);
  void render(std::size_t page);
  void touch(std::size_t number, const Entered& entered);

  std::mutex mutex_; // guards all below
  std::vector<Moving> moving_;
  std::unordered_map<std::size_t, Entered> entered_; // by number; `moving_` points into it
  std::vector<std::string> pages_;
  std::vector<bool> stale_; // by page
  std::string places_;
  std::size_t requests_ = 0;
  std::unique_ptr<sim::HttpServer> server_;
};

} // namespace gramsetu::bench
