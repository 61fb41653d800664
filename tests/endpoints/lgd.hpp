// The Local Government Directory's web services, with their habits.
#pragma once

#include "tests/endpoints/endpoint.hpp"

namespace gramsetu::sim {

// Streams states, districts, subdistricts, blocks, villages, local_bodies; a record has `code`, `name`,
// `local`, `census2001`, `census2011`, `ss`, the codes of what it lies in (`state`, `district`,
// `subdistrict`, `block`), and for local bodies `type`, `type_name`, `parent`. Deleted ones are not
// listed: there are no markers here.
class LgdEndpoint final : public Endpoint {
public:
  LgdEndpoint(std::uint64_t seed, Now now);

protected:
  Response answer(const Request& request) override;
  Row make_row(const std::string& stream, schema::Object record) override;
  Row changed_row(const std::string& stream, const Row& row, schema::Object record,
                  bool deleted) override;
  void scribble(const std::string& stream, schema::Object& record, std::uint64_t random) override;
};

} // namespace gramsetu::sim
