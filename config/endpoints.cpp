// From `endpoints:` to what connectors are opened with.
#include "config/binding.hpp"
#include "config/check.hpp"
#include "config/manifests.hpp"
#include "config/values.hpp"
#include "connectors/sftp/host_key.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

namespace gramsetu::config {

using connectors::Auth;
using connectors::EndpointSettings;
using connectors::ManifestOption;
using schema::Node;

namespace {

class EndpointBinding {
public:
  EndpointBinding(Binding& binding, Manifests& manifests, const Node::Entry& entry)
      : binding_(binding),
        manifests_(manifests),
        entry_(entry),
        section_(&entry.value, endpoint_options()),
        path_("endpoints." + entry.key)
  {
  }

  EndpointSettings bind()
  {
    settings_.name = entry_.key;
    if (const Node* connector = section_.node("connector"))
      settings_.manifest = manifests_.of(entry_.key, *connector);
    bind_role();
    bind_address();
    settings_.clock_doubt = section_.duration("clock_doubt").value_or(settings_.clock_doubt);
    settings_.mirrors = section_.text("mirrors");
    bind_auth();
    bind_limits();
    bind_tls();
    bind_sealing();
    bind_options();
    return std::move(settings_);
  }

private:
  void wrong(const schema::Place& place, std::string what, std::string right)
  {
    binding_.wrong(place, std::move(what), std::move(right));
  }

  void bind_role()
  {
    settings_.role = section_.text("role");
    if (settings_.role.empty() && settings_.manifest) settings_.role = settings_.manifest->role;
    const auto& roles = endpoint_options().find("role")->choices;
    if (settings_.role.empty() && settings_.manifest)
      wrong(entry_.place, fmt::format("{} has no role, and its manifest has none", path_),
            fmt::format("role: {}", fmt::join(roles, " | ")));
    // Rules name endpoints and roles alike, so a name that is another's role would mean two things.
    const bool is_role = std::find(roles.begin(), roles.end(), entry_.key) != roles.end();
    if (entry_.key == "local")
      wrong(entry_.place, "an endpoint cannot be called 'local', which is the hub itself",
            "another name");
    else if (is_role && !settings_.role.empty() && settings_.role != entry_.key)
      wrong(entry_.place,
            fmt::format("{} is called like a role, but its role is {}", path_, settings_.role),
            "another name, or that role");
  }

  void bind_address()
  {
    settings_.url = section_.text("url");
    settings_.path = section_.path("path");
    settings_.allow_plaintext = section_.flag("allow_plaintext");
    const std::string transport = settings_.manifest ? settings_.manifest->transport : "";
    if (transport == "http") need("url", {"path", "host_key"});
    if (transport == "files")
      need("path", {"url", "auth", "tls", "sealing", "allow_plaintext", "host_key"});
    if (transport == "exec") useless({"url", "tls", "sealing", "allow_plaintext", "host_key"});
    if (transport == "sql" && section_.has("url"))
      need("url", {"path", "sealing", "host_key"});
    else if (transport == "sql")
      need("path", {"auth", "tls", "sealing", "allow_plaintext", "host_key"});
    if (transport == "sftp") {
      need("url", {"path", "tls", "sealing", "allow_plaintext"});
      need("host_key", {});
      need("auth", {});
    }
    check_scheme(section_.node("url"), transport);
    check_plaintext(section_.node("url"), path_ + ".url");
    bind_host_keys(section_.node("host_key"));
  }

  void check_scheme(const Node* node, const std::string& transport)
  {
    if (!node || !settings_.manifest) return;
    const bool database = is_database_url(node->scalar);
    const auto url = read_url(node->scalar);
    const std::string_view scheme = transport == "sftp" ? "sftp" : "http";
    const bool fits =
        transport == "sql" ? database : !database && (!url || url->scheme.starts_with(scheme));
    if (fits) return;
    wrong(node->place, fmt::format("{}.url does not fit the transport '{}'", path_, transport),
          transport == "sql"    ? "postgresql://user@host/database"
          : transport == "sftp" ? "sftp://host/folder"
                                : "https://host/path");
  }

  void bind_host_keys(const Node* node)
  {
    if (!node) return;
    std::string_view rest = node->scalar;
    while (true) {
      const std::size_t comma = rest.find(',');
      const std::string_view written = rest.substr(0, comma);
      if (!connectors::sftp::read_host_key(written))
        return wrong(
            node->place, fmt::format("{}.host_key is no host key", path_),
            "SHA256:..., or \"ssh-ed25519 AAAA...\", as ssh-keyscan and ssh-keygen -l show");
      settings_.host_keys.emplace_back(written);
      if (comma == rest.npos) return;
      rest.remove_prefix(comma + 1);
    }
  }

