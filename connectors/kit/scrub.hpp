// Takes persons out of records, by what the mapping and the schema know of each member, and else by its looks.
#pragma once

#include "connectors/kit/pseudonyms.hpp"
#include "connectors/kit/system.hpp"
#include "schema/value.hpp"

#include <string>
#include <vector>

namespace gramsetu::connectors::kit {

class Scrubber {
public:
  Scrubber(const Stream& stream, Pseudonyms& pseudonyms);

  void record(schema::Value& value);
  // What stands around the records. `kept` are pointers whose values say where the next page is, or how
  // many there are; `skip` is where the records are.
  void around(schema::Value& value, const std::vector<std::string>& kept, const std::string& skip);
  // A text that is neither: of an error, say.
  std::string text(const std::string& text);

private:
  enum class What { keep, looks, unmapped, text, date, word, tree };
  struct Line {
    std::string pointer;
    What what = What::looks;
    std::string format;
    std::vector<std::string> words;
  };
  static Line line_of(const MappedField& field, const std::string& pointer);
  const Line* line_at(const std::string& pointer) const;
  void walk(schema::Value& value, const std::string& pointer, const std::string& name);
  void scalar(schema::Value& value, const Line& line, const std::string& name);
  std::string other(const std::string& text, const Line& line, const std::string& name);

  Pseudonyms& pseudonyms_;
  std::vector<Line> lines_;
};

} // namespace gramsetu::connectors::kit
