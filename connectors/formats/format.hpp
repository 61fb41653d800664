// How records are written in a file or an answer, as a manifest says it.
#pragma once

#include "connectors/api/node_reader.hpp"
#include "connectors/formats/csv.hpp"
#include "connectors/formats/encoding.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::formats {

enum class Format { csv, ndjson, json, xml, xlsx, html };

// format: csv | ndjson | json | xml | xlsx | html     html: also what calls itself .xls and is none
// encoding: utf-8 | windows-1252 | iso-8859-1 | utf-16le | utf-16be    XML says it itself
// csv
//   delimiter: "," or [ ",", ";" ]   of several, the one that gives the header most columns; or "tab"
//   quote: "\"" | none
//   header: true | false | [ names ]   false: "column 1", "column 2"
//   skip_rows: 1                 title rows above the header
//   comment: "#"                 lines that start with it are passed over
//   blank_rows: keep | skip      rows of blank cells; a line with nothing on it is never a row
// xlsx, html: header, skip_rows and blank_rows as above
//   sheet: Vouchers              xlsx: by name or number; the first one
//   table: 1                     html: which of the page's tables
// json
//   records: /data/rows          JSON Pointer to the list; without it the document is the list
// xml
//   records: /Batch/Payment      the elements that are records, from the root on
//   lists: [Payee]               elements that are a list even where there is one of them
struct RecordFormat {
  Format format = Format::csv;
  Encoding encoding = Encoding::utf8;
  std::vector<char> delimiters = {','};
  std::optional<char> quote = '"';
  bool header = true;
  std::vector<std::string> names; // instead of a header in the text
  std::size_t skip_rows = 0;
  std::optional<char> comment;
  bool skip_blank_rows = false;
  std::string sheet;
  std::size_t table = 1;
  std::string records;
  std::vector<std::string> lists;
};

// The words above, for a check of unknown ones.
const std::vector<std::string>& format_words();

// Reads them; `choices` are the formats that may stand here, the first one when none is named.
RecordFormat read_format(const schema::Node& block, NodeReader& reader,
                         const std::vector<std::string>& choices);

// One character, or the word "tab"; nothing when it is something else.
std::optional<char> read_character(const std::string& word);
std::vector<char> read_delimiters(const schema::Node& block, NodeReader& reader);
Format read_format_name(const schema::Node& block, NodeReader& reader,
                        const std::vector<std::string>& choices);

} // namespace gramsetu::connectors::formats
