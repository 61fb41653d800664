// Reading the pull and push blocks of a files stream.
#include "connectors/files/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::files {

using schema::Node;

namespace {

const std::vector<std::string> kEnvelopeWords = {"id", "version", "modified", "cursor", "deletes"};

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

std::string path_of(const Node& block, const schema::Place& place, const std::string& what,
                    NodeReader& reader)
{
  const std::string path = reader.text(block, "path");
  const Node* at = block.find("path");
  if (!at)
    reader.wrong(place, what + " names no file", "path: \"vouchers*.csv\"");
  else if (path.empty() || path.front() == '/' || path.find("..") != std::string::npos)
    reader.wrong(at->place, fmt::format("'{}' is no path inside the endpoint's folder", path),
                 "a path from the folder on, without '..'");
  return path;
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
  known.insert(known.end(), {"path", "join"});
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
  words.format = formats::read_format(block, reader, {"csv", "ndjson", "xml"});
  read_join(block, words, reader);
  return words;
}

std::optional<PushWords> read_push_words(const Stream& stream, const Options& options,
                                         NodeReader& reader)
{
  if (!stream.push.is_map()) return std::nullopt;
  const std::string what = fmt::format("push of stream '{}'", stream.name);
  const Node block = with_options(stream.push, options, reader);
  reader.only(block, {"path", "format", "delimiter", "columns", "batch"}, what);
  PushWords words;
  words.path = path_of(block, stream.push.place, what, reader);
  if (const Node* at = block.find("path"); at && words.path.find("{key}") == std::string::npos)
    reader.wrong(at->place, "the path of a push must hold {key}, so that no two files share it",
                 "path: \"out/{stream}-{key}.ndjson\"");
  words.format = formats::read_format_name(block, reader, {"ndjson", "csv"});
  words.delimiter = formats::read_delimiters(block, reader).front();
  words.columns = reader.texts(block, "columns");
  words.batch = static_cast<std::size_t>(reader.integer(block, "batch", 1).value_or(1));
  return words;
}

} // namespace gramsetu::connectors::files
