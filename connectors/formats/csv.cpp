// Scanning and writing CSV rows.
#include "connectors/formats/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace gramsetu::connectors::formats {

namespace {

using Outcome = ScannedRow::Outcome;

class Scanner {
public:
  Scanner(std::string_view text, bool at_end, const Dialect& dialect,
          std::vector<std::string>& cells)
      : text_(text), at_end_(at_end), dialect_(dialect), cells_(cells)
  {
  }

  ScannedRow scan()
  {
    while (true) {
      std::string& cell = next_cell();
      const bool quoted = dialect_.quote && at_ < text_.size() && text_[at_] == *dialect_.quote;
      const Step step = quoted ? quoted_cell(cell) : plain_cell(cell);
      if (step == Step::more) return {Outcome::more, 0, 0, false, {}};
      if (step == Step::bad) return bad_line();
      if (step == Step::cell) continue;
      cells_.resize(count_);
      return {Outcome::row, at_, lines_, step == Step::row, {}};
    }
  }

private:
  enum class Step { cell, row, end, more, bad }; // end: the text ends here, and so does the row

  // Cells are written over, so that their memory is used again row after row.
  std::string& next_cell()
  {
    if (count_ == cells_.size()) cells_.emplace_back();
    std::string& cell = cells_[count_++];
    cell.clear();
    return cell;
  }

  Step plain_cell(std::string& cell)
  {
    const char stops[] = {dialect_.delimiter, '\n'};
    const std::size_t stop = text_.find_first_of(std::string_view(stops, 2), at_);
    if (stop == std::string_view::npos && !at_end_) return Step::more;
    const std::size_t end = std::min(stop, text_.size());
    cell.assign(text_.substr(at_, end - at_));
    at_ = end;
    if (end == text_.size()) return Step::end;
    ++at_;
    if (text_[end] == dialect_.delimiter) return Step::cell;
    if (!cell.empty() && cell.back() == '\r') cell.pop_back();
    ++lines_;
    return Step::row;
  }

  Step quoted_cell(std::string& cell)
  {
    const char quote = *dialect_.quote;
    ++at_;
    while (true) {
      const std::size_t next = text_.find(quote, at_);
      if (next == std::string_view::npos) {
        why_ = "a quoted cell does not end";
        return at_end_ ? Step::bad : Step::more;
      }
      cell.append(text_.substr(at_, next - at_));
      lines_ +=
          static_cast<std::size_t>(std::count(text_.begin() + at_, text_.begin() + next, '\n'));
      at_ = next + 1;
      if (at_ >= text_.size() || text_[at_] != quote) break;
      cell.push_back(quote);
      ++at_;
    }
    return after_quote();
  }

  Step after_quote()
  {
    if (at_ == text_.size()) return at_end_ ? Step::end : Step::more;
    if (text_[at_] == dialect_.delimiter) {
      ++at_;
      return Step::cell;
    }
    const std::size_t end = text_[at_] == '\r' ? at_ + 1 : at_;
    if (end == text_.size()) return at_end_ ? Step::end : Step::more;
    if (text_[end] == '\n') {
      at_ = end + 1;
      ++lines_;
      return Step::row;
    }
    why_ = "text follows the closing quote of a cell";
    return Step::bad;
  }

  // The row may have begun with a stray quote and swallowed good rows, so only its first line is given up.
  ScannedRow bad_line() const
  {
    const std::size_t end = text_.find('\n');
    const bool ended = end != std::string_view::npos;
    return {Outcome::malformed, ended ? end + 1 : text_.size(), ended ? 1u : 0u, ended, why_};
  }

  std::string_view text_;
  bool at_end_;
  const Dialect& dialect_;
  std::vector<std::string>& cells_;
  std::size_t at_ = 0, count_ = 0, lines_ = 0;
  std::string why_;
};

std::string one_blank(const std::string& name)
{
  std::string made;
  for (const char letter : name) {
    const bool blank = letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
    if (!blank)
      made.push_back(letter);
    else if (!made.empty() && made.back() != ' ')
      made.push_back(' ');
  }
  if (!made.empty() && made.back() == ' ') made.pop_back();
  return made;
}

} // namespace

ScannedRow scan_row(std::string_view text, bool at_end, const Dialect& dialect,
                    std::vector<std::string>& cells)
{
  return Scanner(text, at_end, dialect, cells).scan();
}

std::vector<std::string> column_names(const std::vector<std::string>& header)
{
  std::vector<std::string> names;
  std::set<std::string> used;
  for (const auto& cell : header) {
    const std::string plain = one_blank(cell);
    const std::string name = plain.empty() ? fmt::format("column {}", names.size() + 1) : plain;
    std::string unique = name;
    for (int again = 2; !used.insert(unique).second; ++again)
      unique = fmt::format("{} ({})", name, again);
    names.push_back(std::move(unique));
  }
  return names;
}

std::string write_row(const std::vector<std::string>& cells, const Dialect& dialect)
{
  const char quote = dialect.quote.value_or('"');
  const std::string special = {dialect.delimiter, quote, '\r', '\n'};
  std::string row;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) row.push_back(dialect.delimiter);
    const std::string& cell = cells[i];
    // A single blank cell must not look like a blank line.
    const bool alone = cells.size() == 1 && cell.empty();
    if (!alone && cell.find_first_of(special) == std::string::npos) {
      row += cell;
      continue;
    }
    row.push_back(quote);
    for (const char letter : cell) {
      if (letter == quote) row.push_back(quote);
      row.push_back(letter);
    }
    row.push_back(quote);
  }
  return row + "\r\n";
}

} // namespace gramsetu::connectors::formats
