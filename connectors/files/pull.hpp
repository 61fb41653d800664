// Pages of records out of the files of one slice.
#pragma once

#include "connectors/api/transport.hpp"
#include "connectors/files/folder.hpp"
#include "connectors/files/words.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace gramsetu::connectors::files {

// Reads page after page. The reader of an unfinished pull is kept open, so that the next page goes on
// where the last one ended; a page that is asked for again is read again from the front of its file.
// Files that change while a slice is read end the pull with `precondition`. Any thread.
class Puller {
public:
  // The endpoint's folder is opened anew for every pull: it may be mounted or replaced at any time.
  Puller(OpenFolder open_folder, Services services);
  ~Puller();

  // `pattern` is the path of the stream with its places filled in; `words` outlive the puller.
  Result<Page> pull(const PullRequest& request, const PullWords& words, const std::string& pattern,
                    std::stop_token stop);

private:
  struct Session;

  std::unique_ptr<Session> take(const std::string& name);
  void keep(std::unique_ptr<Session> session, const std::string& name);

  OpenFolder open_folder_;
  Services services_;
  std::mutex mutex_; // guards `kept_`
  std::vector<std::pair<std::string, std::unique_ptr<Session>>> kept_;
};

} // namespace gramsetu::connectors::files
