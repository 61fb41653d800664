// The operator's file: what is said of the store.
#pragma once

#include "config/options.hpp"

namespace gramsetu::config {

const Table& store_options(); // store

} // namespace gramsetu::config
