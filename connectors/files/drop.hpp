// A folder where files are dropped once: which of them were taken, and where they go afterwards.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "connectors/files/folder.hpp"
#include "connectors/files/words.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::files {

// A file that was read to its end.
struct Taken {
  std::string path, identity;
  std::string digest;                // SHA-256 of its bytes, in hex
  std::int64_t records = 0, bad = 0; // pieces that could not be read as records
};

// The cursor of a slice whose files are dropped: what it covers. `invalid` for what is none; an empty text
// covers nothing.
std::string write_taken(const std::vector<Taken>& taken);
Result<std::vector<Taken>> read_taken(const std::string& cursor);

// The files of one slice. A file leaves the folder only when a pull starts from a cursor that covers it: that
// cursor was stored together with what the file held. A death at any point repeats a step and nothing else.
class Drop {
public:
  Drop(Folder& folder, const DropWords& words, Clock& clock, Log log);

  // Files away what `since` covers, and returns what may be read now, in name order: what is marked as ready
  // where marks are used, and was left alone while `settle` passed.
  Result<std::vector<FileEntry>> begin(const std::string& pattern, const std::string& since,
                                       std::stop_token stop);
  // What may be read, without waiting for anything: for a page in the middle.
  Result<std::vector<FileEntry>> waiting(const std::string& pattern, const std::string& since,
                                         std::stop_token stop);

  // Reads the file to its end and tells what it holds. Nothing when it cannot be used as a whole: then it
  // lies in the folder for errors, with the reason beside it, and none of its records was given to anyone.
  Result<std::optional<Taken>> inspect(const FileEntry& entry, const OpenFile& file,
                                       const PullWords& words, std::stop_token stop);

private:
  Result<std::vector<FileEntry>> candidates(const std::string& pattern, std::stop_token stop);
  Result<bool> is_ready(const FileEntry& entry, std::stop_token stop);
  Result<void> file_away(const FileEntry& entry, const Taken& taken, std::stop_token stop);
  Result<void> set_aside(const FileEntry& entry, const std::string& digest,
                         const std::string& reason, std::stop_token stop);
  Result<void> move_away(const FileEntry& entry, const std::string& to, const std::string& digest,
                         std::stop_token stop);
  Result<void> leave_note(const std::string& path, const std::string& digest,
                          const std::string& text, std::stop_token stop);

  Folder& folder_;
  const DropWords& words_;
  Clock& clock_;
  Log log_;
};

} // namespace gramsetu::connectors::files
