// Writing changes to files.
#include "connectors/files/push.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/files/paths.hpp"
#include "schema/json.hpp"

#include <algorithm>

namespace gramsetu::connectors::files {

namespace {

std::string ndjson_of(std::span<const Intent> intents)
{
  std::string text;
  for (const Intent& intent : intents) {
    schema::Object line;
    line.append("verb", name_of(intent.verb));
    line.append("key", intent.key);
    if (!intent.remote_id.empty()) line.append("remote_id", intent.remote_id);
    line.append("idempotency_key", intent.idempotency_key);
    if (!intent.expected_version.empty()) line.append("expected_version", intent.expected_version);
    if (intent.verb != Verb::remove) line.append("record", intent.body);
    text += schema::to_json(schema::Value(std::move(line))) + "\n";
  }
  return text;
}

// What the records of the batch hold, in the order in which it first comes up.
std::vector<std::string> columns_of(std::span<const Intent> intents)
{
  std::vector<std::string> columns;
  for (const Intent& intent : intents) {
    if (!intent.body.is_object()) continue;
    for (const auto& member : intent.body.object().members()) {
      if (std::find(columns.begin(), columns.end(), member.name) == columns.end())
        columns.push_back(member.name);
    }
  }
  return columns;
}

std::string cell_of(const schema::Value& body, const std::string& column)
{
  const schema::Value* value = body.is_object() ? body.object().find(column) : nullptr;
  if (!value) return {};
  if (value->is_object() || value->is_list()) return schema::to_json(*value);
  return scalar_text(*value);
}

std::string csv_of(std::span<const Intent> intents, const PushWords& words)
{
  const formats::Dialect dialect{words.delimiter, '"'};
  const auto columns = words.columns.empty() ? columns_of(intents) : words.columns;
  std::vector<std::string> row = {"verb", "key", "idempotency_key"};
  row.insert(row.end(), columns.begin(), columns.end());
  std::string text = formats::write_row(row, dialect);
  for (const Intent& intent : intents) {
    row = {std::string(name_of(intent.verb)), intent.key, intent.idempotency_key};
    for (const auto& column : columns)
      row.push_back(cell_of(intent.body, column));
    text += formats::write_row(row, dialect);
  }
  return text;
}

std::string name_of_batch(std::span<const Intent> intents)
{
  if (intents.size() == 1) return intents.front().idempotency_key;
  std::vector<const Intent*> all;
  for (const Intent& intent : intents)
    all.push_back(&intent);
  return batch_key(all);
}

Receipt receipt_of(const Intent& intent, const Result<bool>& written)
{
  Receipt receipt;
  if (written) {
    receipt.outcome = Receipt::Outcome::applied;
    receipt.remote_id = intent.remote_id.empty() ? intent.key : intent.remote_id;
    return receipt;
  }
  // The file appears by its rename alone, so whatever failed had no effect; another content under the
  // same key is a mistake that sending again does not mend.
  receipt.outcome = written.error().kind == ErrorKind::precondition ? Receipt::Outcome::refused
                                                                    : Receipt::Outcome::not_sent;
  receipt.error = written.error();
  return receipt;
}

} // namespace

std::vector<Receipt> push_batch(const Folder& folder, const Stream& stream, const PushWords& words,
                                std::span<const Intent> intents)
{
  const auto write = [&]() -> Result<bool> {
    const std::map<std::string, std::string> values = {{"stream", stream.name},
                                                       {"key", name_of_batch(intents)}};
    TRY(const std::string path, fill_path(words.path, values));
    return folder.put(path,
                      words.format == Format::csv ? csv_of(intents, words) : ndjson_of(intents));
  };
  std::vector<Receipt> receipts;
  if (intents.empty()) return receipts;
  const auto written = write();
  for (const Intent& intent : intents)
    receipts.push_back(receipt_of(intent, written));
  return receipts;
}

} // namespace gramsetu::connectors::files
