// An HTTP system, played from its recorded exchanges.
#include "connectors/kit/loopback.hpp"
#include "connectors/kit/record.hpp"
#include "connectors/kit/sealed.hpp"
#include "connectors/kit/stand_in.hpp"
#include "connectors/kit/temp_folder.hpp"
#include "connectors/kit/urls.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>

namespace gramsetu::connectors::kit {

namespace {

constexpr int kRetryAfter = 1; // seconds; the clock of a player jumps

bool fits(const std::string& expected, const std::string& came)
{
  return expected == "*" || expected == came;
}

// Every expected pair is there, and nothing else when `all`.
bool fit_pairs(const Pairs& expected, Pairs came, bool all)
{
  for (const auto& [name, value] : expected) {
    const auto found =
        std::find_if(came.begin(), came.end(), [&, &n = name, &v = value](auto& one) {
          return one.first == n && fits(v, one.second);
        });
    if (found == came.end()) return false;
    came.erase(found);
  }
  return !all || came.empty();
}

bool same_body(const std::string& expected, const std::string& came)
{
  const auto a = schema::parse_json(expected), b = schema::parse_json(came);
  return a && b ? *a == *b : expected == came;
}

// Why the request is not the one that the exchange begins with; empty: it is.
std::string mismatch(const Exchange& exchange, const Heard& heard)
{
  if (exchange.method != heard.method) return "the method is " + heard.method;
  if (exchange.path != heard.path && exchange.path != decoded(heard.path))
    return "the path is " + heard.path;
  if (!fit_pairs(exchange.query, decoded_pairs(heard.query), true))
    return "the query is '" + heard.query + "'";
  for (const auto& [name, value] : exchange.headers) {
    const std::string* came = heard.header(name);
    if (!came || !fits(value, *came)) return "the header " + name + " is another, or not there";
  }
  if (!exchange.form.empty() && !fit_pairs(exchange.form, decoded_pairs(heard.body), true))
    return "the form is '" + heard.body + "'";
  if (!exchange.body.empty() && !same_body(exchange.body, heard.body))
    return "the body is " + heard.body;
  return {};
}

bool is_page(const Exchange& exchange)
{
  return exchange.status < 300 && exchange.answer.size() > 1;
}

std::string shown(const Exchange& exchange)
{
  std::string query;
  for (const auto& [name, value] : exchange.query)
    query += (query.empty() ? "?" : "&") + name + "=" + value;
  return exchange.method + " " + exchange.path + query;
}

std::string with_url(std::string text, const std::string& url)
{
  constexpr std::string_view blank = "{url}";
  for (auto at = text.find(blank); at != text.npos; at = text.find(blank, at + url.size()))
    text.replace(at, blank.size(), url);
  return text;
}

class HttpStandIn final : public StandIn {
public:
  explicit HttpStandIn(const Scene& scene) : scene_(scene), played_(scene.fixture.exchanges.size())
  {
  }

  Result<void> serve(EndpointSettings& settings) override
  {
    TRY(folder_, TempFolder::make());
    TRY(sealed_, make_sealed(settings, folder_->path()));
    TRY(server_, Loopback::open([this](const Heard& heard) { return answer(heard); }));
    settings.url = server_->url();
    return {};
  }

  void begin(Step step) override
  {
    const std::lock_guard lock(mutex_);
    step_ = step;
  }

  std::vector<std::string> complaints() const override
  {
    const std::lock_guard lock(mutex_);
    auto all = strange_;
    for (std::size_t i = 0; i < played_.size(); ++i)
      if (played_[i] == 0) all.push_back("never asked: " + shown(scene_.fixture.exchanges[i]));
    return all;
  }

  std::size_t effects() const override
  {
    const std::lock_guard lock(mutex_);
    return effects_.size();
  }

private:
  Reply answer(Heard heard)
  {
    const std::lock_guard lock(mutex_);
    if (const auto opened = sealed_ ? sealed_->open(heard) : Result<void>(); !opened) {
      strange_.push_back(opened.error().what);
      return {answer_bytes(500, {}, "the request cannot be opened"), false};
    }
    const auto index = find(heard);
    if (!index) {
      strange_.push_back(why_strange(heard));
      return {answer_bytes(500, {}, "the fixture has no such request"), false};
    }
    const bool first = played_[*index]++ == 0;
    const Exchange& exchange = scene_.fixture.exchanges[*index];
    if (first && scene_.fault == Fault::throttled)
      return {answer_bytes(429, {{"Retry-After", std::to_string(kRetryAfter)}}, "slow down"),
              false};
    // What makes one write the same as another is what it carries, its key among it.
    const bool writes = step_ == Step::push && !exchange.dry_run;
    if (writes && exchange.status < 300) effects_.insert(fmt::format("{}\n{}", *index, heard.body));
    if (first && writes && scene_.fault == Fault::lost_answer) return {"", true};
    return reply(*index, exchange, first);
  }

