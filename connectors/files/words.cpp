// Reading the pull and push blocks of a files stream.
#include "connectors/files/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::files {

using schema::Node;

namespace {

const std::vector<std::string> kEnvelopeWords = {"id",     "version", "modified",
                                                 "cursor", "deletes", "attachment"};
constexpr std::chrono::milliseconds kLongestSettle = std::chrono::minutes(5);

// A copy with {options.NAME} filled in; other braces are left for later.
Node with_options(Node node, const Options& options, NodeReader& reader)
{
  constexpr std::string_view kOpen = "{options.";
  for (std::size_t at = node.scalar.find(kOpen); at != std::string::npos;
       at = node.scalar.find(kOpen, at)) {
    const std::size_t end = std::min(node.scalar.find('}', at), node.scalar.size());
    const std::string name = node.scalar.substr(at + kOpen.size(), end - at - kOpen.size());
    const auto option = options.find(name);
    if (option == options.end()) {
      reader.wrong(node.place, fmt::format("the manifest has no option '{}'", name));
      break;
    }
    node.scalar.replace(at, end + 1 - at, option->second);
    at += option->second.size();
  }
  for (Node& item : node.items)
    item = with_options(std::move(item), options, reader);
  for (auto& entry : node.entries)
    entry.value = with_options(std::move(entry.value), options, reader);
  return node;
}

void read_join(const Node& block, PullWords& words, NodeReader& reader)
{
  const Node* join = reader.block(block, "join");
  if (!join) return;
  for (const auto& entry : join->entries) {
    words.join.emplace_back(entry.key, reader.texts_of(entry.value, entry.key));
    if (words.join.back().second.empty())
      reader.wrong(entry.value.place, fmt::format("'{}' is joined of nothing", entry.key),
                   "a list of columns");
  }
}

bool leads_out(const std::string& path)
{
  return path.empty() || path.front() == '/' || path.find("..") != std::string::npos;
}

// A folder inside the endpoint's.
std::string inner_folder(const Node& block, std::string_view key, std::string otherwise,
                         NodeReader& reader)
{
  std::string folder = reader.text(block, key, std::move(otherwise));
  const Node* at = block.find(key);
  const bool wrong = leads_out(folder) || folder.back() == '/' ||
                     folder.find_first_of("*?[{") != std::string::npos;
  if (at && wrong)
    reader.wrong(at->place, fmt::format("'{}' is no folder inside the endpoint's", folder),
                 "a path from the folder on, without '..'");
  return folder;
}

std::optional<DropWords> read_drop(const Node& block, const Stream& stream, NodeReader& reader)
{
  const Node* drop = reader.block(block, "drop");
  if (!drop) return std::nullopt;
  reader.only(*drop, {"archive", "errors", "acknowledge", "ready", "settle"}, "'drop'");
  DropWords words;
  if (!drop->find("archive"))
    reader.wrong(drop->place, "'drop' does not say where files go once they are stored",
                 "archive: taken");
  words.archive = inner_folder(*drop, "archive", "", reader);
  words.errors = inner_folder(*drop, "errors", words.errors, reader);
  words.acknowledge = inner_folder(*drop, "acknowledge", "", reader);
  words.ready = reader.text(*drop, "ready");
  if (!words.ready.empty() && words.ready.find("{file}") == std::string::npos)
    reader.wrong(drop->find("ready")->place, "'ready' must hold {file}", "ready: \"{file}.done\"");
  if (!words.ready.empty()) words.settle = std::chrono::milliseconds(0);
  words.settle = reader.duration(*drop, "settle").value_or(words.settle);
  if (words.settle > kLongestSettle)
    reader.wrong(drop->find("settle")->place, "the run would wait for so long", "settle: 10s");
  if (stream.deletes == Deletes::snapshot)
    reader.wrong(drop->place, "a file that is read once and filed away proves no absence",
                 "deletes: never, or a field that marks them");
  if (!stream.cursor_pointer.empty())
    reader.wrong(drop->place, "dropped files are their own cursor", "leave 'cursor' out");
  return words;
}

std::string path_of(const Node& block, const schema::Place& place, const std::string& what,
                    NodeReader& reader)
{
  const std::string path = reader.text(block, "path");
  const Node* at = block.find("path");
  if (!at)
    reader.wrong(place, what + " names no file", "path: \"vouchers*.csv\"");
  else if (leads_out(path))
    reader.wrong(at->place, fmt::format("'{}' is no path inside the endpoint's folder", path),
                 "a path from the folder on, without '..'");
  return path;
}

void read_document(const Node& block, PushWords& words, NodeReader& reader)
{
  words.items = reader.text(block, "items");
  if (const Node* around = reader.block(block, "around")) {
    for (const auto& entry : around->entries) {
      if (!entry.key.starts_with('/') || !entry.value.is_scalar())
        reader.wrong(entry.place, fmt::format("'{}' is no pointer to a text", entry.key),
                     "/Batch/Id: \"{name}\"");
      words.around.emplace_back(entry.key, entry.value.scalar);
    }
  }
  if (words.format == Format::xml && !words.items.starts_with('/'))
    reader.wrong(block.place, "an XML file needs the path of its items", "items: /Batch/Payment");
}

std::optional<AnswerWords> read_answer_words(const Node& push, NodeReader& reader)
{
  const Node* found = reader.block(push, "answer");
  if (!found) return std::nullopt;
  Node block = *found;
  const std::vector<std::string> known = {
      "path",     "records", "lists",        "key",  "status",         "accepted",    "reason",
      "rejected", "id",      "batch_status", "wait", "all_or_nothing", "certificates"};
  reader.only(block, known, "'answer'");
  AnswerWords words;
  words.path = path_of(block, block.place, "'answer'", reader);
  if (words.path.find("{name}") == std::string::npos)
    reader.wrong(block.place, "the path of an answer must hold {name}",
                 "path: \"in/{name}_*.xml\"");
  words.format = formats::read_format(block, reader, {"xml"});
  words.key = reader.text(block, "key");
  words.status = reader.text(block, "status");
  words.accepted = reader.texts(block, "accepted");
  words.rejected = reader.texts(block, "rejected");
  if (words.key.empty() || words.status.empty() || words.accepted.empty())
    reader.wrong(block.place, "'answer' does not say whose a result is, or what it means",
                 "key: /Id, status: /Status, accepted: [OK]");
  words.reason = reader.text(block, "reason");
  words.id = reader.text(block, "id");
  words.batch_status = reader.text(block, "batch_status");
  words.all_or_nothing = reader.flag(block, "all_or_nothing").value_or(false);
  words.certificates = reader.text(block, "certificates");
  words.wait = reader.duration(block, "wait").value_or(words.wait);
  return words;
}

} // namespace

