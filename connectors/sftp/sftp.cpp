// The `sftp` transport: the words of `files` over a folder of an SFTP server.
#include "connectors/sftp/sftp.hpp"

#include "connectors/files/files.hpp"
#include "connectors/sftp/sftp_folder.hpp"

#include <fmt/format.h>

#include <mutex>

namespace gramsetu::connectors::sftp {

namespace {

Result<std::vector<HostKey>> read_host_keys(const EndpointSettings& settings)
{
  std::vector<HostKey> known;
  for (const auto& written : settings.host_keys) {
    TRY(known.emplace_back(), read_host_key(written));
  }
  if (known.empty())
    return fail(ErrorKind::invalid,
                "no host_key: the server could be anybody's, and is told nothing");
  return known;
}

// The server of one endpoint. A connection that nobody uses is kept for the next call.
class Server : public std::enable_shared_from_this<Server> {
public:
  Server(const EndpointSettings& settings, Address address, std::vector<HostKey> known)
      : settings_(settings), address_(std::move(address)), known_(std::move(known))
  {
  }

  Result<std::unique_ptr<files::Folder>> open_folder(std::stop_token stop)
  {
    if (auto spare = take()) {
      auto folder = folder_over(std::move(spare));
      if (folder->check(stop)) return std::unique_ptr<files::Folder>(std::move(folder));
      // It may have been closed long ago; what is really wrong a new one shows.
    }
    TRY(auto session, Session::open(settings_, address_, known_, stop));
    auto folder = folder_over(std::move(session));
    TRY_VOID(folder->check(stop));
    return std::unique_ptr<files::Folder>(std::move(folder));
  }

private:
  std::unique_ptr<SftpFolder> folder_over(std::unique_ptr<Session> session)
  {
    SftpFolder::Settings made;
    made.name = fmt::format("the folder '{}'", settings_.url);
    made.root = address_.path;
    made.most_bytes = settings_.limits.response_bytes;
    made.give_back = [self = weak_from_this()](std::unique_ptr<Session> back) {
      const auto server = self.lock();
      if (!server) return;
      const std::lock_guard lock(server->mutex_);
      if (!server->spare_) server->spare_ = std::move(back);
    };
    return std::make_unique<SftpFolder>(std::move(session), std::move(made));
  }

  std::unique_ptr<Session> take()
  {
    const std::lock_guard lock(mutex_);
    return std::move(spare_);
  }

  const EndpointSettings settings_;
  const Address address_;
  const std::vector<HostKey> known_;
  std::mutex mutex_;
  std::unique_ptr<Session> spare_; // guarded by `mutex_`
};

Result<std::unique_ptr<Connector>> open(const EndpointSettings& settings, Services services)
{
  TRY(auto open_folder, folder_of(settings));
  return files::open_over(std::move(open_folder), settings, std::move(services));
}

} // namespace

Result<files::OpenFolder> folder_of(const EndpointSettings& settings)
{
  const auto wrong = [&](const Error& error) {
    return within(fmt::format("endpoint '{}'", settings.name), error);
  };
  const auto address = read_address(settings.url);
  if (!address) return wrong(address.error());
  const auto known = read_host_keys(settings);
  if (!known) return wrong(known.error());
  const bool by_password = settings.auth.kind == Auth::Kind::basic;
  if (!by_password && settings.auth.kind != Auth::Kind::ssh_key)
    return wrong({ErrorKind::invalid, "it needs auth: ssh_key or basic", std::nullopt});
  const auto server = std::make_shared<Server>(settings, *address, *known);
  return files::OpenFolder(
      [server](std::stop_token stop) { return server->open_folder(std::move(stop)); });
}

TransportType transport_type()
{
  return {"sftp", "The same files in a folder of an SFTP server", files::check_manifest, open};
}

} // namespace gramsetu::connectors::sftp
