// Names of places and people, in English and in two scripts, with what makes real ones hard.
#pragma once

#include <cstdint>
#include <string>

namespace gramsetu::sim {

struct Name {
  std::string english, local;
};

// The name of the place with this number. Local names are Bengali or Hindi; their nukta letters are written
// in both encodings; some are blank, some repeat the English name in capitals, some English names have
// an apostrophe, some local names a zero-width joiner.
Name place_name(std::uint64_t number);

// A person's name, the local form in Hindi.
Name person_name(std::uint64_t number);

// Letters with a nukta as one code point each, as some systems write them; elsewhere they are two.
std::string precomposed(std::string text);

} // namespace gramsetu::sim
