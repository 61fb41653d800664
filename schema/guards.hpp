// What a field's guards decide before its rule is asked.
#pragma once

#include "schema/merge.hpp"

#include <optional>

namespace gramsetu::schema {

// The decision when a guard has a say in it, whoever changed the field; nothing otherwise. The two values are
// known to differ.
std::optional<FieldDecision> by_guards(const FieldSpec& field, const Guards& guards,
                                       const Claim& hub, const Claim& remote);

// A single value that was stated once is not replaced by a rule: what `append_only` makes of a decision.
FieldDecision as_stated(const Guards& guards, const Claim& hub, FieldDecision decision);

} // namespace gramsetu::schema
