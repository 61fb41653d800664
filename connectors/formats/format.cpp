// Reading what a manifest says of a format.
#include "connectors/formats/format.hpp"

#include <fmt/format.h>

#include <map>

namespace gramsetu::connectors::formats {

using schema::Node;

namespace {

std::optional<char> one_character(const Node& block, std::string_view key, NodeReader& reader)
{
  const std::string word = reader.text(block, key);
  const auto one = read_character(word);
  if (!one && !word.empty())
    reader.wrong(block.find(key)->place, fmt::format("'{}' must be one character", key));
  return one;
}

void read_header(const Node& block, RecordFormat& format, NodeReader& reader)
{
  const Node* header = block.find("header");
  if (!header) return;
  if (header->is_list()) {
    format.names = column_names(reader.texts(block, "header"));
    format.header = false;
  } else {
    format.header = reader.flag(block, "header").value_or(true);
  }
}

void read_records(const Node& block, RecordFormat& format, NodeReader& reader)
{
  format.records = reader.text(block, "records");
  format.lists = reader.texts(block, "lists");
  const Node* at = block.find("records");
  const bool rooted = format.records.starts_with('/');
  if (format.format == Format::json && at && !rooted)
    reader.wrong(at->place, fmt::format("'{}' is no JSON Pointer", format.records),
                 "records: /data/rows");
  if (format.format != Format::xml) return;
  if (!rooted || format.records.size() == 1 || format.records.ends_with('/')) {
    reader.wrong(at ? at->place : block.place, "XML needs the path of its record elements",
                 "records: /Batch/Payment");
  }
}

} // namespace

const std::vector<std::string>& format_words()
{
  static const std::vector<std::string> words = {"format",  "encoding",  "delimiter", "quote",
                                                 "header",  "skip_rows", "comment",   "blank_rows",
                                                 "records", "lists",     "sheet",     "table"};
  return words;
}

std::optional<char> read_character(const std::string& word)
{
  if (word == "tab" || word == "\\t") return '\t';
  const bool one = word.size() == 1 && static_cast<unsigned char>(word[0]) < 0x80;
  if (!one || word[0] == '\n' || word[0] == '\r') return std::nullopt;
  return word[0];
}

std::vector<char> read_delimiters(const Node& block, NodeReader& reader)
{
  std::vector<char> all;
  for (const auto& word : reader.texts(block, "delimiter")) {
    const auto one = read_character(word);
    if (one && *one != '"')
      all.push_back(*one);
    else
      reader.wrong(block.find("delimiter")->place, fmt::format("'{}' is no delimiter", word),
                   "one character, or tab");
  }
  if (all.empty()) all.push_back(',');
  return all;
}

Format read_format_name(const Node& block, NodeReader& reader,
                        const std::vector<std::string>& choices)
{
  static const std::map<std::string, Format> formats = {
      {"csv", Format::csv}, {"ndjson", Format::ndjson}, {"json", Format::json},
      {"xml", Format::xml}, {"xlsx", Format::xlsx},     {"html", Format::html}};
  return formats.at(reader.choice(block, "format", choices));
}

RecordFormat read_format(const Node& block, NodeReader& reader,
                         const std::vector<std::string>& choices)
{
  RecordFormat format;
  format.format = read_format_name(block, reader, choices);
  format.encoding = *read_encoding(reader.choice(block, "encoding", encoding_names()));
  format.delimiters = read_delimiters(block, reader);
  if (reader.text(block, "quote") == "none")
    format.quote = std::nullopt;
  else if (const auto quote = one_character(block, "quote", reader))
    format.quote = quote;
  read_header(block, format, reader);
  format.skip_rows = static_cast<std::size_t>(reader.integer(block, "skip_rows", 0).value_or(0));
  format.comment = one_character(block, "comment", reader);
  format.skip_blank_rows = reader.choice(block, "blank_rows", {"keep", "skip"}) == "skip";
  format.sheet = reader.text(block, "sheet");
  format.table = static_cast<std::size_t>(reader.integer(block, "table", 1).value_or(1));
  read_records(block, format, reader);
  return format;
}

} // namespace gramsetu::connectors::formats
