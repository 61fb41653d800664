// A disk that is full, for as long as this lives.
#pragma once

#include <sys/resource.h>

#include <csignal>

namespace gramsetu::test {

// Files of this process may not grow over a size.
class SmallDisk {
public:
  explicit SmallDisk(rlim_t bytes)
  {
    std::signal(SIGXFSZ, SIG_IGN); // an error, and no death
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit small = before_;
    small.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

private:
  rlimit before_{};
};

} // namespace gramsetu::test
