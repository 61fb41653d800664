// What differs, brought back onto the ordinary path: nothing is overwritten, the rules decide.
#pragma once

#include "daemon/engine/apply/apply.hpp"

namespace gramsetu::engine {

// Compares everything, looks at each record that differs again, and puts what the endpoint says into the
// inbox and what it lacks into the outbox; the run's usual stages do the rest, rails and all. A record that the
// endpoint lost without a word of deletion is offered to it again, once it was asked for by name and not
// found; where nobody can ask, it is left for a person. The comparison becomes the report's certificate.
Result<void> hear_differences(Run& run);

} // namespace gramsetu::engine
