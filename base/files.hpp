// Files that are whole and durable, or not there.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gramsetu {

// All errors are `transient` and name the path: a disk may have room again, a folder its rights.

// What is in the file is on the disk.
Result<void> sync_file(const std::string& path);
// The names in the folder of that path are on the disk.
Result<void> sync_folder_of(const std::string& path);
// `from` takes the place of `to`, in one step that a crash leaves done or not done; durable.
Result<void> put_in_place(const std::string& from, const std::string& to);
// A small file for its owner alone, written whole: readers see the old text or the new one.
Result<void> replace_file(const std::string& path, std::string_view text);
// The text of a small file; nothing when it is not there.
Result<std::optional<std::string>> read_file(const std::string& path);
// What root made belongs to whom its folder belongs: a service without rights must find it usable.
void give_to_owner_of_folder(const std::string& path);

} // namespace gramsetu
