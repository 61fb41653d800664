// Reading what a manifest says of a format.
#include "connectors/formats/format.hpp"

#include <fmt/format.h>

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

void read_xml(const Node& block, RecordFormat& format, NodeReader& reader)
{
  format.records = reader.text(block, "records");
  format.lists = reader.texts(block, "lists");
  if (format.format != Format::xml) return;
  const bool path = format.records.starts_with('/') && format.records.size() > 1 &&
                    !format.records.ends_with('/');
  if (!path) {
    const Node* at = block.find("records");
    reader.wrong(at ? at->place : block.place, "XML needs the path of its record elements",
                 "records: /Batch/Payment");
  }
}

} // namespace

const std::vector<std::string>& format_words()
{
  static const std::vector<std::string> words = {"format",  "encoding",  "delimiter", "quote",
                                                 "header",  "skip_rows", "comment",   "blank_rows",
                                                 "records", "lists"};
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
  const std::string name = reader.choice(block, "format", choices);
  if (name == "xml") return Format::xml;
  return name == "ndjson" ? Format::ndjson : Format::csv;
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
  read_xml(block, format, reader);
  return format;
}

} // namespace gramsetu::connectors::formats
