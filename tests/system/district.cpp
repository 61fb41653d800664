// Control requests over plain HTTP.
#include "tests/system/district.hpp"

#include "tests/endpoints/plain_client.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace gramsetu::test {

using schema::Value;

namespace {

// A whole district's records in one answer.
constexpr schema::JsonLimits kLarge{.nodes = 100'000'000};

} // namespace

std::string text_at(const Value& value, const std::string& pointer)
{
  const auto* found = schema::at_pointer(value, pointer);
  return found && found->is_text() ? found->text() : std::string();
}

bool has(const std::string& text, const std::string& piece)
{
  return text.find(piece) != std::string::npos;
}

std::string request_key(int number)
{
  return "WB/309/000000" + std::to_string(number);
}

std::int64_t number_at(const Value& value, const std::string& pointer)
{
  const auto* found = schema::at_pointer(value, pointer);
  return found && found->is_integer() ? found->integer() : 0;
}

schema::List list_at(const Value& value, const std::string& pointer)
{
  const auto* found = schema::at_pointer(value, pointer);
  return found && found->is_list() ? found->list() : schema::List();
}

Value json_of(const std::string& text)
{
  auto value = schema::parse_json(text, kLarge);
  REQUIRE_MESSAGE(value, "this is no JSON: ", text.substr(0, 2000));
  return std::move(*value);
}

District::District(const std::string& folder, const std::vector<std::string>& options)
{
  const auto port_file = folder + "/ports.json";
  Start start{{GRAMSETU_BINARY_DIR "/tests/endpoints/gramsetu-sim", "--port-file", port_file}};
  start.command.insert(start.command.end(), options.begin(), options.end());
  process_ = std::make_unique<Process>(start, folder + "/simulator");
  REQUIRE(until([&] { return std::filesystem::exists(port_file) || !process_->running(); }));
  std::ifstream file(port_file);
  REQUIRE_MESSAGE(file, "the simulator did not start: ", process_->err());
  ports_ = json_of({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
  control_ = static_cast<std::uint16_t>(number_at(ports_, "/control/port"));
}

Value District::ask(const std::string& method, const std::string& target,
                    const std::string& body) const
{
  const auto answer =
      sim::ask(control_, method, target, {{"Content-Type", "application/json"}}, body);
  REQUIRE_MESSAGE(answer.status == 200, method, " ", target, ": ", answer.body);
  return json_of(answer.body);
}

Value District::get(const std::string& endpoint, const std::string& what) const
{
  return ask("GET", "/_sim/" + endpoint + "/" + what, "");
}

Value District::post(const std::string& endpoint, const std::string& what,
                     const std::string& json) const
{
  return ask("POST", "/_sim/" + endpoint + "/" + what, json);
}

void District::clear(const std::string& endpoint, const std::string& what) const
{
  ask("DELETE", "/_sim/" + endpoint + "/" + what, "");
}

void District::fault(const std::string& endpoint, const std::string& json) const
{
  post(endpoint, "faults", json);
}

void District::edit(const std::string& endpoint, const std::string& json) const
{
  post(endpoint, "edit", json);
}

schema::List District::records(const std::string& endpoint, const std::string& stream) const
{
  return list_at(get(endpoint, "records/" + stream), "/records");
}

schema::List District::effects(const std::string& endpoint) const
{
  return list_at(get(endpoint, "ledger"), "/effects");
}

std::string District::picture(const std::string& endpoint, const std::string& stream) const
{
  return schema::to_json(get(endpoint, "digest/" + stream)) + " " +
         std::to_string(effects(endpoint).size());
}

} // namespace gramsetu::test
