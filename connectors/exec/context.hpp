// What every call of an exec endpoint needs: its plan, what fills the blanks, and how a program is run.
#pragma once

#include "connectors/api/transport.hpp"
#include "connectors/exec/blanks.hpp"
#include "connectors/exec/mask.hpp"
#include "connectors/exec/plan.hpp"
#include "connectors/exec/private_folder.hpp"
#include "connectors/exec/run.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gramsetu::connectors::exec {

// Fixed after opening; safe to use from any thread.
struct Context {
  // An error where a blank of the manifest has no value, or a secret would stand in a command.
  static Result<std::shared_ptr<const Context>> make(const EndpointSettings& settings,
                                                     Services services);

  std::string endpoint, folder; // `folder`: where the programs run; empty: in a private one
  Plan plan;
  Values values;
  Mask mask{{}};
  Limits limits;
  Services services;

  Result<const StreamPlan*> plan_of(const Stream& stream) const;
  Values with(const Slice& slice) const;

  // The program with its configuration as a private file; further arguments are the caller's.
  Result<Launch> prepare(const ProgramPlan& program, const Values& filled,
                         const PrivateFolder& room) const;
  // Runs it. What it says on stderr goes to the log; an error names the program and its last words.
  Outcome run(const Launch& launch, Talk talk, std::stop_token stop) const;
};

// The path of a program: as it is when it has a slash, else from the usual folders. An error when it is not
// there or may not be run.
Result<std::string> find_program(const std::string& name, const std::string& folder);

} // namespace gramsetu::connectors::exec
