// Where a reader's bytes come from: a file, an answer.
#pragma once

#include "base/result.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

namespace gramsetu::connectors::formats {

class Bytes {
public:
  virtual ~Bytes() = default;
  // Fills `to` as far as it can; 0 is the end, and only said where it is certain.
  virtual Result<std::size_t> read(std::span<char> to) = 0;
};

// What is in memory already; the text outlives it.
class TextBytes final : public Bytes {
public:
  explicit TextBytes(std::string_view text) : rest_(text) {}
  Result<std::size_t> read(std::span<char> to) override
  {
    const std::size_t size = rest_.copy(to.data(), to.size());
    rest_.remove_prefix(size);
    return size;
  }

private:
  std::string_view rest_;
};

} // namespace gramsetu::connectors::formats
