// Places in time: how an entity says what its versions are, what a succession is, and when its records are of.
#include "schema/entity.hpp"

#include <doctest/doctest.h>

namespace gramsetu::schema {

namespace {

std::string place_with(const std::string& blocks)
{
  return "entity: body\ntitle: Body\nkey: [code, under]\nauthority: [directory]\n" + blocks +
         "fields:\n"
         "  code: { type: code, of: local_body, privacy: open }\n"
         "  under: { type: code, of: local_body, key_part: optional, privacy: open }\n"
         "  version: { type: integer, privacy: open }\n"
         "  name: { type: text, privacy: open }\n"
         "  district: { type: code, of: district, privacy: open }\n"
         "  since: { type: date, privacy: open }\n"
         "  at: { type: timestamp, privacy: open }\n"
         "  year: { type: financial_year, privacy: open }\n"
         "  active: { type: boolean, privacy: open }\n"
         "  heirs: { type: list, privacy: open }\n";
}

std::string findings_of(const std::string& blocks)
{
  std::vector<Finding> findings;
  Entities entities;
  entities.add(parse_document(place_with(blocks), "body.yaml", findings), findings);
  std::string text;
  for (const auto& finding : findings)
    text += to_text(finding) + "\n";
  return text;
}

} // namespace

TEST_CASE("a place says by what its versions count, since when they hold, and what they consist of")
{
  std::vector<Finding> findings;
  Entities entities;
  entities.add(parse_document(place_with("versions: { by: version, from: since, names: [name],\n"
                                         "  parents: [district], active: active,\n"
                                         "  replaced_by: heirs }\n"
                                         "dated: [at, since, year]\n"
                                         "stamped: { version: district }\n"),
                              "body.yaml", findings),
               findings);
  REQUIRE(findings.empty());
  const auto& entity = *entities.find("body");
  REQUIRE(entity.versions);
  CHECK(entity.versions->number == *entity.index_of("version"));
  CHECK_FALSE(entity.versions->minor);
  CHECK(entity.versions->from == entity.index_of("since"));
  CHECK(entity.versions->names == std::vector{*entity.index_of("name")});
  CHECK(entity.versions->parents == std::vector{*entity.index_of("district")});
  CHECK(entity.versions->active == entity.index_of("active"));
  CHECK_FALSE(entity.versions->replaces);
  CHECK(entity.versions->replaced_by == entity.index_of("heirs"));
  CHECK(entity.dated.size() == 3);
  REQUIRE(entity.stamps.size() == 1);
  CHECK(is_stamp(entity, *entity.index_of("version")));
  CHECK_FALSE(is_stamp(entity, *entity.index_of("district")));
}

TEST_CASE("what is wrong with the blocks of places is said with its place")
{
  CHECK(findings_of("versions: { names: [name] }\n")
            .find("versions does not say by which number; add by: FIELD") != std::string::npos);
  CHECK(findings_of("versions: { by: version }\n")
            .find("versions does not say which field is the name") != std::string::npos);
  CHECK(findings_of("versions: { by: name, names: [name] }\n").find("'name' is no integer") !=
        std::string::npos);
  CHECK(findings_of("versions: { by: version, names: [nam] }\n").find("did you mean 'name'?") !=
        std::string::npos);
  CHECK(findings_of("dated: active\n").find("'active' says no day") != std::string::npos);
  CHECK(findings_of("stamped: { name: district }\n").find("'name' is no integer field") !=
        std::string::npos);
  CHECK(findings_of("stamped: { version: name }\n").find("'name' holds no code") !=
        std::string::npos);
  CHECK(findings_of("succession: { from: [name, code] }\n").find("it does not say 'to'") !=
        std::string::npos);
}

} // namespace gramsetu::schema
