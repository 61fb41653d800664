// The real gramsetu-sim, and what a test does behind a hub's back.
#pragma once

#include "schema/json.hpp"
#include "tests/system/process.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gramsetu::test {

// Members by JSON Pointer; empty, zero or null when they are not there.
std::string text_at(const schema::Value& value, const std::string& pointer);
std::int64_t number_at(const schema::Value& value, const std::string& pointer);
schema::List list_at(const schema::Value& value, const std::string& pointer);

// One JSON text; fails the test when it is none.
schema::Value json_of(const std::string& text);

bool has(const std::string& text, const std::string& piece);

// The reference number of the simulator's request `number`, from 1 to 9.
std::string request_key(int number);

class District {
public:
  // Starts the simulator with its output in `folder` and waits for its ports.
  District(const std::string& folder, const std::vector<std::string>& options);

  const schema::Value& ports() const { return ports_; }

  // A control request; fails the test when it is refused.
  schema::Value get(const std::string& endpoint, const std::string& what) const;
  schema::Value post(const std::string& endpoint, const std::string& what,
                     const std::string& json) const;
  void clear(const std::string& endpoint, const std::string& what) const;

  // Short for the above.
  void fault(const std::string& endpoint, const std::string& json) const;
  void edit(const std::string& endpoint, const std::string& json) const;
  schema::List records(const std::string& endpoint, const std::string& stream) const;
  schema::List effects(const std::string& endpoint) const;
  // Digests of what the endpoint holds and how many effects it had: two are alike when nothing was
  // written in between.
  std::string picture(const std::string& endpoint, const std::string& stream) const;

  void stop() { process_->kill(); } // every endpoint is down

private:
  schema::Value ask(const std::string& method, const std::string& target,
                    const std::string& body) const;

  std::unique_ptr<Process> process_;
  schema::Value ports_;
  std::uint16_t control_ = 0;
};

} // namespace gramsetu::test
