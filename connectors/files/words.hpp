// The words of a manifest that the files transport understands.
#pragma once

#include "connectors/api/manifest.hpp"
#include "connectors/api/node_reader.hpp"
#include "connectors/formats/format.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gramsetu::connectors::files {

using formats::Format;

// pull:
//   path: "2026/vouchers*.csv"   in the endpoint's folder; '*' for several files, read in name order as
//                                one; {slice.NAME} and {options.NAME} are filled in
//   format: csv | ndjson | xml, and what else formats/format.hpp says of how records are written
//   join: { seat: [District, Block] }   a member made of others, for registers whose rows have no
//                                identity of their own: joined by '/', with '~' and '/' inside a part
//                                written "~0" and "~1"; missing when all parts are blank
struct PullWords {
  std::string path;
  formats::RecordFormat format;
  std::vector<std::pair<std::string, std::vector<std::string>>> join; // member, its parts
};

// push:
//   path: "out/{stream}-{key}.ndjson"   {key}: the first change's idempotency key; must be there
//   format: csv | ndjson
//   delimiter: ","
//   columns: [ names ]    csv: of the records; else what the first change of the file holds
//   batch: 1              changes in a file
struct PushWords {
  std::string path;
  Format format = Format::ndjson;
  char delimiter = ',';
  std::vector<std::string> columns;
  std::size_t batch = 1;
};

// The values that {options.NAME} stands for: the operator's over the manifest's defaults.
using Options = std::map<std::string, std::string>;
Options options_of(const Manifest& manifest, const Options& given);

// Words that a stream's block lacks are taken from the manifest's top-level `format:` block.
PullWords read_pull_words(const Manifest& manifest, const Stream& stream, const Options& options,
                          NodeReader& reader);
// Nothing when the stream has no push block.
std::optional<PushWords> read_push_words(const Stream& stream, const Options& options,
                                         NodeReader& reader);

} // namespace gramsetu::connectors::files
