// Reading references. Files are opened before they are looked at, so that what is checked is what
// is read.
#include "config/references.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace gramsetu::config {

using schema::Place;

namespace {

constexpr std::size_t kContentsMax = 64 * 1024; // keys and tokens are small; a device file is not

bool is_plain_name(std::string_view name)
{
  if (name.empty() || name.front() == '.') return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '_' && c != '-' && c != '.') return false;
  }
  return true;
}

// Closes on every way out.
struct Descriptor {
  int fd;
  ~Descriptor()
  {
    if (fd >= 0) ::close(fd);
  }
};

std::optional<std::string> read_all(int fd)
{
  std::string text(kContentsMax + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kContentsMax) return std::nullopt;
  text.resize(size);
  return text;
}

// systemd puts the unit's name before those that it takes from a whole folder. Empty when there is none.
std::string credential_path(const std::string& folder, const std::string& name)
{
  for (const auto* before : {"/", "/gramsetu_"}) {
    auto path = folder + before + name;
    if (std::error_code error; std::filesystem::exists(path, error)) return path;
  }
  return {};
}

} // namespace

struct References::Parsed {
  std::string whole, kind, name;
  std::size_t size = 0; // of the text it took
};

namespace {

// The reference that `text` starts with, in its parts; false when it does not end or has no kind.
template <typename Parsed>
bool parse(std::string_view text, Parsed& out)
{
  const auto end = text.find('}');
  if (!text.starts_with("${") || end == text.npos) return false;
  const std::string_view inner = text.substr(2, end - 2);
  const auto colon = inner.find(':');
  if (colon == inner.npos || colon + 1 == inner.size()) return false;
  out.whole = text.substr(0, end + 1);
  out.kind = inner.substr(0, colon);
  out.name = inner.substr(colon + 1);
  out.size = end + 1;
  return out.kind == "file" ||
         ((out.kind == "credential" || out.kind == "env") && is_plain_name(out.name));
}

} // namespace

std::nullopt_t References::wrong(const Place& place, std::string what, std::string right)
{
  findings_.push_back({place, std::move(what), std::move(right)});
  return std::nullopt;
}

bool References::in(std::string_view text)
{
  return text.find("${") != text.npos;
}

bool References::is_one(std::string_view text)
{
  Parsed parsed;
  return parse(text, parsed) && parsed.size == text.size();
}

std::optional<std::string> References::contents(const std::string& path, const std::string& what,
                                                const Place& place)
{
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  struct stat about {};
  if (file.fd < 0 || ::fstat(file.fd, &about) != 0)
    return wrong(place, fmt::format("{} cannot be read", what),
                 "give the service a file that it may read");
  if (!S_ISREG(about.st_mode))
    return wrong(place, fmt::format("{} is not a regular file", what), "name a regular file");
  if (about.st_mode & S_IROTH)
    return wrong(place, fmt::format("{} can be read by everybody", what),
                 fmt::format("chmod o-r {}", path));
  auto text = read_all(file.fd);
  if (!text)
    return wrong(place, fmt::format("{} cannot be read as a secret", what),
                 fmt::format("keep it to {} bytes", kContentsMax));
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r'))
    text->pop_back();
  if (text->empty()) return wrong(place, fmt::format("{} is empty", what), "put the value into it");
  return text;
}

std::optional<std::string> References::value_of(const Parsed& reference, const Place& place)
{
  if (reference.kind == "file")
    return contents(beside(place.file, reference.name), "the file of " + reference.whole, place);
  if (reference.kind == "env") {
    const char* value = std::getenv(reference.name.c_str());
    if (value && *value) return std::string(value);
    return wrong(place,
                 fmt::format("the environment variable of {} is {}", reference.whole,
                             value ? "empty" : "not set"),
                 "set it for the service (EnvironmentFile= in its unit)");
  }
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  const std::string remedy =
      fmt::format("put it into /etc/gramsetu/credentials/{0} and restart the service, or add "
                  "LoadCredential={0}:/path/of/the/secret to the unit",
                  reference.name);
  if (!folder || !*folder)
    return wrong(place, fmt::format("there are no credentials to read {} from", reference.whole),
                 remedy);
  const auto path = credential_path(folder, reference.name);
  if (path.empty())
    return wrong(place, fmt::format("the credential of {} is not there", reference.whole), remedy);
  return contents(path, "the credential of " + reference.whole, place);
}

std::optional<std::string> References::expand(const schema::Node& node)
{
  std::string out;
  bool known = read_;
  std::string_view rest = node.scalar;
  while (!rest.empty()) {
    const auto start = rest.find("${");
    out += rest.substr(0, start);
    if (start == rest.npos) break;
    rest.remove_prefix(start);
    Parsed parsed;
    if (!parse(rest, parsed))
      return wrong(node.place, "this is not a reference that can be read",
                   "write ${credential:NAME}, ${env:NAME} or ${file:PATH}");
    rest.remove_prefix(parsed.size);
    if (!read_) continue;
    const auto value = value_of(parsed, node.place);
    if (value) out += *value;
    known = known && value.has_value();
  }
  if (!known) return std::nullopt;
  return out;
}

connectors::Secret References::secret(const schema::Node* node)
{
  if (!read_ || !node || !node->is_scalar() || !is_one(node->scalar)) return {};
  return connectors::Secret(expand(*node).value_or(std::string()));
}

Result<connectors::Secret> read_reference(std::string_view reference, const std::string& folder)
{
  schema::Node node;
  node.kind = schema::Node::Kind::scalar;
  node.place.file = folder + "/.";
  node.scalar = reference.starts_with("${") ? reference : fmt::format("${{{}}}", reference);
  std::vector<schema::Finding> findings;
  auto secret = References(true, findings).secret(&node);
  if (!secret.empty()) return secret;
  if (findings.empty())
    return fail(ErrorKind::invalid, fmt::format("'{}' is not a reference; write credential:NAME, "
                                                "env:NAME or file:PATH",
                                                reference));
  return fail(ErrorKind::invalid,
              fmt::format("{}; {}", findings.front().wrong, findings.front().right));
}

std::string beside(const std::string& file, const std::string& path)
{
  const std::filesystem::path given(path);
  if (path.empty() || given.is_absolute()) return path;
  return (std::filesystem::path(file).parent_path() / given).lexically_normal().string();
}

} // namespace gramsetu::config
