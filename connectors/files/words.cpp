// Reading the pull and push blocks of a files stream.
#include "connectors/files/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::files {

using schema::Node;

namespace {

const std::vector<std::string> kFormatWords = {"format", "encoding",  "delimiter", "quote",
                                               "header", "skip_rows", "comment",   "blank_rows"};
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

std::optional<char> character(const std::string& word)
{
  if (word == "tab" || word == "\\t") return '\t';
  const bool one = word.size() == 1 && static_cast<unsigned char>(word[0]) < 0x80;
  if (!one || word[0] == '\n' || word[0] == '\r') return std::nullopt;
  return word[0];
}

std::vector<char> delimiters(const Node& block, NodeReader& reader)
{
  std::vector<char> all;
  for (const auto& word : reader.texts(block, "delimiter")) {
    const auto one = character(word);
    if (one && *one != '"')
      all.push_back(*one);
    else
      reader.wrong(block.find("delimiter")->place, fmt::format("'{}' is no delimiter", word),
                   "one character, or tab");
  }
  if (all.empty()) all.push_back(',');
  return all;
}

std::optional<char> one_character(const Node& block, std::string_view key, NodeReader& reader)
{
  const std::string word = reader.text(block, key);
  const auto one = character(word);
  if (!one && !word.empty())
    reader.wrong(block.find(key)->place, fmt::format("'{}' must be one character", key));
  return one;
}

Format format_of(const Node& block, NodeReader& reader, const std::vector<std::string>& order)
{
  return reader.choice(block, "format", order) == "csv" ? Format::csv : Format::ndjson;
}

void read_header(const Node& block, PullWords& words, NodeReader& reader)
{
  const Node* header = block.find("header");
  if (!header) return;
  if (header->is_list()) {
    words.names = column_names(reader.texts(block, "header"));
    words.header = false;
  } else {
    words.header = reader.flag(block, "header").value_or(true);
  }
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
  std::vector<std::string> known = kFormatWords;
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
  words.format = format_of(block, reader, {"csv", "ndjson"});
  words.encoding = *read_encoding(reader.choice(block, "encoding", encoding_names()));
  words.delimiters = delimiters(block, reader);
  if (reader.text(block, "quote") == "none")
    words.quote = std::nullopt;
  else if (const auto quote = one_character(block, "quote", reader))
    words.quote = quote;
  read_header(block, words, reader);
  words.skip_rows = static_cast<std::size_t>(reader.integer(block, "skip_rows", 0).value_or(0));
  read_join(block, words, reader);
  words.comment = one_character(block, "comment", reader);
  words.skip_blank_rows = reader.choice(block, "blank_rows", {"keep", "skip"}) == "skip";
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
  words.format = format_of(block, reader, {"ndjson", "csv"});
  words.delimiter = delimiters(block, reader).front();
  words.columns = reader.texts(block, "columns");
  words.batch = static_cast<std::size_t>(reader.integer(block, "batch", 1).value_or(1));
  return words;
}

} // namespace gramsetu::connectors::files
