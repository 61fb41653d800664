// The hub's audit log, for whoever in this process has something to write there.
#pragma once

#include "base/log.hpp"
#include "config/config.hpp"
#include "daemon/audit/audit.hpp"
#include "daemon/runtime/witnessed.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace gramsetu::runtime {

inline constexpr std::chrono::hours kLogLeast{24 * 180}; // what CERT-In asks for

// One for each folder, opened when it is first asked for, and shared by all until it is closed: another key is
// taken when it is opened again. Any thread.
std::shared_ptr<audit::Audit> audit_of(const config::Config& config, Clock& clock);
// Signs its end. Whoever still has it may go on.
void close_audit(const config::Config& config);

// What it tells goes to `log`: being blocked, being so no more, and its heads.
void tell(audit::Audit& audit, const Log& log);

// Takes evidence of money, and of endpoints that are not who they should be. `config` and `clock` outlive it.
Overseer overseer_of(const config::Config& config, Clock& clock, const Log& log);

// SHA-256 over the operator's file and conf.d/*.yaml beside it, names included, in hex: what the audit log knows
// a configuration by. Secrets are no part of it, only where they stand.
std::string fingerprint(const std::string& file);

} // namespace gramsetu::runtime
