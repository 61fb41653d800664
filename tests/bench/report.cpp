// Lines and JSON.
#include "tests/bench/report.hpp"

#include "schema/json.hpp"
#include "tests/bench/records.hpp"
#include "tests/bench/sample.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::bench {

namespace {

constexpr const char* kDurability =
    "SQLite, WAL, synchronous=FULL, change log and shadows written, all checks on";

schema::Value number(double value)
{
  return schema::Value(schema::Number{fmt::format("{:.4f}", value)});
}

schema::Object json_of(const Figure& figure)
{
  schema::Object json;
  json.append("microseconds_a_record", number(median(figure.micros)));
  if (!figure.yardstick.empty()) {
    json.append("yardstick_microseconds_a_record", number(median(figure.yardstick)));
    json.append("ratio", number(figure.ratio()));
    json.append("ratio_by_processor_time", number(median(figure.processor_ratios)));
  }
  json.append("requests", number(figure.requests));
  json.append("peak_mib", number(figure.peak_mib));
  return json;
}

schema::Object json_of(const Promise& promise)
{
  schema::Object json;
  json.append("ratio", number(promise.value));
  json.append("bar", number(promise.bar));
  json.append("held", promise.held());
  json.append("unit", promise.unit);
  json.append("at", promise.at_least ? "least" : "most");
  return json;
}

std::string spread(const std::vector<double>& values)
{
  if (values.empty()) return "";
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return fmt::format("{:.2f} - {:.2f}", *least, *most);
}

std::string line_of(const Figure& figure)
{
  const auto text = [&](double value) {
    return figure.yardstick.empty() ? std::string() : fmt::format("{:.2f}", value);
  };
  return fmt::format("  {:<44} {:>7.2f}  {:<15} {:>9} {:>6} {:>6} {:>8.0f} {:>7.1f}\n",
                     figure.title, median(figure.micros), spread(figure.micros),
                     text(median(figure.yardstick)), text(figure.ratio()),
                     text(median(figure.processor_ratios)), figure.requests, figure.peak_mib);
}

std::string line_of(const Promise& promise)
{
  return fmt::format("  {:<44} {:>9.2f}  {} {:<7g} {:<22} {}\n", promise.name, promise.value,
                     promise.at_least ? "at least" : "at most ", promise.bar, promise.unit,
                     promise.held() ? "held" : "NOT HELD");
}

} // namespace

double Figure::ratio() const
{
  std::vector<double> ratios;
  for (std::size_t i = 0; i < micros.size() && i < yardstick.size(); ++i)
    ratios.push_back(yardstick[i] / micros[i]);
  return median(std::move(ratios));
}

bool Report::held() const
{
  return std::all_of(promises.begin(), promises.end(),
                     [](const auto& promise) { return promise.held(); });
}

std::string Report::table() const
{
  std::string text =
      fmt::format("{} records of {} bytes, pages of {}, median of {}\n{}\n\n"
                  "  {:<44} {:>7}  {:<15} {:>9} {:>6} {:>6} {:>8} {:>7}\n",
                  records, record_bytes, kPageRecords, repeat, kDurability, "microseconds a record",
                  "ours", "from - to", "yardstick", "ratio", "cpu", "requests", "MiB");
  for (const auto& figure : figures)
    text += line_of(figure);
  if (!promises.empty()) text += "\n  promises\n";
  for (const auto& promise : promises)
    text += line_of(promise);
  if (!notes.empty()) text += '\n';
  for (const auto& [name, value] : notes)
    text += fmt::format("  {:<44} {:>12.2f}\n", name, value);
  return text;
}

std::string Report::json() const
{
  schema::Object all, cases, held, more;
  all.append("records", static_cast<std::int64_t>(records));
  all.append("record_bytes", static_cast<std::int64_t>(record_bytes));
  all.append("page_records", static_cast<std::int64_t>(kPageRecords));
  all.append("repeat", static_cast<std::int64_t>(repeat));
  all.append("durability", kDurability);
  for (const auto& figure : figures)
    cases.append(figure.name, json_of(figure));
  for (const auto& promise : promises)
    held.append(promise.name, json_of(promise));
  for (const auto& [name, value] : notes)
    more.append(name, number(value));
  all.append("cases", std::move(cases));
  all.append("promises", std::move(held));
  all.append("notes", std::move(more));
  return schema::to_pretty_json(schema::Value(std::move(all)));
}

} // namespace gramsetu::bench
