// What recording is, whatever the transport.
#include "connectors/kit/record.hpp"

#include "connectors/kit/checks.hpp"
#include "connectors/kit/looks.hpp"
#include "connectors/kit/stand_in.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::kit {

namespace {

constexpr std::string_view kRemoved = "removed";
constexpr std::size_t kSecretLeast = 4; // shorter ones stand anywhere by chance

// Everything that must not be seen, the longest first.
std::vector<std::string> secrets_of(const EndpointSettings& settings)
{
  const auto& auth = settings.auth;
  std::vector<std::string> all = {auth.value.reveal(),
                                  auth.password.reveal(),
                                  auth.client_secret.reveal(),
                                  settings.tls.key.reveal(),
                                  auth.user,
                                  auth.client_id};
  for (const auto& option : settings.manifest->options) {
    const auto given = settings.options.find(option.name);
    if (given != settings.options.end() && named_secret(option.name) &&
        given->second != option.default_text)
      all.push_back(given->second);
  }
  std::erase_if(all, [](const auto& secret) { return secret.size() < kSecretLeast; });
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return all;
}

// What the operator has set, where it is no secret.
std::map<std::string, std::string> options_of(const EndpointSettings& settings)
{
  std::map<std::string, std::string> kept;
  for (const auto& option : settings.manifest->options) {
    const auto given = settings.options.find(option.name);
    if (given != settings.options.end() && given->second != option.default_text &&
        !named_secret(option.name))
      kept[option.name] = given->second;
  }
  return kept;
}

constexpr std::string_view kNotes =
    "# Recorded from a real system. Secrets are removed; whoever is named in it is somebody else, "
    "and free\n"
    "# texts are only letters. Say here what of it is documented and what is assumed.\n";

} // namespace

std::string Recording::clean(std::string text) const
{
  for (const auto& secret : secrets)
    text = replaced(std::move(text), secret, kRemoved);
  return pseudonyms.sweep(std::move(text));
}

Result<Fixture> record(RecordOrder order)
{
  const auto& transport = order.settings.manifest->transport;
  const auto* stand_in = find_stand_in(transport);
  if (!stand_in || !stand_in->record)
    return fail(ErrorKind::unsupported,
                fmt::format("the transport '{}' cannot be recorded yet", transport));
  const auto& options = order.settings.manifest->options;
  const bool chooses = std::any_of(options.begin(), options.end(),
                                   [](const auto& option) { return option.name == "page_size"; });
  if (chooses && order.records > 0)
    order.settings.options["page_size"] = std::to_string(order.records);

  Fixture fixture;
  fixture.notes = kNotes;
  fixture.stream = order.stream.name;
  fixture.name = order.stream.name;
  fixture.hub = order.services.hub_name;
  fixture.slice = order.slice.part;
  fixture.options = options_of(order.settings);
  fixture.pull.emplace();
  Pseudonyms pseudonyms(order.seed);
  Scrubber scrubber(order.stream, pseudonyms);
  const Recording recording{order, scrubber, pseudonyms, secrets_of(order.settings)};
  TRY_VOID(stand_in->record(recording, fixture));
  const System system{order.settings.manifest->place.file, order.settings.manifest};
  auto made = accepted(system, fixture);
  if (!made) return within("what was recorded cannot be played", made.error());
  return std::move(*made);
}

} // namespace gramsetu::connectors::kit
