// The only door to libcurl's transfers; every option here closes something that is open by default.
#include "connectors/http/client.hpp"

#include "connectors/http/address.hpp"
#include "connectors/http/exchange.hpp"
#include "connectors/http/transfer.hpp"
#include "connectors/http/url.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <curl/curl.h>

#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>

namespace gramsetu::connectors::http {

namespace chr = std::chrono;

namespace {

// Connections kept by one handle: the endpoint's, and what a redirect inside its origin opened.
constexpr long kKeptConnections = 2;
// A page of half a megabyte in four calls rather than thirty. Where a line is kept slow, in small steps.
constexpr long kReceivedAtOnce = 128 << 10;
// After that a connection is made anew, and with it certificates are looked at again, on both sides.
constexpr long kConnectionSeconds = 600;

void start_library()
{
  static const bool started = [] {
    // libcurl would write every TLS secret to the file that this variable names.
    unsetenv("SSLKEYLOGFILE");
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  }();
  static_cast<void>(started);
}

std::size_t on_header(char* data, std::size_t, std::size_t count, void* exchange)
{
  return static_cast<Exchange*>(exchange)->take_header({data, count}) ? count : 0;
}

std::size_t on_body(char* data, std::size_t, std::size_t count, void* exchange)
{
  return static_cast<Exchange*>(exchange)->take_body({data, count}) ? count : 0;
}

// A name that an operator trusts may resolve to anything; it is the address that is checked.
curl_socket_t on_socket(void* rule, curlsocktype, curl_sockaddr* address)
{
  if (!allowed(address->addr, *static_cast<const AddressRule*>(rule))) return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool breaks_lines(std::string_view text)
{
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

// Why this request must not leave, or nothing.
std::optional<std::string> improper(const Request& request, const Url& url, bool allow_plaintext)
{
  if (url.scheme == "http" && !allow_plaintext && !is_loopback_host(url.host))
    return "http:// is only for this machine; use https:// or allow_plaintext";
  if (request.method.empty() ||
      request.method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos)
    return "the method is not a word of capital letters";
  for (const Header& header : request.headers) {
    if (breaks_lines(header.name) || breaks_lines(header.value))
      return fmt::format("the header {} holds a line break", excerpt(header.name));
  }
  return std::nullopt;
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

// A part of something compressed is no part of it.
HeaderList header_list(const Request& request, bool gzip)
{
  curl_slist* list =
      curl_slist_append(nullptr, gzip ? "Accept-Encoding: gzip" : "Accept-Encoding: identity");
  // libcurl waits a second for "100 Continue" before a body over 1 MiB; nobody here sends it.
  list = curl_slist_append(list, "Expect:");
  if (request.body.empty()) list = curl_slist_append(list, "Content-Type:");
  for (const Header& header : request.headers)
    list =
        curl_slist_append(list, header.value.empty() ? (header.name + ";").c_str()
                                                     : (header.name + ": " + header.value).c_str());
  return HeaderList(list);
}

void set_security(CURL* easy, const ClientSettings& settings)
{
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(easy, CURLOPT_MAXCONNECTS, kKeptConnections);
  curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, kConnectionSeconds);
  curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  const Tls& tls = settings.tls;
  if (!tls.ca.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, tls.ca.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr); // the operator's authorities, and no others
  }
  const auto blob = [&](CURLoption option, const std::string& text) {
    curl_blob bytes{const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
    curl_easy_setopt(easy, option, &bytes);
  };
  if (!settings.identity.empty()) {
    blob(CURLOPT_SSLCERT_BLOB, settings.identity);
    blob(CURLOPT_SSLKEY_BLOB, tls.key.reveal());
  }
  if (!tls.pins.empty())
    curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY,
                     fmt::format("{}", fmt::join(tls.pins, ";")).c_str());
}

void set_limits(CURL* easy, const Limits& limits)
{
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(limits.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total_timeout.count()));
  if (!limits.bytes_per_second) {
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceivedAtOnce);
    return;
  }
  const auto speed = static_cast<curl_off_t>(*limits.bytes_per_second);
  curl_easy_setopt(easy, CURLOPT_MAX_RECV_SPEED_LARGE, speed);
  curl_easy_setopt(easy, CURLOPT_MAX_SEND_SPEED_LARGE, speed);
}

void set_request(CURL* easy, const Request& request, const std::string& url, curl_slist* headers)
{
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  const bool has_body = !request.body.empty() || request.method == "POST" ||
                        request.method == "PUT" || request.method == "PATCH";
  if (has_body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  // A write goes out on a connection of its own: on a kept one that turns out dead, libcurl would
  // send it a second time without a word.
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request.repeatable ? 0L : 1L);
}

} // namespace

struct Client::Handle {
  CURL* easy = curl_easy_init();
  CURLM* multi = curl_multi_init();
  bool sound = true; // its last answer was whole and well-formed
  ~Handle()
  {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }
};

namespace {

std::string reason(const std::string& label, int code, const Exchange& exchange,
                   const Transfer& transfer)
{
  if (transfer.cancelled()) return label + ": stopped";
  if (!transfer.why_slow().empty()) return label + ": " + transfer.why_slow();
  if (!exchange.refusal().empty()) return label + ": the answer is refused: " + exchange.refusal();
  return label + ": " + curl_easy_strerror(static_cast<CURLcode>(code));
}

} // namespace