  Reply reply(std::size_t index, const Exchange& exchange, bool first)
  {
    std::string body = exchange.answer;
    // With several pages, the one before comes again in place of the second; a single one has its
    // records twice.
    const bool paged = scene_.fault == Fault::doubled && has_pages();
    if (paged && !spoiled_ && first && is_page_after(index)) {
      body = scene_.fixture.exchanges[index - 1].answer;
      spoiled_ = true;
    }
    if (step_ == Step::pull && !paged && (!spoiled_ || scene_.fault == Fault::unknown_field)) {
      if (auto made = spoiled(scene_, body)) {
        body = std::move(*made);
        spoiled_ = true;
      }
    }
    body = with_url(body, server_->url());
    if (sealed_ && is_page(exchange)) body = sealed_->seal(body).value_or(body);
    const auto bytes = answer_bytes(exchange.status, with_urls(exchange.answer_headers), body);
    // The text of an error is no page.
    if (scene_.fault != Fault::half || spoiled_ || !is_page(exchange)) return {bytes, false};
    spoiled_ = true;
    return {bytes.substr(0, bytes.size() - body.size() / 2), true};
  }

  bool is_page_after(std::size_t index) const
  {
    const auto& all = scene_.fixture.exchanges;
    return index > 0 && all[index].method == all[index - 1].method &&
           all[index].path == all[index - 1].path && all[index].status == 200;
  }

  bool has_pages() const
  {
    for (std::size_t i = 1; i < scene_.fixture.exchanges.size(); ++i)
      if (is_page_after(i)) return true;
    return false;
  }

  Pairs with_urls(Pairs headers) const
  {
    for (auto& header : headers)
      header.second = with_url(header.second, server_->url());
    return headers;
  }

  // One that was not asked for yet, else one that was: a repetition.
  std::optional<std::size_t> find(const Heard& heard) const
  {
    const auto& all = scene_.fixture.exchanges;
    std::optional<std::size_t> again;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!mismatch(all[i], heard).empty()) continue;
      if (played_[i] == 0) return i;
      if (!again) again = i;
    }
    return again;
  }

  // Told by the exchange that it resembles most.
  std::string why_strange(const Heard& heard) const
  {
    const std::string asked = heard.method + " " + heard.path;
    for (const auto& exchange : scene_.fixture.exchanges)
      if (exchange.method == heard.method && exchange.path == decoded(heard.path))
        return asked + ": the fixture has another: " + mismatch(exchange, heard);
    return asked + ": the fixture has no such request";
  }

  const Scene scene_;
  std::unique_ptr<TempFolder> folder_;
  std::unique_ptr<Sealed> sealed_; // null: nothing is
  std::unique_ptr<Loopback> server_;
  mutable std::mutex mutex_; // guards what follows
  Step step_ = Step::pull;
  std::vector<int> played_;
  std::vector<std::string> strange_;
  std::set<std::string> effects_;
  bool spoiled_ = false;

public:
  ~HttpStandIn() override { server_.reset(); } // its thread uses what stands above
};

bool can(const Scene& scene)
{
  const auto& all = scene.fixture.exchanges;
  // A sealed message of single values holds one record.
  const auto* seal = scene.system.manifest->common.find("seal");
  const auto* kind = seal ? seal->find("kind") : nullptr;
  if (scene.fault == Fault::doubled && kind && kind->scalar == "csc_bridge") return false;
  return scene.fault != Fault::half || std::any_of(all.begin(), all.end(), is_page);
}

Result<std::unique_ptr<StandIn>> open(const Scene& scene)
{
  return std::unique_ptr<StandIn>(std::make_unique<HttpStandIn>(scene));
}

} // namespace

StandInType http_stand_in()
{
  return {"http", can, open, record_http};
}

} // namespace gramsetu::connectors::kit
