// A first load into the PostgreSQL store against COPY of the very same rows by psql.
#pragma once

#include <cstddef>
#include <string>

namespace gramsetu::bench {

struct Loads {
  double ours = 0, copy = 0; // seconds
};

// Both into a fresh database of the bench's own server, which ends with it. What the engine asks and writes of a
// page of new records is asked and written here, with bodies made beforehand; the files for COPY go into `folder`.
// Nothing where PostgreSQL is not installed.
bool load_database(std::size_t records, const std::string& folder, Loads& loads);

} // namespace gramsetu::bench
