// What an operator can write: a row for each option, from which lint, reader, reference and schema
// are made.
#pragma once

#include <string_view>
#include <vector>

namespace gramsetu::config {

enum class Kind {
  text,
  name,     // letters, digits, '-', '_', '.': goes into keys and metrics
  integer,  // 12
  flag,     // true, false
  duration, // 15m
  size,     // 2MiB
  percent,  // 5%
  limit,    // 5%, 200, or { share: 5%, records: 200 }
  choice,   // one of `choices`
  code,     // an LGD code: 309
  secret,   // a reference only, never the value itself
  url,      // http://, https:// or sftp://
  path,     // of a file or folder; a relative one starts at the folder of the file it is written in
  window,   // 20:00-06:00
  cron,     // 30 2 * * *
  listen,   // 127.0.0.1:8470
  rule,     // newest, { owner: csc }
  rules,    // field: rule
  connector, // a name, a file, or a manifest
  options,   // what the manifest offers
  block,     // `members`
  blocks,    // `names.size()` levels of free names, then `members`
};

struct Table;

// One option. It is described nowhere else.
struct Option {
  std::string_view name;
  Kind kind = Kind::text;
  std::string_view help = {}; // one sentence without its full stop; says why for a default
  bool required = false;
  std::string_view default_text = {};
  std::vector<std::string_view> choices = {};
  std::string_view min = {}, max = {}; // as an operator would write them
  std::string_view example = {};
  const Table* members = nullptr;           // block, blocks
  std::vector<std::string_view> names = {}; // blocks: what the free names are
  std::string_view word = {};               // block: this word may stand in its place
};

struct Table {
  std::vector<Option> options;
  bool one_of = false; // exactly one of the options is written

  const Option* find(std::string_view name) const; // null when there is no such option
};

const Table& operator_file();    // the whole
const Table& endpoint_options(); // endpoints.<name>
const Table& api_options();      // of the block api
const Table& limit_options();    // of every limit that is written as a block

// "a whole number", "a duration such as 15m": for findings and the reference.
std::string_view describe(Kind kind);

} // namespace gramsetu::config
