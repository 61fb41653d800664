// The operator's file: what is said of backups and of the audit log.
#pragma once

#include "config/options.hpp"

namespace gramsetu::config {

const Table& backup_options(); // backup
const Table& audit_options();  // audit

} // namespace gramsetu::config
