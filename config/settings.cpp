// The blocks that stand for themselves: hub, store, rails, retention, backup, audit, api, log.
#include "base/signature.hpp"
#include "config/binding.hpp"
#include "config/values.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace gramsetu::config {

namespace {

constexpr std::size_t kSocketPathMax = 107; // sun_path of unix(7), less its end

void bind_database(Binding& binding, const Section& section)
{
  auto& database = binding.loaded.config.store_database.emplace();
  database.name = "store";
  database.url = section.text("url");
  database.allow_plaintext = section.flag("allow_plaintext");
  // What is written as one and is none has been found already.
  if (!database.url.empty() && !database.url.starts_with("postgresql:"))
    binding.wrong(section.node("url")->place, "store.postgresql.url is no address of a database",
                  "write postgresql://user@host/database; a password goes into password");
  if (section.has("password")) {
    database.auth.kind = connectors::Auth::Kind::basic;
    database.auth.password = binding.references.secret(section.node("password"));
  }
  const Section tls = section.block("tls");
  database.tls = {
      tls.path("ca"), tls.path("certificate"), binding.references.secret(tls.node("key")), {}};
  if (tls.has("certificate") != tls.has("key"))
    binding.wrong(section.node("tls")->place, "store.postgresql.tls has only half of our identity",
                  "certificate and key together");
}

void bind_store(Binding& binding)
{
  const Section store = binding.root.block("store");
  auto& path = binding.loaded.config.store_path;
  if (!store.has("postgresql")) {
    path = store.block("sqlite").path("path");
    return;
  }
  const Section section = store.block("postgresql");
  bind_database(binding, section);
  path = section.path("folder") + "/hub.db";
  if (binding.root.has("backup"))
    binding.wrong(binding.root.node("backup")->place,
                  "backup is for a store in a file, and the store is a PostgreSQL database",
                  "leave it out, and back the database up with pg_dump or its server's own means");
}

void bind_api(Binding& binding)
{
  Api& api = binding.loaded.config.api;
  const Section section = binding.root.block("api");
  api.unix_path = section.path("unix");
  if (api.unix_path.size() > kSocketPathMax)
    binding.wrong(section.has("unix") ? section.node("unix")->place : binding.tree.place,
                  fmt::format("api.unix is {} bytes long", api.unix_path.size()),
                  fmt::format("{} at most, which is what the system takes", kSocketPathMax));
  const Section tcp = section.block("tcp");
  const schema::Node* node = tcp.node("listen");
  const auto listen = read_listen(tcp.text("listen"));
  if (!node || !listen) return;
  api.tcp_host = listen->host;
  api.tcp_port = listen->port;
  api.tokens = binding.references.secret(tcp.node("tokens"));
  if (tcp.has("tls")) {
    const Section tls = tcp.block("tls");
    api.tls.certificate = tls.path("certificate");
    api.tls.ca = tls.path("client_ca");
    if (const auto* key = tls.node("key")) api.tls.key = binding.references.secret(key);
  } else if (!is_loopback(listen->host)) {
    binding.wrong(
        node->place,
        fmt::format("api.tcp.listen is '{}', where other machines reach it without TLS",
                    node->scalar),
        fmt::format("127.0.0.1:{}, or api.tcp.tls with a certificate and its key", listen->port));
  }
}

void bind_audit(Binding& binding)
{
  AuditSettings& audit = binding.loaded.config.audit;
  const Section section = binding.root.block("audit");
  audit.folder = section.path("folder");
  if (audit.folder.empty())
    audit.folder =
        (std::filesystem::path(binding.loaded.config.store_path).parent_path() / "audit").string();
  const auto* key = section.node("key");
  if (key == nullptr) return;
  audit.key = binding.references.secret(key);
  audit.key_is_elsewhere = audit.key.empty();
  if (audit.key_is_elsewhere) return;
  if (const auto read = SigningKey::from_pem(audit.key.reveal()); !read)
    binding.wrong(key->place, "audit.key is no key that signs: " + read.error().what,
                  "an Ed25519 key in PEM, as openssl genpkey -algorithm ed25519 makes it");
}

} // namespace

schema::Rails rails_of(const Section& section, schema::Rails rails)
{
  const auto limit = [&](std::string_view name, schema::Limit& value) {
    if (const auto written = section.limit(name); written != schema::Limit{}) value = written;
  };
  limit("max_deletes", rails.max_deletes);
  limit("max_changes", rails.max_changes);
  limit("max_creates", rails.max_creates);
  rails.at_least = section.integer("at_least").value_or(rails.at_least);
  rails.sudden_drop = section.percent("sudden_drop").value_or(rails.sudden_drop);
  rails.null_rate = section.percent("null_rate").value_or(rails.null_rate);
  rails.second_approver_above =
      section.integer("second_approver_above").value_or(rails.second_approver_above);
  rails.second_approver_for_money =
      rails.second_approver_for_money || section.flag("second_approver_for_money");
  if (const auto word = section.text("empty_source"); !word.empty())
    rails.hold_empty_source = word != "allow";
  return rails;
}

void bind_settings(Binding& binding)
{
  Config& config = binding.loaded.config;
  const Section hub = binding.root.block("hub");
  config.hub_name = hub.text("name");
  config.area = {hub.block("area").text("state"), hub.block("area").text("district")};
  config.timezone = hub.text("timezone");
  config.clock_doubt = hub.duration("clock_doubt").value_or(config.clock_doubt);
  bind_store(binding);

  config.rails = rails_of(binding.root.block("rails"), {});

  using Milliseconds = std::chrono::milliseconds;
  const Section retention = binding.root.block("retention");
  config.retention.log = retention.duration("log").value_or(Milliseconds{});
  config.retention.audit = retention.duration("audit").value_or(Milliseconds{});
  config.retention.change_log = retention.duration("change_log").value_or(Milliseconds{});
  config.retention.tombstones = retention.duration("tombstones").value_or(Milliseconds{});
  config.retention.quarantine = retention.duration("quarantine").value_or(Milliseconds{});

  const Section backup = binding.root.block("backup");
  if (binding.root.has("backup")) {
    config.backup.path = backup.path("path");
    config.backup.every = backup.duration("every").value_or(Milliseconds{});
    config.backup.keep = static_cast<std::size_t>(backup.integer("keep").value_or(1));
    config.backup.key = binding.references.secret(backup.node("key"));
  }

  bind_audit(binding);
  bind_api(binding);
  config.log = {binding.root.block("log").text("level"), binding.root.block("log").text("format")};
  config.workers = static_cast<std::size_t>(binding.root.integer("workers").value_or(1));
}

} // namespace gramsetu::config
