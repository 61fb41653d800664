// Prometheus' text format, a family at a time.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace gramsetu::api {

// What a sample says: a whole number, or a time in seconds with its thousandths.
class Amount {
public:
  template <std::integral Whole>
  Amount(Whole whole) : whole_(static_cast<std::int64_t>(whole))
  {
  }
  Amount(std::chrono::milliseconds time) : whole_(time.count()), thousandths_(true) {}
  std::string text() const;

private:
  std::int64_t whole_;
  bool thousandths_ = false; // that is what `whole_` counts
};

// Writes families in the order in which they are begun; the samples of each follow it.
class MetricsWriter {
public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // `type`: "gauge", "counter", "histogram" or "summary".
  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(Labels labels, Amount value) { sample("", labels, value); }
  // Of a histogram or a summary: "_bucket", "_sum", "_count".
  void sample(std::string_view suffix, Labels labels, Amount value);
  // A gauge without labels.
  void gauge(std::string_view name, std::string_view help, Amount value);

  std::string take() { return std::move(text_); }

private:
  std::string text_, name_;
};

} // namespace gramsetu::api
