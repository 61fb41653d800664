// records attachment: the document that a field of a record names.
#pragma once

#include "daemon/commands/commands.hpp"

namespace gramsetu::commands {

// Written to `options.file`; "-": to standard output.
int records_attachment(const Common& common, const RecordOptions& options);

} // namespace gramsetu::commands
