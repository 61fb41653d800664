// Recording over HTTP: what the connector asked, and what it was answered.
#include "connectors/kit/looks.hpp"
#include "connectors/kit/player.hpp"
#include "connectors/kit/record.hpp"
#include "connectors/kit/rows.hpp"
#include "connectors/kit/urls.hpp"
#include "connectors/wrap/attaching.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>

namespace gramsetu::connectors::kit {

namespace {

constexpr const char* kRemoved = "removed\n";

class Heard final : public Listener {
public:
  void exchanged(const Exchanged& exchanged) override
  {
    const std::lock_guard lock(mutex_);
    all_.push_back(exchanged);
  }
  std::vector<Exchanged> take()
  {
    const std::lock_guard lock(mutex_);
    return std::move(all_);
  }

private:
  std::mutex mutex_; // guards `all_`
  std::vector<Exchanged> all_;
};

std::string lower(std::string text)
{
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// "https://host:443" and "/base" of the endpoint's address.
struct Address {
  std::string origin, host, base;
};

Address address_of(const std::string& url)
{
  Address address;
  const auto scheme = url.find("://");
  const auto from = scheme == url.npos ? 0 : scheme + 3;
  const auto slash = std::min(url.find('/', from), url.size());
  address.origin = url.substr(0, slash);
  address.host = url.substr(from, slash - from);
  address.base = url.substr(slash);
  while (!address.base.empty() && address.base.back() == '/')
    address.base.pop_back();
  return address;
}

class HttpRecorder {
public:
  explicit HttpRecorder(const Recording& recording)
      : recording_(recording),
        address_(address_of(recording.order.settings.url)),
        shape_(row_shape(*recording.order.settings.manifest, recording.order.stream,
                         recording.order.settings.options))
  {
    const auto& pull = recording.order.stream.pull;
    const auto* pages = pull.find("pages");
    for (const char* key : {"total", "pages", "last_page", "more", "next"})
      if (const auto* node = pages ? pages->find(key) : nullptr) kept_.push_back(node->scalar);
    for (const auto* from : {&pull, &recording.order.settings.manifest->common})
      if (const auto* success = from->find("success"))
        if (const auto* pointer = success->find("pointer")) kept_.push_back(pointer->scalar);
  }

  // First all answers, so that what was replaced in one is known in every request.
  void take(const Exchanged& seen, Fixture& fixture)
  {
    Exchange made;
    made.method = seen.method;
    const auto mark = std::min(seen.url.find('?'), seen.url.size());
    auto path = seen.url.substr(0, mark);
    path = path.substr(std::min(path.find('/', path.find("://") + 3), path.size()));
    if (path.starts_with(address_.base)) path.erase(0, address_.base.size());
    made.path = decoded(path);
    if (mark < seen.url.size()) made.query = parameters(seen.url.substr(mark + 1));
    if (seen.body.find('=') != seen.body.npos && !schema::parse_json(seen.body))
      made.form = parameters(seen.body);
    else if (auto body = schema::parse_json(seen.body))
      made.body = without_secrets(std::move(*body));
    made.status = seen.status;
    made.answer_headers = headers(seen.headers);
    made.answer = is_read(made.answer_headers) ? body_of(seen.answer) : kRemoved;
    fixture.exchanges.push_back(std::move(made));
  }

  void finish(Fixture& fixture) const
  {
    for (auto& exchange : fixture.exchanges) {
      exchange.path = recording_.clean(exchange.path);
      exchange.body = recording_.clean(exchange.body);
      exchange.answer = placeless(recording_.clean(exchange.answer));
      for (auto* pairs : {&exchange.query, &exchange.form, &exchange.answer_headers})
        for (auto& [name, value] : *pairs)
          value = pairs == &exchange.answer_headers ? placeless(recording_.clean(value))
                                                    : recording_.clean(value);
    }
    for (auto* texts : {&fixture.slice, &fixture.options})
      for (auto& [name, value] : *texts)
        value = recording_.clean(value);
  }

private:
  // A key that went along says nothing of the system.
  static Pairs parameters(const std::string& text)
  {
    auto pairs = decoded_pairs(text);
    for (auto& [name, value] : pairs)
      if (named_secret(name)) value = "*";
    return pairs;
  }

  // Of a document nobody knows what is in it.
  static bool is_read(const Pairs& headers)
  {
    static constexpr std::array known = {"json", "xml", "csv", "text/"};
    for (const auto& [name, value] : headers)
      if (lower(name) == "content-type")
        return std::any_of(known.begin(), known.end(), [&, &type = value](const char* word) {
          return type.find(word) != type.npos;
        });
    return true;
  }

  // JSON cannot be compared in part: a body that holds a secret may be any.
  static std::string without_secrets(schema::Value body)
  {
    bool secret = false;
    if (body.is_object())
      for (const auto& member : body.object().members())
        secret = secret || named_secret(member.name);
    return secret ? "" : schema::to_pretty_json(body) + "\n";
  }

  static Pairs headers(const Exchanged::Headers& all)
  {
    static constexpr std::array kept = {"content-type", "etag", "link", "retry-after"};
    Pairs pairs;
    for (const auto& [name, value] : all) {
      if (std::find(kept.begin(), kept.end(), lower(name)) != kept.end())
        pairs.emplace_back(name, value);
    }
    return pairs;
  }

  std::string body_of(const std::string& text)
  {
    auto& scrubber = recording_.scrubber;
    auto document = schema::parse_json(text);
    if (!document) return scrubber.text(text);
    scrubber.around(*document, kept_, shape_.records);
    auto whole = schema::to_pretty_json(*document) + "\n";
    auto edited = edit_rows(whole, shape_, [&](schema::List& rows) {
      for (auto& row : rows)
        scrubber.record(row);
    });
    return edited ? std::move(*edited) : std::move(whole);
  }

  std::string placeless(std::string text) const
  {
    text = replaced(std::move(text), address_.origin + address_.base, "{url}");
    if (!address_.base.empty())
      text = replaced(std::move(text), "\"" + address_.base + "/", "\"{url}/");
    return replaced(std::move(text), address_.host, "system.example");
  }

  const Recording& recording_;
  Address address_;
  RowShape shape_;
  std::vector<std::string> kept_;
};

} // namespace

Result<void> record_http(const Recording& recording, Fixture& fixture)
{
  const auto& order = recording.order;
  Heard keeper;
  Services services = order.services;
  services.listener = &keeper;
  const auto* type = find_transport("http");
  TRY(auto inner, type->open(order.settings, services));
  // With the documents that records name, since whoever plays it asks for them, too.
  const auto connector =
      wrapped(wrap::attaching(std::move(inner), nullptr), order.settings, services);
  PullRequest request;
  request.stream = &order.stream;
  request.slice = order.slice;
  TRY(const auto reading, read_slice(*connector, request, order.pages));
  if (!reading.complete) fixture.pull->pages = reading.pages;
  HttpRecorder recorder(recording);
  for (const auto& seen : keeper.take())
    if (seen.status != 429 && seen.status < 502) recorder.take(seen, fixture); // asked again
  recorder.finish(fixture);
  return {};
}

} // namespace gramsetu::connectors::kit
