// The real tables, read without any of the code under test: what its counts are compared with.
#pragma once

#include <doctest/doctest.h>

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace gramsetu::real_data {

// The folder of the data, from $GRAMSETU_DATA or beside the source tree.
inline std::string data_folder()
{
  const char* given = std::getenv("GRAMSETU_DATA");
  return given ? given : std::string(GRAMSETU_SOURCE_DIR) + "/../shared/data";
}

// False, with a word about it, where the data is not there: the case has nothing to look at.
inline bool have(const std::string& name)
{
  const std::string path = data_folder() + "/" + name;
  if (std::filesystem::exists(path)) return true;
  MESSAGE("skipped: there is no real data at " << path);
  return false;
}

inline std::string unpack(const std::string& path)
{
  const gzFile file = gzopen(path.c_str(), "rb");
  REQUIRE(file != nullptr);
  std::string text;
  char chunk[1 << 16];
  for (int got = 0; (got = gzread(file, chunk, sizeof chunk)) > 0;)
    text.append(chunk, static_cast<std::size_t>(got));
  REQUIRE(gzclose(file) == Z_OK);
  return text;
}

using Cells = std::vector<std::string>;

struct Table {
  Cells header;
  std::vector<Cells> rows; // all of them, ragged ones too; lines with nothing on them left out
};

// One character after the other, as plainly as CSV can be read.
inline Table parse(const std::string& text)
{
  const std::string first = text.substr(0, text.find('\n'));
  const auto count = [&](char c) { return std::count(first.begin(), first.end(), c); };
  const char delimiter = count(';') > count(',') ? ';' : ',';
  Table table;
  Cells row(1);
  bool quoted = false, blank = true;
  const auto end_row = [&] {
    if (!blank || row.size() > 1) table.rows.push_back(row);
    row.assign(1, "");
    blank = true;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"')
        row.back().push_back(c);
      else if (i + 1 < text.size() && text[i + 1] == '"')
        row.back().push_back(text[i++]);
      else
        quoted = false;
    } else if (c == '"' && row.back().empty()) {
      quoted = true;
      blank = false;
    } else if (c == delimiter) {
      row.emplace_back();
    } else if (c == '\n') {
      end_row();
    } else if (c != '\r' || i + 1 == text.size() || text[i + 1] != '\n') {
      row.back().push_back(c);
      blank = false;
    }
  }
  end_row();
  REQUIRE(!table.rows.empty());
  table.header = table.rows.front();
  table.rows.erase(table.rows.begin());
  return table;
}

inline Table read_table(const std::string& name)
{
  return parse(unpack(data_folder() + "/" + name));
}

// Unicode normal form C, straight from ICU.
inline std::string nfc(const std::string& text)
{
  UErrorCode error = U_ZERO_ERROR;
  const auto* form = icu::Normalizer2::getNFCInstance(error);
  const auto made = form->normalize(icu::UnicodeString::fromUTF8(text), error);
  std::string back;
  made.toUTF8String(back);
  return back;
}

} // namespace gramsetu::real_data
