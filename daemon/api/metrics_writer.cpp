// The exposition format, version 0.0.4.
#include "daemon/api/metrics_writer.hpp"

#include <fmt/format.h>

#include <iterator>

namespace gramsetu::api {

namespace {

// Backslash, quote and line break are all that the format escapes.
std::string quoted(std::string_view value)
{
  std::string text = "\"";
  for (const char c : value) {
    if (c == '\n')
      text += "\\n";
    else if (c == '\\' || c == '"')
      (text += '\\') += c;
    else
      text += c;
  }
  return text + '"';
}

} // namespace

std::string Amount::text() const
{
  if (!thousandths_) return fmt::format("{}", whole_);
  const auto size = whole_ < 0 ? -whole_ : whole_;
  const auto* sign = whole_ < 0 ? "-" : "";
  if (size % 1000 == 0) return fmt::format("{}{}", sign, size / 1000);
  return fmt::format("{}{}.{:03}", sign, size / 1000, size % 1000);
}

void MetricsWriter::family(std::string_view name, std::string_view type, std::string_view help)
{
  name_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

void MetricsWriter::sample(std::string_view suffix, Labels labels, Amount value)
{
  text_ += name_;
  text_ += suffix;
  char before = '{';
  for (const auto& [label, of] : labels) {
    fmt::format_to(std::back_inserter(text_), "{}{}={}", before, label, quoted(of));
    before = ',';
  }
  if (labels.size() > 0) text_ += '}';
  fmt::format_to(std::back_inserter(text_), " {}\n", value.text());
}

void MetricsWriter::gauge(std::string_view name, std::string_view help, Amount value)
{
  family(name, "gauge", help);
  sample({}, value);
}

} // namespace gramsetu::api
