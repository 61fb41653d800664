// A folder of an SFTP server.
#pragma once

#include "connectors/files/folder.hpp"
#include "connectors/sftp/session.hpp"

namespace gramsetu::connectors::sftp {

// A file is fetched whole before it is read, into a file of this machine that has no name. Links are neither
// listed nor followed; what the account may see there is the server's to decide.
class SftpFolder final : public files::Folder {
public:
  struct Settings {
    std::string name, root;       // root: as the server names it
    std::uint64_t most_bytes = 0; // of one file
    // Takes the connection back, where it can still be used.
    std::function<void(std::unique_ptr<Session>)> give_back;
  };
  SftpFolder(std::unique_ptr<Session> session, Settings settings);
  ~SftpFolder() override;

  Result<files::FileEntry> find(const std::string& path, std::stop_token stop) override;
  Result<files::OpenFile> open_file(const std::string& path, std::stop_token stop) override;
  Result<files::Put> put(const std::string& path, std::string_view bytes,
                         std::stop_token stop) override;
  Result<void> move(const std::string& from, const std::string& to, std::stop_token stop) override;
  Result<void> remove(const std::string& path, std::stop_token stop) override;
  std::string name() const override { return settings_.name; }

  // Is the folder there?
  Result<void> check(std::stop_token stop);

protected:
  Result<std::vector<Listed>> list(const std::string& folder, const std::string& names,
                                   std::stop_token stop) override;

private:
  std::string remote(const std::string& path) const;
  Result<void> make_folders(const std::string& path, const std::stop_token& stop);
  Result<void> upload(const std::string& path, std::string_view bytes, const std::stop_token& stop);
  Result<Descriptor> download(sftp_file_struct* file, const std::string& path,
                              const std::stop_token& stop);
  Result<bool> holds(const std::string& path, std::string_view bytes, const std::stop_token& stop);

  std::unique_ptr<Session> session_;
  Settings settings_;
};

} // namespace gramsetu::connectors::sftp
