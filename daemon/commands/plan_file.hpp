// The file of a plan: lines of JSON under a seal. The format is described in docs/plans.md.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "schema/value.hpp"

#include <cstddef>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::commands {

// One flow's part of a plan.
struct PlanPart {
  std::string flow, run; // the run that made it
  std::size_t changes = 0;
  Digest digest{}; // of its changes, in their order
};

struct PlanFile {
  std::string hub, by, made_at;
  std::vector<PlanPart> parts;
};

// Writes a plan line by line, for its owner's eyes only; the file has its name once it is whole.
class PlanWriter {
public:
  explicit PlanWriter(std::string path);
  ~PlanWriter();
  PlanWriter(const PlanWriter&) = delete;
  PlanWriter& operator=(const PlanWriter&) = delete;

  // In this order: begin once, part for each flow with its changes, finish. What goes wrong is said by `finish`.
  void begin(const PlanFile& head);
  void part(const std::string& flow, const std::string& run);
  void change(const schema::Object& change); // as the API shows it
  Result<void> finish();

private:
  void line(const schema::Value& value);

  std::string path_, draft_;
  std::FILE* file_ = nullptr;
  std::vector<PlanPart> parts_;
  Digest seal_{};
  int error_ = 0; // the first that there was
};

// Reads a plan in one pass, a line in memory. `invalid` names the file and says what is wrong: not a plan, of
// another format, cut off, or changed since it was written.
Result<PlanFile> read_plan_file(const std::string& path);

} // namespace gramsetu::commands
