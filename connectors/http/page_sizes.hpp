// How many records a page is asked for, where the line does not always carry as many as the manifest says.
#pragma once

#include "connectors/api/traffic.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace gramsetu::connectors::http {

// What a manifest allows.
struct SizeRange {
  std::size_t most = 0;  // the page size that it states; 0: it states none
  std::size_t least = 0; // pages do not get smaller than that; 0: they stay as they are
  std::chrono::milliseconds slow{
      0}; // a page that took longer counts as one that broke; 0: none does

  bool varies() const { return least > 0 && least < most; }
};

// The sizes in use, by stream. A size is halved after a page that broke on the line or was slow, and grows by a
// quarter when four pages' worth of records have come since. It lives here, in memory and for all slices of the
// stream, because a page that broke leaves nothing else behind: who asks again asks for the same place, and must be
// given less. What a walk needs beyond that travels in its `Position`: the size that its pages are counted in, and
// where to begin after a restart. Any thread; pages that broke together halve once.
class PageSizes {
public:
  // `traffic` is told which pages are smaller than the manifest says.
  explicit PageSizes(std::shared_ptr<Traffic> traffic) : traffic_(std::move(traffic)) {}

  // What to ask for. `carried` is what the walk asked for last, which counts where nothing else is known; or 0.
  std::size_t size_of(const std::string& stream, const SizeRange& range, std::size_t carried);

  // A page that was asked for as `asked` records brought so many.
  void came(const std::string& stream, const SizeRange& range, std::size_t asked,
            std::size_t records);
  // It did not come, or took too long. What is asked for from now on.
  std::size_t broke(const std::string& stream, const SizeRange& range, std::size_t asked);

private:
  struct Size {
    std::size_t now = 0;
    std::size_t came = 0; // records, since it is `now`
  };
  void set(const std::string& stream, const SizeRange& range, std::size_t now);

  const std::shared_ptr<Traffic> traffic_;
  std::mutex mutex_;                  // guards `sizes_`
  std::map<std::string, Size> sizes_; // once something is known; also at the manifest's size
};

} // namespace gramsetu::connectors::http
