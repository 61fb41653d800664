// Which columns of the directory's tables mean which fields, under all the headers that have been seen.
#pragma once

#include <string>
#include <vector>

namespace gramsetu::real_data {

enum class Kind { text, code, integer, census };

// A field, and the headers that have held it, letters and digits only; `nth` of equal ones.
struct Column {
  std::string field;
  std::vector<std::string> headers;
  Kind kind = Kind::text;
  int nth = 1;
};

struct Shape {
  std::string table;            // the file, and the manifest's stream
  std::vector<std::string> key; // fields
  std::vector<Column> columns;
};

inline const std::vector<Shape>& directory_shapes()
{
  static const std::vector<Shape> shapes = {
      {"states",
       {"code"},
       {{"code", {"statecode"}, Kind::code},
        {"name", {"statenameinenglish", "statename"}},
        {"name_local", {"statenameinlocal"}},
        {"name_local", {"statename"}, Kind::text, 2},
        {"version", {"stateversion"}, Kind::integer},
        {"kind", {"stateorut"}},
        {"census_2001_code", {"census2001code"}, Kind::census},
        {"census_2011_code", {"census2011code"}, Kind::census}}},
      {"districts",
       {"code"},
       {{"code", {"districtcode"}, Kind::code},
        {"name", {"districtnameinenglish", "districtname"}},
        {"name_local", {"districtnameinlocal"}},
        {"version", {"districtversion"}, Kind::integer},
        {"state", {"statecode"}, Kind::code},
        {"census_2001_code", {"census2001code"}, Kind::census},
        {"census_2011_code", {"census2011code"}, Kind::census}}},
      {"subdistricts",
       {"code"},
       {{"code", {"subdistrictcode"}, Kind::code},
        {"name", {"subdistrictnameinenglish", "subdistrictname"}},
        {"name_local", {"subdistrictnameinlocal"}},
        {"version", {"subdistrictversion"}, Kind::integer},
        {"state", {"statecode"}, Kind::code},
        {"district", {"districtcode"}, Kind::code},
        {"census_2001_code", {"census2001code"}, Kind::census},
        {"census_2011_code", {"census2011code"}, Kind::census}}},
      {"blocks",
       {"code", "district"},
       {{"code", {"blockcode"}, Kind::code},
        {"district", {"districtcode"}, Kind::code},
        {"state", {"statecode"}, Kind::code},
        {"name", {"blocknameinenglish", "blockname"}},
        {"name_local", {"blockname"}, Kind::text, 2},
        {"version", {"blockversion"}, Kind::integer}}},
      {"urban_local_bodies",
       {"code"},
       {{"code", {"localbodycode"}, Kind::code},
        {"name", {"localbodynameinenglish", "localbodyname"}},
        {"name_local", {"localbodynameinlocal"}},
        {"version", {"localbodyversion"}, Kind::integer},
        {"type_code", {"localbodytypecode"}, Kind::integer},
        {"state", {"statecode"}, Kind::code},
        {"census_2011_code", {"census2011code"}, Kind::census}}},
      {"traditional_local_bodies",
       {"code", "under"},
       {{"code", {"localbodycode"}, Kind::code},
        {"under", {"districtpanchayatcode"}, Kind::code},
        {"name", {"localbodynameinenglish"}},
        {"name_local", {"localbodynameinlocal"}},
        {"version", {"localbodyversion"}, Kind::integer},
        {"type_code", {"localbodytypecode"}, Kind::integer},
        {"type_name", {"localbodytypename"}},
        {"block_panchayat", {"intermediateblockpanchayatcode"}, Kind::code},
        {"state", {"statecode"}, Kind::code}}}};
  return shapes;
}

} // namespace gramsetu::real_data
