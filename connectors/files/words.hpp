// The words of a manifest that the files transport understands.
#pragma once

#include "connectors/api/manifest.hpp"
#include "connectors/api/node_reader.hpp"
#include "connectors/formats/format.hpp"

#include <chrono>
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
//   format: csv | ndjson | json | xml | xlsx | html, and what else formats/format.hpp says of how records
//                                are written
//   join: { seat: [District, Block] }   a member made of others, for registers whose rows have no
//                                identity of their own: joined by '/', with '~' and '/' inside a part
//                                written "~0" and "~1"; missing when all parts are blank
//   drop:                        files that are dropped once and say what is new; read once, then
//     archive: taken             filed away here, once what they held is stored
//     errors: rejected           files that cannot be used as a whole, each with its NAME.reason
//     acknowledge: acks          NAME.ack: digest and counts of what was stored; none unless named
//     ready: "{file}.done"       a file is taken once this one is there too
//     settle: 5s                 a file is taken when it was left alone for so long; 0s where `ready` says so
struct DropWords {
  std::string archive, errors = "rejected", acknowledge, ready;
  std::chrono::milliseconds settle{5'000};
};

struct PullWords {
  std::string path;
  formats::RecordFormat format;
  std::optional<DropWords> drop;
  std::vector<std::pair<std::string, std::vector<std::string>>> join; // member, its parts
};

// push:
//   path: "out/{stream}-{key}.ndjson"   {key}: of the batch, made of its changes' idempotency keys; {digits}: the
//                         same as seventeen digits; one of them must be there
//   format: ndjson | csv | xml
//   delimiter: ","
//   columns: [ names ]    csv: of the records; else what the first change of the file holds
//   batch: 1              changes in a file
//   items: /Batch/Payment xml: where the records go
//   around: { /Batch/Id: "{name}", /Batch/Count: "{count}" }   xml: what stands around them; {name}: of the
//                         file, without its ending
//   answer:               a file that says what became of a batch; until it is there nobody knows
//     path: "in/{name}_*.xml"    of several the last one
//     records, lists      as for xml that is pulled: a result each
//     key: /OrgnlEndToEndId      whose it is: the record's key
//     status: /TxSts, accepted: [ACCP], rejected: [RJCT], reason: /StsRsnInf, id: /CPSMSId
//     batch_status: /Answer/Status   pointer into what is around the results
//     all_or_nothing: true       one rejected item rejects the batch
//     certificates: /etc/gramsetu/pfms.pem   who must have signed it; unsigned ones are taken without
//     wait: 30d           so long for an answer, until a person is asked
struct AnswerWords {
  std::string path;
  formats::RecordFormat format;
  std::string key, status, reason, id, batch_status, certificates;
  std::vector<std::string> accepted, rejected;
  bool all_or_nothing = false;
  std::chrono::milliseconds wait = std::chrono::hours(30 * 24);
};

struct PushWords {
  std::string path;
  Format format = Format::ndjson;
  char delimiter = ',';
  std::vector<std::string> columns;
  std::size_t batch = 1;
  std::string items;
  std::vector<std::pair<std::string, std::string>> around;
  std::optional<AnswerWords> answer;
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
