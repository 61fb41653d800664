// Status is looked up on a thread of its own, so that whoever asks need not wait for it.
#include "daemon/api/routes.hpp"
#include "daemon/api/wrappers.hpp"
#include "schema/json.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace gramsetu::api {

namespace {

constexpr std::string_view kStatus = "/api/v1/status";
constexpr int kFirstTime = 10; // times the patience, while there is nothing else to say

class Prompt {
public:
  Prompt(Handler handler, Clock& clock, std::chrono::milliseconds patience)
      : handler_(std::move(handler)), clock_(clock), patience_(patience)
  {
  }

  Response answer(const Request& request)
  {
    std::unique_lock lock(mutex_);
    if (!asked_) {
      asked_ = request;
      if (!thread_.joinable()) thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
      changed_.notify_all();
    }
    const auto before = looks_;
    const auto patience = last_good_ ? patience_ : patience_ * kFirstTime;
    if (changed_.wait_for(lock, patience, [&] { return looks_ != before; })) return *newest_;
    return last_good_ ? stale() : problem(503, "the store does not answer", "look at the disk");
  }

private:
  void run(const std::stop_token& stop)
  {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return asked_.has_value(); })) {
      const auto request = *asked_;
      lock.unlock();
      auto looked_up = handler_(request);
      looked_up.body.shrink_to_fit(); // it stays until somebody asks again
      lock.lock();
      newest_ = std::make_shared<const Response>(std::move(looked_up));
      if (newest_->status == 200) {
        last_good_ = newest_;
        good_at_ = clock_.now();
      }
      asked_.reset();
      ++looks_;
      changed_.notify_all();
    }
  }

  Response stale() const
  {
    auto response = *last_good_;
    auto body = schema::parse_json(response.body);
    if (!body || !body->is_object()) return response;
    body->object().set("stale_since", to_rfc3339(good_at_));
    response.body = schema::to_json(*body);
    return response;
  }

  const Handler handler_;
  Clock& clock_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_; // guards what follows
  std::condition_variable_any changed_;
  std::optional<Request> asked_; // while it is looked up
  std::uint64_t looks_ = 0;
  std::shared_ptr<const Response> newest_, last_good_; // most often the same
  Instant good_at_{};
  std::jthread thread_; // last: it ends before what it uses
};

} // namespace

Handler prompt(Handler handler, Clock& clock, std::chrono::milliseconds patience)
{
  auto status = std::make_shared<Prompt>(handler, clock, patience);
  return [handler = std::move(handler), status](const Request& request) {
    // An app may not see it: the routes say so, and what others saw is not shown to it.
    const bool is_status = request.method == "GET" && request.path == kStatus &&
                           request.query.empty() && request.body.empty();
    if (!is_status || request.role == Role::app) return handler(request);
    return status->answer(request);
  };
}

bool is_prompt_path(std::string_view path)
{
  return path == kStatus || path == "/healthz";
}

} // namespace gramsetu::api
