// The sheets of an XLSX workbook (ECMA-376) as rows.
#pragma once

#include "base/descriptor.hpp"
#include "connectors/files/source.hpp"
#include "connectors/formats/table.hpp"

#include <memory>
#include <string>

namespace gramsetu::connectors::files {

// `sheet` is a name, or a number from 1; empty: the first. Numbers come as their digits, days as
// "2026-04-01", flags as "true" and "false"; formulas as what they last came to.
Result<std::unique_ptr<formats::Table>> open_sheet(const Descriptor& file, const std::string& sheet,
                                                   const SourceLimits& limits = {});

} // namespace gramsetu::connectors::files
