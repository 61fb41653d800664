// One line of Singer: what a tap writes and a target reads.
#pragma once

#include "schema/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::exec {

struct Message {
  enum class Kind {
    record,     // `body`: the record
    schema,     // `body`: its JSON Schema; `keys`
    state,      // `body`: the value, whatever it is
    activate,   // everything of `version` has been sent
    batch,      // records in files beside the stream
    other,      // a type that is none of the above: passed over
    bad_record, // cannot be used, and nothing else depends on it
    bad,        // cannot be used, and what it says is needed
  };
  Kind kind = Kind::other;
  std::string stream;
  schema::Value body;
  std::vector<std::string> keys;
  std::string version; // record, activate; empty: none
  std::string problem; // bad: for a person
};

Message read_message(std::string_view line);

std::string schema_line(const std::string& stream, const schema::Value& properties,
                        const std::vector<std::string>& keys);
std::string record_line(const std::string& stream, const schema::Value& record);
std::string state_line(const schema::Value& value);

} // namespace gramsetu::connectors::exec