Client::Client(ClientSettings settings, Clock& clock)
    : settings_(std::move(settings)), clock_(clock)
{
  start_library();
  // A line that is throttled on purpose must not be called slow.
  const auto allowed = settings_.limits.bytes_per_second;
  const auto seconds = static_cast<std::uint64_t>(settings_.slow_window.count()) / 1000;
  if (allowed) settings_.slowest_bytes = std::min(settings_.slowest_bytes, *allowed * seconds / 2);
}

Client::~Client() = default;

std::unique_ptr<Client::Handle> Client::borrow()
{
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Handle>();
  auto handle = std::move(idle_.back());
  idle_.pop_back();
  return handle;
}

void Client::give_back(std::unique_ptr<Handle> handle)
{
  curl_easy_reset(handle->easy); // forgets request and secrets, keeps connections
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(handle));
}

Outcome Client::send(const Request& request, std::stop_token stop)
{
  const auto url = parse_url(request.url);
  if (!url) return NotSent{{ErrorKind::invalid, request.label + ": " + url.error().what}};
  if (const auto why = improper(request, *url, settings_.allow_plaintext))
    return NotSent{{ErrorKind::invalid, request.label + ": " + *why}};
  if (stop.stop_requested()) return NotSent{{ErrorKind::cancelled, request.label + ": stopped"}};

  AddressRule rule;
  rule.loopback = is_loopback_host(url->host);
  rule.loopback_only = url->scheme == "http" && !settings_.allow_plaintext;
  const HeaderList headers = header_list(request, settings_.gzip && request.range_from == 0);
  auto handle = borrow();
  set_security(handle->easy, settings_);
  set_limits(handle->easy, settings_.limits);
  set_request(handle->easy, request, url->text(), headers.get());
  curl_easy_setopt(handle->easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
  curl_easy_setopt(handle->easy, CURLOPT_OPENSOCKETDATA, &rule);
  Outcome outcome = perform(*handle, request, stop);
  // Nobody knows what else the connection of a bad answer would hand over: it ends with its handle.
  if (std::holds_alternative<Response>(outcome) && handle->sound) give_back(std::move(handle));
  return outcome;
}

namespace {

// How long after its start a transfer came to a point that libcurl remembers.
chr::milliseconds after_start(CURL* easy, CURLINFO point)
{
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, point, &microseconds);
  return chr::milliseconds(microseconds / 1000);
}

} // namespace

std::optional<Instant> Client::server_until() const
{
  const std::lock_guard lock(mutex_);
  return server_until_;
}

// Only an exchange with a handshake tells; a kept connection leaves what is known.
void Client::look_at_server(Handle& handle)
{
  constexpr std::string_view kEnd = "Expire date:";
  curl_certinfo* chain = nullptr;
  curl_easy_getinfo(handle.easy, CURLINFO_CERTINFO, &chain);
  if (!chain || chain->num_of_certs < 1) return;
  for (const auto* line = chain->certinfo[0]; line; line = line->next) {
    if (!std::string_view(line->data).starts_with(kEnd)) continue;
    const auto seconds = curl_getdate(line->data + kEnd.size(), nullptr);
    if (seconds < 0) return;
    const std::lock_guard lock(mutex_);
    server_until_ = Instant(chr::seconds(seconds));
  }
}

Outcome Client::perform(Handle& handle, const Request& request, const std::stop_token& stop)
{
  const std::uint64_t room = settings_.limits.response_bytes -
                             std::min(settings_.limits.response_bytes, request.range_from);
  Exchange exchange(settings_.header_bytes, room);
  if (request.range_from > 0) exchange.expect_part();
  if (settings_.gzip && request.range_from == 0) exchange.expect_gzip();
  curl_easy_setopt(handle.easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle.easy, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(handle.easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle.easy, CURLOPT_WRITEDATA, &exchange);
  Transfer transfer(handle.easy, handle.multi, exchange, clock_);
  const Instant start = clock_.now();
  const int code = transfer.run(settings_, stop);
  look_at_server(handle);
  exchange.response().asked_at = start + after_start(handle.easy, CURLINFO_PRETRANSFER_TIME_T);
  exchange.response().answered_at = start + after_start(handle.easy, CURLINFO_STARTTRANSFER_TIME_T);
  handle.sound = code == CURLE_OK && exchange.complete();
  if (handle.sound) return std::move(exchange.response());
  if (exchange.failed() && !transfer.cancelled()) {
    exchange.response().cut = true;
    return std::move(exchange.response());
  }

  Error error{ErrorKind::transient, reason(request.label, code, exchange, transfer)};
  if (transfer.cancelled()) error.kind = ErrorKind::cancelled;
  if (exchange.too_large()) error.kind = ErrorKind::invalid; // asking again gives the same
  const bool broken = code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR;
  if (broken && exchange.may_go_on())
    return Indeterminate{std::move(error),
                         std::make_shared<Response>(std::move(exchange.response()))};
  if (transfer.request_left()) return Indeterminate{std::move(error)};
  return NotSent{std::move(error)};
}

} // namespace gramsetu::connectors::http