  void need(std::string_view needed, std::initializer_list<std::string_view> others)
  {
    if (!section_.has(needed))
      wrong(entry_.place, fmt::format("'{}' is missing in {}", needed, path_),
            fmt::format("{}: {}", needed, endpoint_options().find(needed)->example));
    useless(others);
  }

  void useless(std::initializer_list<std::string_view> names)
  {
    const std::string& transport = settings_.manifest->transport;
    for (const std::string_view name : names)
      if (const Node* node = section_.node(name))
        wrong(node->place,
              fmt::format("{}.{} has no use with the transport '{}'", path_, name, transport),
              "leave it out");
  }

  void check_plaintext(const Node* node, const std::string& what)
  {
    if (!node || settings_.allow_plaintext) return;
    const auto url = read_url(node->scalar);
    if (url && url->scheme == "http" && !is_loopback(url->host))
      wrong(node->place, fmt::format("{} goes over the network in the clear", what),
            "https://, or allow_plaintext: true");
  }

  void bind_auth()
  {
    const Section auth = section_.block("auth");
    References& references = binding_.references;
    if (auth.has("api_key")) {
      const Section key = auth.block("api_key");
      settings_.auth.kind = Auth::Kind::api_key;
      settings_.auth.header = key.text("header");
      settings_.auth.query = key.text("query");
      settings_.auth.value = references.secret(key.node("value"));
      if (key.has("header") == key.has("query"))
        wrong(auth.node("api_key")->place,
              fmt::format("{}.auth.api_key has {}", path_,
                          key.has("header") ? "header and query" : "neither header nor query"),
              "one of them");
    } else if (auth.has("basic")) {
      settings_.auth.kind = Auth::Kind::basic;
      settings_.auth.user = auth.block("basic").text("user");
      settings_.auth.password = references.secret(auth.block("basic").node("password"));
    } else if (auth.has("bearer")) {
      settings_.auth.kind = Auth::Kind::bearer;
      settings_.auth.value = references.secret(auth.block("bearer").node("token"));
    } else if (auth.has("oauth2")) {
      const Section oauth2 = auth.block("oauth2");
      settings_.auth.kind = Auth::Kind::oauth2;
      settings_.auth.token_url = oauth2.text("token_url");
      settings_.auth.client_id = oauth2.text("client_id");
      settings_.auth.client_secret = references.secret(oauth2.node("client_secret"));
      settings_.auth.scope = oauth2.text("scope");
      check_plaintext(oauth2.node("token_url"), path_ + ".auth.oauth2.token_url");
    } else if (auth.has("hmac")) {
      settings_.auth.kind = Auth::Kind::hmac;
      settings_.auth.client_id = auth.block("hmac").text("key_id");
      settings_.auth.value = references.secret(auth.block("hmac").node("secret"));
    } else if (auth.has("ssh_key")) {
      const Section key = auth.block("ssh_key");
      settings_.auth.kind = Auth::Kind::ssh_key;
      settings_.auth.user = key.text("user");
      settings_.auth.value = references.secret(key.node("key"));
      settings_.auth.password = references.secret(key.node("passphrase"));
    }
    check_auth_fits();
  }

  void check_auth_fits()
  {
    using Kind = Auth::Kind;
    const Node* node = section_.node("auth");
    if (!node || !settings_.manifest) return;
    const bool over_ssh = settings_.manifest->transport == "sftp";
    const Kind kind = settings_.auth.kind;
    const bool fits =
        over_ssh ? kind == Kind::ssh_key || kind == Kind::basic : kind != Kind::ssh_key;
    if (!fits)
      wrong(node->place,
            fmt::format("{}.auth does not fit the transport '{}'", path_,
                        settings_.manifest->transport),
            over_ssh ? "ssh_key or basic" : "ssh_key is for sftp");
  }

  void bind_tls()
  {
    const Section tls = section_.block("tls");
    settings_.tls = {
        tls.path("ca"), tls.path("certificate"), binding_.references.secret(tls.node("key")), {}};
    if (tls.has("certificate") != tls.has("key"))
      wrong(section_.node("tls")->place, fmt::format("{}.tls has only half of our identity", path_),
            "certificate and key together");
    std::istringstream pins(tls.text("pins"));
    for (std::string pin; pins >> pin;) {
      // 32 bytes in base64.
      if (pin.size() != 52 || !pin.starts_with("sha256//") || !pin.ends_with('='))
        wrong(tls.node("pins")->place, fmt::format("{}.tls.pins: '{}' is no pin", path_, pin),
              "sha256// and 44 characters of base64");
      settings_.tls.pins.push_back(std::move(pin));
    }
    if (settings_.tls.pins.size() == 1)
      wrong(
          tls.node("pins")->place, fmt::format("{}.tls.pins has only one key", path_),
          "two at least: the day that the endpoint changes its key, nothing else would let it in");
  }

