// Writing changes to files.
#include "connectors/files/push.hpp"

#include "base/digest.hpp"
#include "connectors/api/extract.hpp"
#include "connectors/files/answer.hpp"
#include "connectors/files/paths.hpp"
#include "schema/json.hpp"
#include "schema/xml.hpp"

#include <fmt/format.h>

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

// Digits alone, for systems whose names are made of them; the same batch has the same.
std::string digits_of(const std::string& name)
{
  std::uint64_t number = 0;
  const Digest digest = sha256(name);
  for (std::size_t i = 0; i < 7; ++i)
    number = number << 8 | digest[i];
  return fmt::format("{:017}", number);
}

std::string with_values(std::string text, const std::map<std::string, std::string>& values)
{
  for (const auto& [name, value] : values) {
    const std::string place = "{" + name + "}";
    for (std::size_t at = text.find(place); at != std::string::npos;
         at = text.find(place, at + value.size()))
      text.replace(at, place.size(), value);
  }
  return text;
}

// The document of a batch. Nothing in it depends on the time: the same batch again is the same file.
Result<std::string> xml_of(std::span<const Intent> intents, const PushWords& words,
                           const std::string& path)
{
  const std::string file = path.substr(path.rfind('/') + 1);
  const std::map<std::string, std::string> values = {{"name", file.substr(0, file.rfind('.'))},
                                                     {"count", std::to_string(intents.size())}};
  schema::Value document{schema::Object()};
  const auto misfit = [](const std::string& pointer) {
    return fail(ErrorKind::invalid, fmt::format("'{}' does not fit into the document", pointer));
  };
  for (const auto& [pointer, text] : words.around) {
    if (!schema::set_at_pointer(document, pointer, schema::Value(with_values(text, values))))
      return misfit(pointer);
  }
  schema::List items;
  for (const Intent& intent : intents)
    items.push_back(intent.body);
  if (!schema::set_at_pointer(document, words.items, schema::Value(std::move(items))))
    return misfit(words.items);
  return schema::to_xml(document);
}

Receipt receipt_of(const Intent& intent, const Result<Put>& written)
{
  Receipt receipt;
  if (written && *written == Put::uncertain) {
    receipt.error = {ErrorKind::transient, "the line broke while the file got its name",
                     std::nullopt};
    return receipt; // unknown
  }
  if (written) {
    receipt.outcome = Receipt::Outcome::applied;
    receipt.remote_id = intent.remote_id.empty() ? intent.key : intent.remote_id;
    return receipt;
  }
  // The file appears by its rename alone, so whatever failed had no effect; another content under the
  // same key, or what cannot be written as it must be, is a mistake that sending again does not mend.
  const ErrorKind kind = written.error().kind;
  const bool mistaken = kind == ErrorKind::precondition || kind == ErrorKind::invalid;
  receipt.outcome = mistaken ? Receipt::Outcome::refused : Receipt::Outcome::not_sent;
  receipt.error = written.error();
  return receipt;
}

} // namespace

Result<std::string> path_of_batch(const Outbox& outbox, std::span<const Intent> intents)
{
  const std::string name = name_of_batch(intents);
  return fill_path(outbox.words.path,
                   {{"stream", outbox.stream.name}, {"key", name}, {"digits", digits_of(name)}});
}

Result<Put> put_batch(const Outbox& outbox, std::span<const Intent> intents, std::stop_token stop)
{
  TRY(const std::string path, path_of_batch(outbox, intents));
  switch (outbox.words.format) {
  case Format::csv: return outbox.folder.put(path, csv_of(intents, outbox.words), stop);
  case Format::xml: {
    TRY(const std::string text, xml_of(intents, outbox.words, path));
    return outbox.folder.put(path, text, stop);
  }
  default: return outbox.folder.put(path, ndjson_of(intents), stop);
  }
}

std::vector<Receipt> push_batch(const Outbox& outbox, std::span<const Intent> intents,
                                std::stop_token stop)
{
  std::vector<Receipt> receipts;
  if (intents.empty()) return receipts;
  const auto written = put_batch(outbox, intents, stop);
  if (written && *written != Put::uncertain && outbox.words.answer)
    return read_answer(outbox, intents, stop);
  for (const Intent& intent : intents)
    receipts.push_back(receipt_of(intent, written));
  return receipts;
}

} // namespace gramsetu::connectors::files
