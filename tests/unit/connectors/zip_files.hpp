// Zip archives and workbooks, made by the test that reads them.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <zip.h>

#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace gramsetu::test {

using ZipParts = std::vector<std::pair<std::string, std::string>>;

// The bytes of an archive with these entries.
inline std::string zipped(const ZipParts& parts)
{
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* bytes = zip_source_buffer_create(nullptr, 0, 0, &error);
  REQUIRE(bytes);
  zip_source_keep(bytes);
  zip_t* archive = zip_open_from_source(bytes, ZIP_TRUNCATE, &error);
  REQUIRE(archive);
  for (const auto& [name, text] : parts) {
    zip_source_t* entry = zip_source_buffer(archive, text.data(), text.size(), 0);
    REQUIRE(zip_file_add(archive, name.c_str(), entry, ZIP_FL_ENC_UTF_8) >= 0);
  }
  REQUIRE(zip_close(archive) == 0);
  REQUIRE(zip_source_open(bytes) == 0);
  zip_source_seek(bytes, 0, SEEK_END);
  std::string packed(static_cast<std::size_t>(zip_source_tell(bytes)), '\0');
  zip_source_seek(bytes, 0, SEEK_SET);
  REQUIRE(zip_source_read(bytes, packed.data(), packed.size()) ==
          static_cast<zip_int64_t>(packed.size()));
  zip_source_close(bytes);
  zip_source_free(bytes);
  return packed;
}

// A workbook with one sheet of these rows; `texts` are its shared texts, as the inside of <sst>.
struct Workbook {
  std::string rows, texts, styles, properties;
  std::string sheet = "Vouchers", target = "worksheets/sheet1.xml";

  ZipParts parts() const
  {
    constexpr const char* kMain = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    ZipParts all;
    all.emplace_back(
        "xl/workbook.xml",
        fmt::format("<?xml version=\"1.0\"?><workbook xmlns=\"{}\" xmlns:r=\"r\">"
                    "{}<sheets><sheet name=\"Notes\" sheetId=\"1\" r:id=\"rId9\"/>"
                    "<sheet name=\"{}\" sheetId=\"2\" r:id=\"rId1\"/></sheets></workbook>",
                    kMain, properties, sheet));
    all.emplace_back("xl/_rels/workbook.xml.rels",
                     fmt::format("<Relationships xmlns=\"p\"><Relationship Id=\"rId9\" Type=\"t\" "
                                 "Target=\"worksheets/notes.xml\"/><Relationship Id=\"rId1\" "
                                 "Type=\"t\" Target=\"{}\"/></Relationships>",
                                 target));
    all.emplace_back("xl/worksheets/notes.xml",
                     fmt::format("<worksheet xmlns=\"{}\"><sheetData/></worksheet>", kMain));
    all.emplace_back("xl/worksheets/sheet1.xml",
                     fmt::format("<worksheet xmlns=\"{}\"><cols><col min=\"1\"/></cols><sheetData>"
                                 "{}</sheetData><mergeCells/></worksheet>",
                                 kMain, rows));
    if (!texts.empty())
      all.emplace_back("xl/sharedStrings.xml",
                       fmt::format("<sst xmlns=\"{}\">{}</sst>", kMain, texts));
    if (!styles.empty())
      all.emplace_back("xl/styles.xml",
                       fmt::format("<styleSheet xmlns=\"{}\">{}</styleSheet>", kMain, styles));
    return all;
  }
  std::string bytes() const { return zipped(parts()); }
};

} // namespace gramsetu::test