Options options_of(const Manifest& manifest, const Options& given)
{
  Options all = given;
  for (const auto& option : manifest.options)
    all.try_emplace(option.name, option.default_text);
  return all;
}

PullWords read_pull_words(const Manifest& manifest, const Stream& stream, const Options& options,
                          NodeReader& reader)
{
  const std::string what = fmt::format("pull of stream '{}'", stream.name);
  Node block = stream.pull;
  std::vector<std::string> known = formats::format_words();
  known.insert(known.end(), {"path", "join", "drop"});
  known.insert(known.end(), kEnvelopeWords.begin(), kEnvelopeWords.end());
  reader.only(block, known, what);
  if (const Node* common = manifest.common.find("format"); common && common->is_map()) {
    for (const auto& entry : common->entries) {
      if (!block.find(entry.key)) block.entries.push_back(entry);
    }
  }
  block = with_options(std::move(block), options, reader);

  PullWords words;
  words.path = path_of(block, stream.pull.place, what, reader);
  words.format =
      formats::read_format(block, reader, {"csv", "ndjson", "json", "xml", "xlsx", "html"});
  words.drop = read_drop(block, stream, reader);
  read_join(block, words, reader);
  return words;
}

std::optional<PushWords> read_push_words(const Stream& stream, const Options& options,
                                         NodeReader& reader)
{
  if (!stream.push.is_map()) return std::nullopt;
  const std::string what = fmt::format("push of stream '{}'", stream.name);
  const Node block = with_options(stream.push, options, reader);
  reader.only(block,
              {"path", "format", "delimiter", "columns", "batch", "items", "around", "answer"},
              what);
  PushWords words;
  words.path = path_of(block, stream.push.place, what, reader);
  const auto has = [&](std::string_view place) {
    return words.path.find(place) != words.path.npos;
  };
  if (const Node* at = block.find("path"); at && !has("{key}") && !has("{digits}"))
    reader.wrong(at->place,
                 "the path of a push must hold {key} or {digits}, so that no two files share it",
                 "path: \"out/{stream}-{key}.ndjson\"");
  words.format = formats::read_format_name(block, reader, {"ndjson", "csv", "xml"});
  words.delimiter = formats::read_delimiters(block, reader).front();
  words.columns = reader.texts(block, "columns");
  words.batch = static_cast<std::size_t>(reader.integer(block, "batch", 1).value_or(1));
  read_document(block, words, reader);
  words.answer = read_answer_words(block, reader);
  return words;
}

} // namespace gramsetu::connectors::files
