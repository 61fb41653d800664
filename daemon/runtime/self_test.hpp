// What the hub needs of the system, asked once at the start instead of in the middle of a night.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace gramsetu::runtime {

// Asks the kernel for what later work needs of it (a file locked, made durable and renamed in `folder`, randomness,
// sockets, a thread) and takes it back. `invalid`, with the call and the folder, when it is refused; what is
// wrong with the disk is the store's to say. Where `folder` is not there yet it will be asked by the store.
Result<void> self_test(const std::string& folder);

// The name of a kind of file system that keeps no locks between machines, by statfs(2); "" for others.
std::string_view network_kind(std::uint64_t type);

} // namespace gramsetu::runtime
