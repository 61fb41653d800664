// A folder of this machine.
#pragma once

#include "connectors/files/folder.hpp"

namespace gramsetu::connectors::files {

// A link, a device or a pipe in a path's place is refused, also when it takes that place between two calls.
// What is put stays after a power cut.
class LocalFolder final : public Folder {
public:
  // The folder itself may be reached through a link: its path is the operator's.
  static Result<std::unique_ptr<Folder>> open(const std::string& path);

  Result<FileEntry> find(const std::string& path, std::stop_token stop) override;
  Result<OpenFile> open_file(const std::string& path, std::stop_token stop) override;
  Result<Put> put(const std::string& path, std::string_view bytes, std::stop_token stop) override;
  Result<void> move(const std::string& from, const std::string& to, std::stop_token stop) override;
  Result<void> remove(const std::string& path, std::stop_token stop) override;
  std::string name() const override;

protected:
  Result<std::vector<Listed>> list(const std::string& folder, const std::string& names,
                                   std::stop_token stop) override;

private:
  LocalFolder(std::string path, Descriptor root) : path_(std::move(path)), root_(std::move(root)) {}

  std::string path_;
  Descriptor root_;
};

} // namespace gramsetu::connectors::files
