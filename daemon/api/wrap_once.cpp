// Remembers answers by asker and key.
#include "daemon/api/routes.hpp"
#include "daemon/api/wrappers.hpp"

#include "base/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

namespace gramsetu::api {

namespace {

constexpr std::size_t kKeyMost = 200;

class Repeats {
public:
  Repeats(Clock& clock, RepeatLimits limits) : clock_(clock), limits_(limits) {}

  // The answer that there is already; without one the caller works on it, and says `keep` or `forget`.
  std::optional<Response> find(const std::string& key, const Digest& request)
  {
    const std::lock_guard lock(mutex_);
    make_room();
    const auto [place, fresh] = kept_.try_emplace(key, Kept{request, std::nullopt, clock_.ticks()});
    if (fresh) return std::nullopt;
    if (place->second.request != request)
      return problem(422, "this Idempotency-Key was of another request", "take a new one");
    if (!place->second.answer)
      return problem(409, "this request is being worked on already", "ask again in a moment");
    auto answer = *place->second.answer;
    answer.headers["Idempotency-Replayed"] = "true";
    return answer;
  }

  void keep(const std::string& key, const Response& answer)
  {
    const std::lock_guard lock(mutex_);
    if (answer.status >= 500)
      kept_.erase(key);
    else if (const auto found = kept_.find(key); found != kept_.end())
      found->second.answer = answer;
  }

private:
  struct Kept {
    Digest request{};
    std::optional<Response> answer; // none while it is worked on
    Ticks at{};
  };

  void make_room()
  {
    const auto now = clock_.ticks();
    std::erase_if(kept_, [&](const auto& item) { return now - item.second.at > limits_.lasting; });
    if (kept_.size() < limits_.kept) return;
    kept_.erase(std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
      return a.second.at < b.second.at;
    }));
  }

  Clock& clock_;
  const RepeatLimits limits_;
  std::mutex mutex_; // guards `kept_`
  std::map<std::string, Kept> kept_;
};

Digest digest_of(const Request& request)
{
  std::string text = request.method + "\n" + request.path + "\n";
  for (const auto& [name, value] : request.query)
    text += fmt::format("{}:{}={}:{}\n", name.size(), name, value.size(), value);
  return sha256(text + "\n" + request.body);
}

} // namespace

Handler once(Handler handler, Clock& clock, RepeatLimits limits)
{
  auto repeats = std::make_shared<Repeats>(clock, limits);
  return [handler = std::move(handler), repeats](const Request& request) {
    const auto header = request.headers.find("idempotency-key");
    if (request.method != "POST" || header == request.headers.end()) return handler(request);
    if (header->second.empty() || header->second.size() > kKeyMost)
      return problem(400, fmt::format("an Idempotency-Key has 1 to {} bytes", kKeyMost),
                     "a random number in hex will do");
    const auto key = fmt::format("{}\n{}", request.actor, header->second);
    if (auto known = repeats->find(key, digest_of(request))) return std::move(*known);
    auto response = handler(request);
    if (!response.later) {
      repeats->keep(key, response);
      return response;
    }
    response.later = [later = std::move(response.later), repeats, key](bool now) {
      auto answer = later(now);
      if (answer) repeats->keep(key, *answer);
      return answer;
    };
    return response;
  };
}

} // namespace gramsetu::api
