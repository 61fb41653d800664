// The daemon's socket first; the store itself only when nobody answers there.
#include "daemon/commands/session.hpp"

#include "daemon/api/client.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/api/target.hpp"
#include "daemon/api/trace.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <set>
#include <string_view>

namespace gramsetu::commands {

namespace {

// No request waits for a run: a daemon that takes longer than this for one is not well.
constexpr std::chrono::minutes kPatience{5};

std::atomic<bool> interrupt_seen{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

schema::Value finding_json(const schema::Finding& finding)
{
  schema::Object item;
  item.append("file", finding.place.file);
  item.append("line", finding.place.line);
  item.append("column", finding.place.column);
  item.append("wrong", finding.wrong);
  item.append("right", finding.right);
  return item;
}

// A record that a person asked for and that is not there is a failure; a flow or an entity that is not
// there is a wrong command line.
int exit_for(int status, const Ask& what, const std::string& title)
{
  static const std::set<std::string_view> kNames{"/api/v1/runs", "/api/v1/plan", "/api/v1/verify",
                                                 "/api/v1/apply"}; // flows, or the runs of a plan
  const bool mistyped = kNames.contains(what.path) || title.starts_with("there is no entity '") ||
                        title.starts_with("there is no flow '");
  if (status == 400 || (status == 404 && mistyped)) return kUsage;
  return kFailed;
}

} // namespace

std::string user_name()
{
  const char* person = std::getenv("SUDO_USER");
  if (geteuid() == 0 && person && *person) return person;
  const auto* entry = getpwuid(geteuid());
  return entry ? entry->pw_name : std::to_string(geteuid());
}

std::string segment(const std::string& text)
{
  return "/" + api::percent_encoded(text);
}

Session::~Session() = default;

std::unique_ptr<Session> Session::open(const Common& common, int& exit_code)
{
  const auto loaded = config::load(common.config, config::installed_paths(common.config), false);
  std::unique_ptr<Session> session(new Session());
  session->common_ = common;
  session->offset_ = runtime::offset_of(loaded->config.timezone);
  session->socket_ = loaded->config.api.unix_path;
  if (!session->socket_.empty() && api::listening(session->socket_)) {
    if (!loaded->findings.empty())
      complain(fmt::format("{} has errors (gramsetu check); the daemon goes on with what it read "
                           "before",
                           common.config));
    return session;
  }
  if (!loaded->findings.empty()) {
    print_findings(loaded->findings, common.json);
    exit_code = kUsage;
    return nullptr;
  }
  if (session->open_hub()) return session;
  exit_code = session->exit_code_;
  return nullptr;
}

bool Session::open_hub()
{
  auto loaded = config::load(common_.config, config::installed_paths(common_.config), true);
  if (!loaded->findings.empty()) {
    print_findings(loaded->findings, common_.json);
    exit_code_ = kUsage;
    return false;
  }
  auto hub = runtime::Hub::open(std::move(loaded), {clock_, ids_, sink_, Level::info});
  if (!hub) {
    const bool broken = hub.error().kind == ErrorKind::corrupt;
    exit_code_ = refuse(common_, broken ? kStoreBroken : kFailed, hub.error().what);
    return false;
  }
  hub_ = std::move(*hub);
  hub_->on_corrupt([](const Error& error) { complain(error.what); });
  handler_ = api::make_handler(*hub_);
  return true;
}

Result<Session::Answer> Session::send(const Ask& what)
{
  api::Request request;
  request.method = what.method;
  request.path = what.path;
  request.query = what.query;
  request.headers = what.headers;
  if (!what.body.empty()) {
    request.headers["content-type"] = "application/json";
    request.body = schema::to_json(schema::Value(what.body));
  }
  api::Response response;
  if (hub_) {
    request.role = api::Role::admin;
    request.actor = user_name();
    request.headers[api::kFrom] = fmt::format("uid {}", geteuid());
    response = handler_(request);
  } else {
    TRY(response, api::call(socket_, request, kPatience));
  }
  Answer answer{response.status, schema::Object()};
  if (response.body.empty()) return answer;
  auto parsed = schema::parse_json(response.body);
  answer.body = parsed ? std::move(*parsed) : schema::Value(response.body);
  return answer;
}

std::optional<schema::Value> Session::ask(const Ask& what)
{
  auto answer = send(what);
  if (!answer) {
    exit_code_ = refuse(common_, kFailed, answer.error().what);
    return std::nullopt;
  }
  status_ = answer->status;
  if (answer->status < 400) return std::move(answer->body);
  const auto title = member_text(answer->body, "title");
  exit_code_ = refuse(common_, exit_for(answer->status, what, title), title,
                      member_text(answer->body, "detail"));
  return std::nullopt;
}

bool Session::has_lost_store()
{
  if (!hub_ || !hub_->corrupt()) return false;
  exit_code_ = refuse(common_, kStoreBroken, "the store cannot be trusted");
  return true;
}

int refuse(const Common& common, int code, std::string_view title, std::string_view detail)
{
  complain(detail.empty() ? std::string(title) : fmt::format("{}; {}", title, detail));
  if (!common.json) return code;
  schema::Object problem;
  problem.append("title", title);
  if (!detail.empty()) problem.append("detail", detail);
  print_json(std::move(problem));
  return code;
}

void print_findings(const std::vector<schema::Finding>& findings, bool json, std::FILE* out)
{
  if (!json) {
    for (const auto& finding : findings)
      std::fprintf(out, "%s\n", escaped(to_text(finding)).c_str());
    return;
  }
  schema::List list;
  for (const auto& finding : findings)
    list.push_back(finding_json(finding));
  print_json(std::move(list));
}

void watch_interrupts()
{
  struct sigaction action {};
  action.sa_handler = [](int) { interrupt_seen = true; };
  action.sa_flags = SA_RESETHAND; // the second one ends us
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted()
{
  return interrupt_seen;
}

} // namespace gramsetu::commands
