// Driving a transfer through libcurl's multi interface, which alone can be woken to stop.
#include "connectors/http/transfer.hpp"

#include <fmt/format.h>

#include <curl/curl.h>

namespace gramsetu::connectors::http {

namespace {

// How often a silent transfer is looked at; a stop request wakes it at once.
constexpr int kPollMillis = 50;

} // namespace

Transfer::Transfer(void* easy, void* multi, Exchange& exchange, Clock& clock)
    : easy_(easy), multi_(multi), exchange_(exchange), clock_(clock)
{
  curl_multi_add_handle(multi_, easy_);
}

Transfer::~Transfer()
{
  curl_multi_remove_handle(multi_, easy_);
}

int Transfer::run(const ClientSettings& settings, const std::stop_token& stop)
{
  const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_); });
  while (true) {
    int running = 0;
    if (curl_multi_perform(multi_, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) return result();
    if (stop.stop_requested()) {
      cancelled_ = true;
      return CURLE_ABORTED_BY_CALLBACK;
    }
    if (too_slow(settings)) return CURLE_OPERATION_TIMEDOUT;
    curl_multi_poll(multi_, nullptr, 0, kPollMillis, nullptr);
  }
}

bool Transfer::request_left() const
{
  long bytes = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &bytes);
  return bytes > 0;
}

int Transfer::result()
{
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi_, &left);
  return message && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
}

bool Transfer::too_slow(const ClientSettings& settings)
{
  curl_off_t pretransfer = 0;
  curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
  if (pretransfer == 0) return false; // still connecting, which has its own limit
  const Ticks now = clock_.ticks();
  return exchange_.begun() ? crawling(settings, now) : silent(settings.limits, now);
}

bool Transfer::silent(const Limits& limits, Ticks now)
{
  curl_off_t sent = 0;
  curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &sent);
  if (sent != sent_ || !since_) since_ = now;
  sent_ = sent;
  if (now - *since_ <= limits.first_byte_timeout) return false;
  why_slow_ = fmt::format("no answer for {} ms", limits.first_byte_timeout.count());
  return true;
}

bool Transfer::crawling(const ClientSettings& settings, Ticks now)
{
  if (window_ && now - *window_ < settings.slow_window) return false;
  const bool slow = window_ && exchange_.received() - window_bytes_ < settings.slowest_bytes;
  window_ = now;
  window_bytes_ = exchange_.received();
  if (slow) why_slow_ = "the answer comes in too slowly";
  return slow;
}

} // namespace gramsetu::connectors::http
