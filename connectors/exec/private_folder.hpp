// A folder that only we and the program we start can enter, for as long as it runs.
#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

namespace gramsetu::connectors::exec {

// Made in the folder for temporary files ($TMPDIR, else /tmp), mode 0700, and removed with everything in it.
// What a hub that was killed left behind is removed when the next one is made.
class PrivateFolder {
public:
  static Result<PrivateFolder> make();
  PrivateFolder(PrivateFolder&& other) noexcept;
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();

  const std::string& path() const { return path_; }
  // A new file of mode 0600; gives its path.
  Result<std::string> write(std::string_view name, std::string_view content) const;
  // A new file that has no name, and is gone once it is closed.
  Result<Descriptor> nameless() const;

private:
  PrivateFolder() = default;
  std::string path_;
  Descriptor lock_; // held while we live: nobody clears it away
};

} // namespace gramsetu::connectors::exec
