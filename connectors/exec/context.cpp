// Opening an endpoint, and starting its programs.
#include "connectors/exec/context.hpp"

#include "base/check.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gramsetu::connectors::exec {

namespace {

constexpr std::array<const char*, 3> kFolders = {"/usr/local/bin", "/usr/bin", "/bin"};
constexpr std::size_t kLoggedLines = 200; // of one run

struct Credential {
  const char* name;
  const std::string& value;
  bool secret;
};

std::vector<Credential> credentials_of(const Auth& auth)
{
  switch (auth.kind) {
  case Auth::Kind::basic:
    return {{"auth.user", auth.user, false}, {"auth.password", auth.password.reveal(), true}};
  case Auth::Kind::bearer: return {{"auth.token", auth.value.reveal(), true}};
  case Auth::Kind::api_key: return {{"auth.key", auth.value.reveal(), true}};
  case Auth::Kind::oauth2:
    return {{"auth.client_id", auth.client_id, false},
            {"auth.client_secret", auth.client_secret.reveal(), true}};
  case Auth::Kind::hmac:
  case Auth::Kind::ssh_key:
  case Auth::Kind::none: break;
  }
  return {};
}

Result<void> check_program(const Context& context, const ProgramPlan& program,
                           const std::set<std::string>& secret_options)
{
  for (const auto& word : program.command)
    for (const auto& blank : blanks_of(word))
      if (secret_options.contains(blank.substr(blank.find('.') + 1)) &&
          blank.starts_with("options."))
        return fail(
            ErrorKind::invalid,
            fmt::format("'{{{}}}' is a secret, and a command can be seen by everybody", blank));
  for (const auto& blank : blanks_of(program.config))
    if (!blank.starts_with("slice.") && !context.values.texts.contains(blank))
      return fail(ErrorKind::invalid,
                  fmt::format("the manifest wants '{{{}}}', and the endpoint has none", blank));
  return {};
}

// Fills `values`, and gives those that are secrets.
std::vector<std::string> take_values(const EndpointSettings& settings, const Services& services,
                                     Values& values)
{
  std::vector<std::string> secrets;
  for (const auto& option : settings.manifest->options) {
    const auto given = settings.options.find(option.name);
    const auto& text = given == settings.options.end() ? option.default_text : given->second;
    const auto name = "options." + option.name;
    values.texts[name] = text;
    if (option.type == "integer" || option.type == "flag") values.typed.insert(name);
    if (settings.secret_options.contains(option.name)) secrets.push_back(text);
  }
  for (const auto& [name, value, secret] : credentials_of(settings.auth)) {
    values.texts[name] = value;
    if (secret) secrets.push_back(value);
  }
  values.texts["hub"] = services.hub_name;
  if (!settings.path.empty()) values.texts["path"] = settings.path;
  return secrets;
}

std::vector<std::string> environment_of(const std::string& room)
{
  std::string path;
  for (const auto* folder : kFolders)
    path += (path.empty() ? "" : ":") + std::string(folder);
  return {"PATH=" + path, "HOME=" + room,       "TMPDIR=" + room,
          "LANG=C.UTF-8", "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1"};
}

std::string short_name(const std::string& path)
{
  return path.substr(path.rfind('/') + 1);
}

} // namespace

Result<std::string> find_program(const std::string& name, const std::string& folder)
{
  const auto may_run = [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; };
  if (name.find('/') != std::string::npos) {
    const std::string path = name.front() == '/' || folder.empty() ? name : folder + "/" + name;
    if (path.front() == '/' && may_run(path)) return path;
    return fail(ErrorKind::invalid, fmt::format("the program '{}' cannot be run: {}", path,
                                                path.front() == '/' ? std::strerror(errno)
                                                                    : "its path has no beginning"));
  }
  for (const auto* place : kFolders)
    if (const auto path = std::string(place) + "/" + name; !name.empty() && may_run(path))
      return path;
  return fail(ErrorKind::invalid, fmt::format("there is no program '{}' in {}; give its path", name,
                                              "/usr/local/bin, /usr/bin or /bin"));
}

Result<std::shared_ptr<const Context>> Context::make(const EndpointSettings& settings,
                                                     Services services)
{
  check(settings.manifest != nullptr, "an endpoint is opened with its manifest");
  const auto where = fmt::format("endpoint '{}'", settings.name);
  std::vector<schema::Finding> findings;
  NodeReader reader(findings);
  auto context = std::make_shared<Context>(Context{settings.name,
                                                   settings.path,
                                                   read_plan(*settings.manifest, reader),
                                                   {},
                                                   Mask{{}},
                                                   settings.limits,
                                                   services});
  if (!findings.empty()) return fail(ErrorKind::invalid, where + ": " + to_text(findings.front()));
  context->mask = Mask(take_values(settings, services, context->values));
  std::vector<const ProgramPlan*> programs;
  if (context->plan.tap) programs.push_back(&*context->plan.tap);
  if (context->plan.target) programs.push_back(&*context->plan.target);
  for (const ProgramPlan* program : programs) {
    const auto checked = check_program(*context, *program, settings.secret_options);
    if (!checked) return within(where, checked.error());
  }
  return std::shared_ptr<const Context>(std::move(context));
}

Result<const StreamPlan*> Context::plan_of(const Stream& stream) const
{
  const auto found = plan.streams.find(stream.name);
  if (found == plan.streams.end())
    return fail(ErrorKind::unsupported, fmt::format("no stream '{}' here", stream.name));
  return &found->second;
}

Values Context::with(const Slice& slice) const
{
  Values all = values;
  for (const auto& [name, value] : slice.part)
    all.texts["slice." + name] = value;
  return all;
}

Result<Launch> Context::prepare(const ProgramPlan& program, const Values& filled,
                                const PrivateFolder& room) const
{
  Launch launch;
  for (const auto& word : program.command) {
    TRY(std::string text, fill(word.scalar, filled));
    launch.command.push_back(std::move(text));
  }
  TRY(launch.command.front(), find_program(launch.command.front(), folder));
  TRY(const schema::Value config, to_value(program.config, filled));
  TRY(const std::string file, room.write("config.json", schema::to_json(config)));
  launch.command.insert(launch.command.end(), {"--config", file});
  launch.environment = environment_of(room.path());
  launch.directory = folder.empty() ? room.path() : folder;
  launch.bounds = program.bounds;
  return launch;
}

Outcome Context::run(const Launch& launch, Talk talk, std::stop_token stop) const
{
  const std::string name = short_name(launch.command.front());
  const Log log = services.log.with({{"endpoint", endpoint}, {"program", name}});
  std::size_t lines = 0;
  talk.total_bytes = limits.response_bytes;
  talk.on_error_line = [&](std::string_view line) {
    if (++lines <= kLoggedLines) log.event(Event::program_said, mask(line));
  };
  talk.patience.first_byte = limits.first_byte_timeout;
  talk.patience.total = limits.total_timeout;
  auto outcome = run_program(launch, talk, services.clock, std::move(stop));
  if (lines > kLoggedLines)
    log.event(Event::program_said, fmt::format("and {} lines more", lines - kLoggedLines));
  if (!outcome.error) return outcome;
  // What a callback objected to may quote the program as well.
  outcome.error->what = mask(fmt::format("{}: {}", name, outcome.error->what));
  const auto words = mask(outcome.last_words);
  if (!words.empty()) outcome.error->what += fmt::format("; its last words: '{}'", words);
  return outcome;
}

} // namespace gramsetu::connectors::exec
