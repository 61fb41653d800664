// A tap that says a fixture's messages, and a target that keeps what it is sent: processes of their own.
#include "connectors/kit/record.hpp"
#include "connectors/kit/rows.hpp"
#include "connectors/kit/stand_in.hpp"
#include "connectors/kit/temp_folder.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

namespace gramsetu::connectors::kit {

namespace {

namespace fs = std::filesystem;
using schema::Node;
using schema::Value;

// $0 is the script's own path, and beside it lies what it goes by. `once` is there for one run.
constexpr const char* kTap = R"(#!/bin/sh
here=${0%/*}
while [ $# -gt 0 ]; do
  case $1 in
    --discover) exec cat "$here/catalog.json" ;;
    --state) cat "$2" > "$here/state" ;;
  esac
  shift
done
if rm "$here/once" 2> /dev/null; then cat "$here/spoiled.jsonl"; exit 1; fi
exec cat "$here/messages.jsonl"
)";

constexpr const char* kTarget = R"(#!/bin/sh
here=${0%/*}
if rm "$here/once" 2> /dev/null; then cat >> "$here/sent.jsonl"; exit 1; fi
tee -a "$here/sent.jsonl" | sed -n 's/^{"type":"STATE","value":\(.*\)}$/\1/p'
)";

Node scalar(std::string text, const schema::Place& place)
{
  Node node;
  node.kind = Node::Kind::scalar;
  node.place = place;
  node.scalar = std::move(text);
  return node;
}

// The manifest's program, replaced by a script.
void replace_command(Node& common, const char* program, const std::string& script)
{
  for (auto& block : common.entries)
    for (auto& entry : block.value.entries)
      if (block.key == program && entry.key == "command") {
        entry.value.kind = Node::Kind::list;
        entry.value.items = {scalar("/bin/sh", entry.place), scalar(script, entry.place)};
      }
}

bool mentions(const Node& node, const std::string& blank)
{
  const auto in = [&](const auto& inside) { return mentions(inside, blank); };
  return node.scalar.find(blank) != std::string::npos ||
         std::any_of(node.items.begin(), node.items.end(), in) ||
         std::any_of(node.entries.begin(), node.entries.end(),
                     [&](const auto& entry) { return in(entry.value); });
}

// Whatever the programs' configurations want to know, they are told something.
Auth auth_for(const Node& common)
{
  Auth auth;
  const Secret word("fixture");
  auth.user = auth.client_id = "fixture";
  auth.value = auth.password = auth.client_secret = word;
  constexpr std::array kinds = {std::pair{"{auth.user}", Auth::Kind::basic},
                                std::pair{"{auth.password}", Auth::Kind::basic},
                                std::pair{"{auth.token}", Auth::Kind::bearer},
                                std::pair{"{auth.key}", Auth::Kind::api_key},
                                std::pair{"{auth.client_id}", Auth::Kind::oauth2},
                                std::pair{"{auth.client_secret}", Auth::Kind::oauth2}};
  for (const auto& [blank, kind] : kinds)
    if (mentions(common, blank)) auth.kind = kind;
  return auth;
}

std::string word_of(const Node& block, const char* key, const std::string& otherwise)
{
  const Node* node = block.find(key);
  return node && node->is_scalar() ? node->scalar : otherwise;
}

// What the tap offers: the one stream, with the schema that it will state.
std::string catalog_of(const Scene& scene)
{
  const auto name = word_of(scene.stream.pull, "stream", "");
  schema::Object stream;
  stream.append("stream", name);
  stream.append("tap_stream_id", name);
  const auto end = scene.fixture.messages.find('\n');
  const auto first = schema::parse_json(scene.fixture.messages.substr(0, end));
  const Value* schema = first ? schema::at_pointer(*first, "/schema") : nullptr;
  stream.append("schema", schema ? *schema : Value(schema::Object()));
  schema::Object catalog;
  catalog.append("streams", schema::List{Value(std::move(stream))});
  return schema::to_json(Value(std::move(catalog)));
}

// The messages up to the middle of the last one.
std::string cut(const std::string& messages)
{
  const auto last = messages.find_last_not_of('\n');
  const auto before = last == messages.npos ? messages.npos : messages.rfind('\n', last);
  const auto from = before == messages.npos ? 0 : before + 1;
  return messages.substr(0, from + (last - from) / 2);
}

class ExecStandIn final : public StandIn {
public:
  explicit ExecStandIn(const Scene& scene) : scene_(scene) {}

  Result<void> serve(EndpointSettings& settings) override
  {
    TRY(folder_, TempFolder::make());
    const auto& messages = scene_.fixture.messages;
    const auto drifted = scene_.fault == Fault::half ? cut(messages) : spoiled(scene_, messages);
    const bool for_ever = drifted && scene_.fault != Fault::half;
    for (const auto& [name, text] :
         {std::pair{"tap.sh", std::string(kTap)}, std::pair{"target.sh", std::string(kTarget)},
          std::pair{"catalog.json", catalog_of(scene_)},
          std::pair{"messages.jsonl", for_ever ? *drifted : messages},
          std::pair{"spoiled.jsonl", drifted.value_or("")}})
      TRY_VOID(folder_->write(name, text));
    if (scene_.fault == Fault::half) TRY_VOID(folder_->write("once", ""));
    auto manifest = std::make_shared<Manifest>(*settings.manifest);
    replace_command(manifest->common, "tap", folder_->path() + "/tap.sh");
    replace_command(manifest->common, "target", folder_->path() + "/target.sh");
    settings.auth = auth_for(manifest->common);
    settings.manifest = std::move(manifest);
    settings.path = folder_->path();
    return {};
  }

  void begin(Step step) override
  {
    if (step != Step::push || scene_.fault != Fault::lost_answer || begun_) return;
    begun_ = true;
    static_cast<void>(folder_->write("once", ""));
  }

  std::vector<std::string> complaints() const override
  {
    if (!scene_.fixture.pull || scene_.fixture.pull->since.empty()) return {};
    const auto files = folder_->files();
    const auto given = files.find("state");
    if (given == files.end()) return {"the tap was not given the state to go on from"};
    if (given->second == scene_.fixture.pull->since) return {};
    return {"the tap was given another state: " + given->second};
  }

  std::size_t effects() const override
  {
    const auto all = sent();
    return std::set<std::string>(all.begin(), all.end()).size();
  }

  std::map<std::string, std::string> written() const override
  {
    std::string text;
    for (const auto& record : sent())
      text += record + "\n";
    if (text.empty()) return {};
    return {{word_of(scene_.stream.push, "stream", scene_.stream.name), text}};
  }

private:
  // The records that the target was sent; when something was deleted is not the fixture's to know.
  std::vector<std::string> sent() const
  {
    std::vector<std::string> records;
    const auto files = folder_->files();
    const auto found = files.find("sent.jsonl");
    if (found == files.end()) return records;
    const Node* deletes = scene_.stream.push.find("deletes");
    const auto mark = deletes ? word_of(*deletes, "field", "") : "";
    const RowShape shape{RowShape::Kind::messages,
                         word_of(scene_.stream.push, "stream", scene_.stream.name)};
    edit_rows(found->second, shape, [&](schema::List& rows) {
      for (auto& row : rows) {
        const Value* at = row.is_object() && !mark.empty() ? row.object().find(mark) : nullptr;
        if (at && at->is_text()) row.object().set(mark, "{now}");
        records.push_back(schema::to_json(row));
      }
    });
    return records;
  }

  const Scene scene_;
  std::unique_ptr<TempFolder> folder_;
  bool begun_ = false;
};

// A program asks for no patience.
bool can(const Scene& scene)
{
  return scene.fault != Fault::throttled;
}

Result<std::unique_ptr<StandIn>> open(const Scene& scene)
{
  return std::unique_ptr<StandIn>(std::make_unique<ExecStandIn>(scene));
}

} // namespace

StandInType exec_stand_in()
{
  return {"exec", can, open, record_exec};
}

} // namespace gramsetu::connectors::kit
