// A hub with its routes, without a network: what a test asks of it is held to what the routes declare.
#pragma once

#include "daemon/api/prepared.hpp"
#include "schema/json.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace gramsetu::test {

// The hub of config/first-look.yaml in a folder of its own, and what `more` adds to its file.
class ApiBench {
public:
  explicit ApiBench(const std::string& more = {}, const std::string& entity = "state")
  {
    const auto file = folder_.write(
        "gramsetu.yaml", "hub: { name: bench }\n"
                         "store: { sqlite: { path: " +
                             folder_.file("hub.db") +
                             " } }\n"
                             "endpoints: { drop: { connector: files, path: " +
                             folder_.file("drop") +
                             " } }\n"
                             "flows: { " +
                             entity + ": { drop: { direction: pull, every: 1h } } }\n" + more);
    folder_.write("drop/.keep", "");
    auto loaded = config::load(file, config::installed_paths(file), true);
    REQUIRE_MESSAGE(loaded->findings.empty(), schema::to_text(loaded->findings.front()));
    auto opened = runtime::Hub::open(std::move(loaded), {clock_, ids_, sink_});
    REQUIRE_MESSAGE(opened, opened.error().what);
    hub_ = std::move(*opened);
    handler_ = api::make_handler(*hub_);
  }

  runtime::Hub& hub() { return *hub_; }
  FakeClock& clock() { return clock_; }
  const std::vector<api::Prepared>& routes() const { return api::prepared_routes(); }
  const TempDir& folder() const { return folder_; }

  api::Request request(std::string method, std::string path, std::string body = {}) const
  {
    api::Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.body = std::move(body);
    request.role = api::Role::admin;
    request.actor = "meera";
    return request;
  }

  // Checks that the answer is one that the route declares.
  api::Response ask(const api::Request& request)
  {
    auto response = settled(handler_(request));
    CAPTURE(request.method);
    CAPTURE(request.path);
    CAPTURE(response.body);
    for (const auto& route : routes())
      if (route.route.method == request.method && route.match(request.path))
        check_declared(route, response);
    return response;
  }
  // As the handler gives it: perhaps not there yet, perhaps going on.
  api::Response raw(const api::Request& request) { return handler_(request); }
  api::Response ask(std::string method, std::string path, std::string body = {})
  {
    return ask(request(std::move(method), std::move(path), std::move(body)));
  }
  schema::Value json(std::string method, std::string path, std::string body = {})
  {
    const auto response = ask(std::move(method), std::move(path), std::move(body));
    REQUIRE_MESSAGE(response.status < 300, response.body);
    return *schema::parse_json(response.body);
  }

private:
  // As the server does: asks again until there is an answer.
  static api::Response settled(api::Response response)
  {
    while (response.later) {
      if (auto answer = response.later(false)) return std::move(*answer);
      std::this_thread::yield();
    }
    return response;
  }
  static void check_declared(const api::Prepared& route, const api::Response& response)
  {
    bool good = false;
    for (const auto status : api::split(route.route.good, ' '))
      good = good || status == std::to_string(response.status);
    CHECK(good != route.errors().contains(response.status));
    if (response.content_type.find("json") == std::string::npos) return;
    const auto body = schema::parse_json(response.body);
    REQUIRE(body);
    const auto shape = good ? api::Shape::of(route.route.gives) : api::Shape::named("Problem");
    const auto fits = shape.fits(*body);
    CHECK_MESSAGE(fits, fits.error().what);
  }

  TempDir folder_;
  FakeClock clock_;
  Ids ids_;
  NullSink sink_;
  std::unique_ptr<runtime::Hub> hub_;
  api::Handler handler_;
};

// A text by JSON Pointer; empty when it is not there.
inline std::string text_of(const schema::Value& value, std::string_view pointer)
{
  const auto* found = schema::at_pointer(value, pointer);
  return found && found->is_text() ? found->text() : std::string();
}

} // namespace gramsetu::test
