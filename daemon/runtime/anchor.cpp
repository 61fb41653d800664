// The anchor's file.
#include "daemon/runtime/anchor.hpp"

#include "base/files.hpp"
#include "daemon/runtime/members.hpp"
#include "schema/json.hpp"

namespace gramsetu::runtime {

namespace {

constexpr const char* kStoreId = "store/id";

std::string path_of(const std::string& store_path)
{
  return store_path + ".anchor";
}

// A digest: the id itself is not to be told to others (machine-id(5)).
std::string machine()
{
  const auto id = read_file("/etc/machine-id");
  if (!id || !*id || (*id)->size() < 32) return "";
  return to_hex(sha256("gramsetu anchor " + **id)).substr(0, 32);
}

} // namespace

Result<Anchor> anchor_of(store::Tx& tx, Ids& ids)
{
  Anchor anchor;
  TRY(auto name, tx.fact(kStoreId));
  if (!name) {
    name = ids.idempotency_key();
    TRY_VOID(tx.put_fact(kStoreId, *name));
  }
  anchor.store = *name;
  anchor.machine = machine();
  TRY(anchor.heads, store::heads_of(tx));
  return anchor;
}

Result<std::optional<Anchor>> read_anchor(const std::string& store_path)
{
  TRY(const auto text, read_file(path_of(store_path)));
  const auto json = text ? schema::parse_json(*text) : schema::parse_json("null");
  if (!json || !json->is_object()) return std::optional<Anchor>();
  const auto& object = json->object();
  Anchor anchor{text_of(object, "store"), text_of(object, "machine"), {}};
  anchor.heads = {number_of(object, "change"), number_of(object, "conflict"),
                  number_of(object, "quarantine"), number_of(object, "log")};
  return std::optional<Anchor>(std::move(anchor));
}

Result<void> write_anchor(const std::string& store_path, const Anchor& anchor)
{
  schema::Object object;
  object.append("store", anchor.store);
  object.append("machine", anchor.machine);
  object.append("change", anchor.heads.change);
  object.append("conflict", anchor.heads.conflict);
  object.append("quarantine", anchor.heads.quarantine);
  object.append("log", anchor.heads.log);
  return replace_file(path_of(store_path), schema::to_json(std::move(object)) + "\n");
}

} // namespace gramsetu::runtime
