// Every line goes into the seal, and each change's digest into that of its part.
#include "daemon/commands/plan_file.hpp"

#include "daemon/commands/print.hpp"
#include "daemon/engine/planned.hpp"
#include "schema/json.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace gramsetu::commands {

namespace {

using schema::Value;

constexpr std::int64_t kFormat = 1;

Value parts_value(const std::vector<PlanPart>& parts)
{
  schema::List list;
  for (const auto& part : parts) {
    schema::Object json;
    json.append("flow", part.flow);
    json.append("run", part.run);
    json.append("changes", static_cast<std::int64_t>(part.changes));
    json.append("digest", to_hex(part.digest));
    list.emplace_back(std::move(json));
  }
  schema::Object json;
  json.append("plans", std::move(list));
  return json;
}

// One file while it is read.
struct Reading {
  PlanFile plan;
  std::map<std::string, PlanPart> seen; // by run: what the changes add up to
  Digest seal{};                        // of the lines before
  bool sealed = false;

  bool add_change(const Value& change)
  {
    const auto digest = digest_from_hex(member_text(change, "digest"));
    if (!digest) return false;
    auto& part = seen[member_text(change, "run")];
    ++part.changes;
    part.digest = engine::chained(part.digest, as_bytes(*digest));
    return true;
  }

  bool take_parts(const Value& list)
  {
    if (!list.is_list()) return false;
    for (const auto& item : list.list()) {
      const auto digest = digest_from_hex(member_text(item, "digest"));
      if (!digest) return false;
      plan.parts.push_back({member_text(item, "flow"), member_text(item, "run"),
                            static_cast<std::size_t>(member_count(item, "changes")), *digest});
    }
    return true;
  }

  // True when the line is one of a plan, and follows from those before.
  bool take(const std::string& line)
  {
    const auto value = schema::parse_json(line);
    if (!value || sealed) return false;
    if (const auto& seal_given = member(*value, "seal"); seal_given.is_text()) {
      sealed = seal_given.text() == to_hex(seal);
      return sealed;
    }
    seal = engine::chained(seal, line);
    const auto& parts = member(*value, "plans");
    return parts.is_list() ? take_parts(parts) : add_change(*value);
  }

  bool adds_up() const
  {
    for (const auto& part : plan.parts) {
      const auto found = seen.find(part.run);
      const auto counted = found == seen.end() ? PlanPart{} : found->second;
      if (counted.changes != part.changes || counted.digest != part.digest) return false;
    }
    return !plan.parts.empty();
  }
};

Result<void> read_head(const std::string& path, const std::string& line, Reading& reading)
{
  const auto head = schema::parse_json(line);
  const auto& format = head ? member(*head, "gramsetu_plan") : member(Value(), "");
  if (!format.is_integer()) return fail(ErrorKind::invalid, path + " is no plan");
  if (format.integer() != kFormat) {
    return fail(ErrorKind::invalid, path + " is a plan of format " +
                                        std::to_string(format.integer()) +
                                        "; this program reads format " + std::to_string(kFormat));
  }
  reading.plan.hub = member_text(*head, "hub");
  reading.plan.by = member_text(*head, "by");
  reading.plan.made_at = member_text(*head, "made_at");
  reading.seal = engine::chained(reading.seal, line);
  return {};
}

} // namespace

PlanWriter::PlanWriter(std::string path) : path_(std::move(path)), draft_(path_ + ".part")
{
  // A draft that is there may be open to others, or be a link to somewhere else.
  ::unlink(draft_.c_str());
  const int descriptor = ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) file_ = ::fdopen(descriptor, "w");
  if (!file_) error_ = errno;
}

PlanWriter::~PlanWriter()
{
  if (!file_) return;
  std::fclose(file_);
  ::unlink(draft_.c_str());
}

void PlanWriter::begin(const PlanFile& head)
{
  schema::Object json;
  json.append("gramsetu_plan", kFormat);
  json.append("hub", head.hub);
  json.append("by", head.by);
  json.append("made_at", head.made_at);
  line(json);
}

void PlanWriter::part(const std::string& flow, const std::string& run)
{
  parts_.push_back({flow, run, 0, {}});
}

void PlanWriter::change(const schema::Object& change)
{
  auto& part = parts_.back();
  schema::Object json;
  json.append("flow", part.flow);
  json.append("run", part.run);
  for (const auto& member : change.members())
    json.append(member.name, member.value);
  const auto digest = digest_from_hex(member_text(json, "digest")).value_or(Digest{});
  ++part.changes;
  part.digest = engine::chained(part.digest, as_bytes(digest));
  line(json);
}

void PlanWriter::line(const Value& value)
{
  const auto text = schema::to_json(value);
  seal_ = engine::chained(seal_, text);
  if (error_ == 0 && std::fputs((text + "\n").c_str(), file_) < 0) error_ = errno;
}

Result<void> PlanWriter::finish()
{
  line(parts_value(parts_));
  schema::Object last;
  last.append("seal", to_hex(seal_));
  line(last);
  if (file_ && std::fclose(std::exchange(file_, nullptr)) != 0 && error_ == 0) error_ = errno;
  if (error_ == 0 && std::rename(draft_.c_str(), path_.c_str()) != 0) error_ = errno;
  if (error_ == 0) return {};
  ::unlink(draft_.c_str());
  return fail(ErrorKind::invalid, "cannot write " + path_ + ": " + std::strerror(error_));
}

Result<PlanFile> read_plan_file(const std::string& path)
{
  std::ifstream file(path);
  if (!file) return fail(ErrorKind::invalid, "cannot read " + path + ": " + std::strerror(errno));
  Reading reading;
  std::string line;
  std::getline(file, line);
  TRY_VOID(read_head(path, line, reading));
  while (std::getline(file, line))
    if (!reading.take(line))
      return fail(ErrorKind::invalid, path + " was changed after it was written; make a new plan");
  if (!reading.sealed)
    return fail(ErrorKind::invalid, path + " is cut off before its end; make a new plan");
  if (!reading.adds_up())
    return fail(ErrorKind::invalid, path + " was changed after it was written; make a new plan");
  return std::move(reading.plan);
}

} // namespace gramsetu::commands
