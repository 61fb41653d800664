// What must not be kept, masked in documents and records before anything stores them.
#pragma once

#include "schema/mapping.hpp"
#include "schema/record.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::schema {

// What was masked in one document.
struct Masked {
  std::vector<std::string> pointers; // where; an item of a list is "*", whichever it is
  bool in_key =
      false; // a number that may not be kept is the record's identity: nothing can stand for it
};

// How a value may be masked.
struct Treatment {
  enum class Kind {
    never,  // a key, a reference, money, a date: no number of a person
    number, // only by its name
    text,   // by its name, or words beside the number
    person, // and what is nothing but such a number
    whole,  // its class says so, whatever it is
  };
  Kind kind = Kind::person;
  const FieldSpec* field = nullptr; // null: what no mapping reads
};

// Aadhaar numbers wherever they are in a document of `mapping`, and fields that are forbidden. Cheap to
// make, and to ask of documents that hold nothing of the kind. Safe to use from any thread.
class Ingest {
public:
  // `envelope`: pointers of ids, versions and times, which are read beside the mapping.
  Ingest(const Entity& entity, const Mapping& mapping, const std::vector<std::string>& envelope);

  Masked mask(Value& document) const;

private:
  std::map<std::string, Treatment, std::less<>> known_; // by pointer
  bool has_whole_ = false;
};

// The same for what is entered at the hub: the fields that were masked.
std::vector<std::string> mask_record(const Entity& entity, Record& record);
Value masked_field(const Entity& entity, std::size_t field, Value value);

// Whether a value is, or holds, a mask: it is never sent, because the endpoint may have what it stands for.
bool is_withheld(const FieldSpec& field, const Value& value);

} // namespace gramsetu::schema