  void bind_sealing()
  {
    const Section sealing = section_.block("sealing");
    References& references = binding_.references;
    settings_.sealing = {references.secret(sealing.node("key")),
                         references.secret(sealing.node("iv")),
                         references.secret(sealing.node("mac_key")),
                         references.secret(sealing.node("private_key")),
                         sealing.path("public_key"),
                         sealing.text("party")};
  }

  void bind_limits()
  {
    const Section section = section_.block("limits");
    connectors::Limits& limits = settings_.limits;
    limits.requests_per_second = section.integer("requests_per_second");
    limits.concurrent = static_cast<std::size_t>(section.integer("concurrent").value_or(1));
    limits.bytes_per_second = section.size("bytes_per_second");
    limits.response_bytes = section.size("response_bytes").value_or(limits.response_bytes);
    limits.connect_timeout = section.duration("connect_timeout").value_or(limits.connect_timeout);
    limits.first_byte_timeout =
        section.duration("first_byte_timeout").value_or(limits.first_byte_timeout);
    limits.total_timeout = section.duration("total_timeout").value_or(limits.total_timeout);
  }

  void bind_options()
  {
    if (!settings_.manifest) return;
    const auto& offered = settings_.manifest->options;
    std::vector<std::string> names;
    for (const ManifestOption& option : offered) {
      names.push_back(option.name);
      if (!option.default_text.empty()) settings_.options[option.name] = option.default_text;
    }
    const Node* written = section_.node("options");
    if (!written || binding_.unread.contains(entry_.key)) return;
    for (const auto& entry : written->entries) {
      const auto option = std::find_if(offered.begin(), offered.end(),
                                       [&](const auto& row) { return row.name == entry.key; });
      if (option == offered.end())
        wrong(entry.place, fmt::format("unknown key '{}' in {}.options", entry.key, path_),
              suggest(entry.key, names));
      else
        bind_option(*option, entry);
    }
  }

  void bind_option(const ManifestOption& option, const Node::Entry& entry)
  {
    const std::string at = fmt::format("{}.options.{}", path_, entry.key);
    if (!entry.value.is_scalar())
      return wrong(entry.value.place, fmt::format("{} is no single value", at),
                   fmt::format("write a value of type {}", option.type));
    std::string text = entry.value.scalar;
    const bool by_reference = References::in(text);
    if (by_reference) {
      const auto value = binding_.references.expand(entry.value);
      if (!value) return;
      text = *value;
    }
    const auto number = schema::read_integer(text);
    const bool fits = option.type == "integer"    ? number.has_value()
                      : option.type == "flag"     ? schema::read_flag(text).has_value()
                      : option.type == "duration" ? schema::read_duration(text).has_value()
                                                  : true;
    const std::string shown = by_reference ? "what its reference gives" : "'" + text + "'";
    if (!fits)
      return wrong(entry.value.place, fmt::format("{} is {}", at, shown),
                   fmt::format("write a value of type {}", option.type));
    const bool outside = option.type == "integer" && ((option.min && *number < *option.min) ||
                                                      (option.max && *number > *option.max));
    if (outside) return wrong(entry.value.place, fmt::format("{} is {}", at, shown), range(option));
    settings_.options[option.name] = std::move(text);
    if (by_reference) settings_.secret_options.insert(option.name);
  }

  static std::string range(const ManifestOption& option)
  {
    if (option.min && option.max) return fmt::format("{} to {}", *option.min, *option.max);
    return option.min ? fmt::format("{} or more", *option.min)
                      : fmt::format("{} or less", *option.max);
  }

  Binding& binding_;
  Manifests& manifests_;
  const Node::Entry& entry_;
  Section section_;
  std::string path_;
  EndpointSettings settings_;
};

} // namespace

void bind_endpoints(Binding& binding)
{
  const Node* endpoints = binding.root.node("endpoints");
  if (!endpoints) return;
  Manifests manifests(binding);
  for (const auto& entry : endpoints->entries) {
    binding.endpoint_places[entry.key] = entry.place;
    binding.loaded.config.endpoints.emplace(entry.key,
                                            EndpointBinding(binding, manifests, entry).bind());
  }
}

} // namespace gramsetu::config
