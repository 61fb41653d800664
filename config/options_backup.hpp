// The operator's file: what is said of backups.
#pragma once

#include "config/options.hpp"

namespace gramsetu::config {

const Table& backup_options(); // backup

} // namespace gramsetu::config
