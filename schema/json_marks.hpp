// The brackets, colons and commas of a JSON text that stand in no string, in their order.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gramsetu::schema {

// Found sixty-four bytes at a time. Nothing is checked; a string that does not end holds all that follows it.
class JsonMarks {
public:
  explicit JsonMarks(std::string_view text) : ahead_(text) {}

  // The next one; null: there is none.
  const char* next()
  {
    while (marks_ == 0)
      if (!load()) return nullptr;
    const auto at = std::countr_zero(marks_);
    marks_ &= marks_ - 1;
    return block_ + at;
  }

  // The next bracket of either kind: what stands before it is passed over.
  const char* next_bracket()
  {
    while ((marks_ & brackets_) == 0)
      if (!load()) return nullptr;
    const auto at = std::countr_zero(marks_ & brackets_);
    marks_ &= ~std::uint64_t{1} << at;
    return block_ + at;
  }

  // Up to the mark that was given out last, or somewhat further, a backslash was seen.
  bool saw_backslash() const { return saw_backslash_; }

private:
  bool load(); // the next block; false: the text is over

  std::string_view ahead_; // behind the block
  const char* block_ = nullptr;
  std::uint64_t marks_ = 0,
                brackets_ = 0;  // of the block, by byte; marks that were given out are gone
  std::uint64_t in_string_ = 0; // all ones where the block ends within a string
  bool saw_backslash_ = false;
  std::uint64_t escaped_ = 0; // one where it ends with a backslash that escapes what follows
};

} // namespace gramsetu::schema
