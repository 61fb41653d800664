// Files are written line by line: evidence is as long as the flow.
#include "daemon/commands/evidence.hpp"

#include "daemon/commands/files.hpp"

#include "schema/json.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace gramsetu::commands {

namespace {

using schema::Value;

bool could_not_write(const Common& common, const std::string& path)
{
  refuse(common, kFailed, "cannot write " + path);
  return false;
}

bool make_folder(const Common& common, const std::string& folder)
{
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return !error || could_not_write(common, folder);
}

bool write_side(Session& session, const Common& common, const Ask& asked, const std::string& path)
{
  auto file = own_file(path);
  auto what = asked;
  for (;;) {
    const auto answer = session.ask(what);
    if (!answer) return false;
    const auto& records = member(*answer, "records");
    if (!records.is_list()) return false;
    for (const auto& record : records.list())
      file << schema::to_json(record) << "\n";
    const auto next = member_text(*answer, "next");
    if (next.empty()) break;
    what.query["cursor"] = next;
  }
  return file.flush() || could_not_write(common, path);
}

} // namespace

bool write_certificate(const Common& common, const Value& run, const std::string& path)
{
  const auto& certificate = member(run, "certificate");
  if (!certificate.is_object()) {
    refuse(common, kFailed,
           fmt::format("run {} has no certificate: it did not end well, or moved nothing",
                       member_text(run, "run")));
    return false;
  }
  std::ofstream file(path, std::ios::trunc | std::ios::binary);
  file << schema::to_json(certificate) << "\n";
  return file.flush() || could_not_write(common, path);
}

bool write_certificate_into(const Common& common, const Value& run, const std::string& folder)
{
  const auto number = member_count(member(run, "certificate"), "number");
  return make_folder(common, folder) &&
         write_certificate(common, run,
                           fmt::format("{}/{}.{}.json", folder, member_text(run, "flow"), number));
}

bool write_proof(Session& session, const Common& common, const Value& run, const Proof& proof)
{
  if (!proof.certificates.empty() && !write_certificate_into(common, run, proof.certificates))
    return false;
  if (proof.evidence.empty()) return true;
  if (!write_certificate_into(common, run, proof.evidence)) return false;
  for (const auto* side : {"hub", "endpoint"}) {
    Ask what{"GET", "/api/v1/runs" + segment(member_text(run, "run")) + "/evidence", {}, {}, {}};
    what.query = {{"side", side}, {"limit", "1000"}};
    if (!proof.unmask.empty()) what.query["unmask"] = proof.unmask;
    const auto path =
        fmt::format("{}/{}.{}.ndjson", proof.evidence, member_text(run, "flow"), side);
    if (!write_side(session, common, what, path)) return false;
  }
  return true;
}

} // namespace gramsetu::commands
