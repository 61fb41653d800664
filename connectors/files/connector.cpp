// The `files` transport: a folder of CSV, NDJSON and XML files as an endpoint.
#include "connectors/files/files.hpp"

#include "base/check.hpp"
#include "connectors/api/attachment.hpp"
#include "connectors/files/local_folder.hpp"
#include "connectors/files/paths.hpp"
#include "connectors/files/pull.hpp"
#include "connectors/files/push.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::files {

namespace {

// Whoever takes files out of the folder has taken the key along; a file that has lain for a day has been found.
constexpr std::chrono::milliseconds kFileStays = std::chrono::hours(24);

struct StreamWords {
  PullWords pull;
  std::optional<PushWords> push;
};

// A document of items has no place for what is to be changed or taken back.
bool can_carry(const PushWords& words, Verb verb)
{
  return verb == Verb::create || words.format != Format::xml;
}

// What goes into one file: as many as it takes, up to the first that it cannot carry.
std::span<const Intent> next_batch(const PushWords& words, std::span<const Intent> rest)
{
  const auto most = rest.first(std::min(rest.size(), words.batch));
  const auto end = std::find_if(most.begin(), most.end(), [&](const Intent& intent) {
    return !can_carry(words, intent.verb);
  });
  return most.first(static_cast<std::size_t>(end - most.begin()));
}

class FilesConnector final : public Connector {
public:
  FilesConnector(OpenFolder open_folder, std::map<std::string, StreamWords> words,
                 Services services)
      : open_folder_(open_folder),
        words_(std::move(words)),
        puller_(std::move(open_folder), std::move(services))
  {
  }

  Capabilities capabilities(const Stream& stream) const override
  {
    Capabilities can;
    const StreamWords* words = words_of(stream);
    if (!words || !words->push) return can;
    can.creates = true;
    can.updates = can_carry(*words->push, Verb::update);
    can.removes = can_carry(*words->push, Verb::remove);
    can.idempotent = can.keys_by_batch = true; // the file of a batch is written once
    can.retention = words->push->answer ? words->push->answer->wait : kFileStays;
    can.batch_max = words->push->batch;
    return can;
  }

  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    const StreamWords* words = words_of(*request.stream);
    if (!words) return unknown_stream(*request.stream);
    std::map<std::string, std::string> values;
    for (const auto& [name, value] : request.slice.part)
      values["slice." + name] = value;
    TRY(const std::string pattern, fill_path(words->pull.path, values));
    return puller_.pull(request, words->pull, pattern, stop);
  }

  std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                            std::stop_token stop) override
  {
    const StreamWords* words = words_of(stream);
    std::vector<Receipt> receipts;
    std::unique_ptr<Folder> folder;
    while (receipts.size() < intents.size()) {
      const auto rest = intents.subspan(receipts.size());
      if (stop.stop_requested()) {
        receipts.push_back(not_sent({ErrorKind::cancelled, "stop was requested"}));
        continue;
      }
      if (!words || !words->push) {
        receipts.push_back(not_sent({ErrorKind::unsupported, "this stream is not written"}));
        continue;
      }
      if (!can_carry(*words->push, rest.front().verb)) {
        receipts.push_back(
            not_sent({ErrorKind::unsupported, "a document of items only takes new records"}));
        continue;
      }
      const auto batch = next_batch(*words->push, rest);
      if (!folder) {
        auto opened = open_folder_(stop);
        if (!opened) {
          while (receipts.size() < intents.size())
            receipts.push_back(not_sent(opened.error()));
          break;
        }
        folder = std::move(*opened);
      }
      for (auto& receipt : push_batch({*folder, stream, *words->push}, batch, stop))
        receipts.push_back(std::move(receipt));
    }
    return receipts;
  }

  Result<std::vector<Sighting>> probe(const Stream&, std::span<const Reference>,
                                      std::stop_token) override
  {
    return fail(ErrorKind::unsupported, "a folder of files cannot show a single record");
  }

  Result<std::string> reach(std::stop_token stop) override
  {
    TRY(const auto folder, open_folder_(stop));
    const auto files = folder->match("*", stop);
    if (!files && files.error().kind != ErrorKind::not_found)
      return tl::unexpected<Error>(files.error());
    return fmt::format("{} can be read; it holds {} files", folder->name(),
                       files ? files->size() : 0);
  }

private:
  const StreamWords* words_of(const Stream& stream) const
  {
    const auto found = words_.find(stream.name);
    return found == words_.end() ? nullptr : &found->second;
  }

  static tl::unexpected<Error> unknown_stream(const Stream& stream)
  {
    return fail(ErrorKind::unsupported, fmt::format("no stream '{}' here", stream.name));
  }

  static Receipt not_sent(Error error)
  {
    Receipt receipt;
    receipt.outcome = Receipt::Outcome::not_sent;
    receipt.error = std::move(error);
    return receipt;
  }

  OpenFolder open_folder_;
  std::map<std::string, StreamWords> words_; // by stream
  Puller puller_;
};

std::map<std::string, StreamWords> read_words(const Manifest& manifest, const Options& given,
                                              std::vector<schema::Finding>& findings)
{
  NodeReader reader(findings);
  const Options options = options_of(manifest, given);
  std::map<std::string, StreamWords> all;
  for (const Stream& stream : manifest.streams) {
    all[stream.name] = {read_pull_words(manifest, stream, options, reader),
                        read_push_words(stream, options, reader)};
  }
  return all;
}

Result<std::unique_ptr<Connector>> open(const EndpointSettings& settings, Services services)
{
  const auto open_folder = [path = settings.path](std::stop_token) {
    return LocalFolder::open(path);
  };
  return open_over(open_folder, settings, std::move(services));
}

} // namespace

void check_manifest(const Manifest& manifest, std::vector<schema::Finding>& findings)
{
  NodeReader reader(findings);
  reader.only(manifest.common, {"format"}, "the manifest");
  if (manifest.errors.is_list())
    reader.wrong(manifest.errors.place,
                 "a folder of files answers with no errors to have rules for");
  refuse_state_cursor(manifest, reader);
  refuse_fetched(manifest.streams, reader);
  read_words(manifest, {}, findings);
}

Result<std::unique_ptr<Connector>> open_over(OpenFolder open_folder,
                                             const EndpointSettings& settings, Services services)
{
  check(settings.manifest != nullptr, "an endpoint is opened with its manifest");
  std::vector<schema::Finding> findings;
  auto words = read_words(*settings.manifest, settings.options, findings);
  if (!findings.empty())
    return fail(ErrorKind::invalid,
                fmt::format("endpoint '{}': {}", settings.name, to_text(findings.front())));
  return std::unique_ptr<Connector>(std::make_unique<FilesConnector>(
      std::move(open_folder), std::move(words), std::move(services)));
}

TransportType transport_type()
{
  return {"files", "Folders of CSV, NDJSON, JSON, XML, XLSX and HTML files", check_manifest, open};
}

} // namespace gramsetu::connectors::files
