// Which fault strikes which request.
#include "tests/endpoints/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace gramsetu::sim {

namespace {

using Kind = Fault::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 19> kKinds = {
    {{"latency", Kind::latency},
     {"status", Kind::status},
     {"truncate", Kind::truncate},
     {"cut_long", Kind::cut_long},
     {"chunk_cut", Kind::chunk_cut},
     {"close", Kind::close},
     {"commit_then_drop", Kind::commit_then_drop},
     {"stall", Kind::stall},
     {"hang", Kind::hang},
     {"repeat_page", Kind::repeat_page},
     {"half_page", Kind::half_page},
     {"empty", Kind::empty},
     {"html", Kind::html},
     {"malformed", Kind::malformed},
     {"drip", Kind::drip},
     {"redirect", Kind::redirect},
     {"two_lengths", Kind::two_lengths},
     {"revoke", Kind::revoke},
     {"refuse", Kind::refuse}}};

std::int64_t integer_of(const schema::Value& body, std::string_view name, std::int64_t otherwise)
{
  const schema::Value* value = body.object().find(name);
  return value != nullptr && value->is_integer() ? value->integer() : otherwise;
}

std::string text_of(const schema::Value& body, std::string_view name)
{
  const schema::Value* value = body.object().find(name);
  if (value == nullptr) return {};
  if (value->is_integer()) return std::to_string(value->integer());
  return value->is_text() ? value->text() : "";
}

// 0 to 1; no money is anywhere near.
double probability_of(const schema::Value& body)
{
  const schema::Value* value = body.object().find("probability");
  if (value == nullptr || value->kind() != schema::Value::Kind::number) return 1;
  double probability = 1;
  const std::string& literal = value->literal();
  std::from_chars(literal.data(), literal.data() + literal.size(), probability);
  return probability;
}

} // namespace

Result<Fault> read_fault(const schema::Value& body)
{
  if (!body.is_object()) return fail(ErrorKind::invalid, "a fault is an object");
  const std::string name = text_of(body, "kind");
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](const auto& known) { return known.first == name; });
  if (found == kKinds.end())
    return fail(ErrorKind::invalid, fmt::format("there is no fault '{}'", name));
  Fault fault;
  fault.kind = found->second;
  fault.times = integer_of(body, "times", 1);
  fault.skip = integer_of(body, "skip", 0);
  fault.probability = probability_of(body);
  fault.path = text_of(body, "path");
  fault.method = text_of(body, "method");
  fault.status = static_cast<int>(integer_of(body, "status", 503));
  fault.body = text_of(body, "body");
  fault.retry_after = text_of(body, "retry_after");
  fault.location = text_of(body, "location");
  fault.bytes = static_cast<std::size_t>(integer_of(body, "bytes", 0));
  fault.wait = std::chrono::milliseconds(integer_of(body, "ms", 100));
  return fault;
}

schema::Value to_value(const Fault& fault)
{
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](const auto& known) { return known.second == fault.kind; });
  schema::Object item;
  item.append("id", fault.id);
  item.append("kind", found->first);
  item.append("times", fault.times);
  item.append("hits", fault.hits);
  item.append("path", fault.path);
  item.append("method", fault.method);
  return item;
}

int Faults::add(Fault fault)
{
  const std::scoped_lock lock(mutex_);
  fault.id = ++last_id_;
  faults_.push_back(std::move(fault));
  return last_id_;
}

std::optional<Fault> Faults::strike(const Request& request)
{
  const std::scoped_lock lock(mutex_);
  for (Fault& fault : faults_) {
    if (fault.times > 0 && fault.hits >= fault.times) continue;
    if (!fault.method.empty() && fault.method != request.method) continue;
    if (request.target.find(fault.path) == std::string::npos) continue;
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    const double chance = std::uniform_real_distribution<double>(0, 1)(random_);
    if (chance >= fault.probability) continue;
    ++fault.hits;
    return fault;
  }
  return std::nullopt;
}

void Faults::clear()
{
  const std::scoped_lock lock(mutex_);
  faults_.clear();
}

bool Faults::clear(int id)
{
  const std::scoped_lock lock(mutex_);
  return std::erase_if(faults_, [&](const Fault& fault) { return fault.id == id; }) != 0;
}

schema::Value Faults::to_value() const
{
  const std::scoped_lock lock(mutex_);
  schema::List list;
  for (const Fault& fault : faults_)
    list.push_back(sim::to_value(fault));
  schema::Object result;
  result.append("faults", std::move(list));
  return result;
}

} // namespace gramsetu::sim
