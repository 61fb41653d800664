// Choosing a stream in a catalog, in the words of old and of new taps.
#include "connectors/exec/catalog.hpp"

#include "connectors/api/extract.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gramsetu::connectors::exec {

using schema::List;
using schema::Object;
using schema::Value;

namespace {

List* list_of(Value& catalog)
{
  Value* streams = catalog.is_object() ? catalog.object().find("streams") : nullptr;
  return streams && streams->is_list() ? &streams->list() : nullptr;
}

std::string text_of(const Value& stream, std::string_view name)
{
  const Value* found = stream.is_object() ? stream.object().find(name) : nullptr;
  return found ? scalar_text(*found) : std::string();
}

bool is_called(const Value& stream, const std::string& name)
{
  return text_of(stream, "stream") == name || text_of(stream, "tap_stream_id") == name;
}

bool is_root(const Value& entry)
{
  const Value* crumb = entry.is_object() ? entry.object().find("breadcrumb") : nullptr;
  return crumb && crumb->is_list() && crumb->list().empty();
}

Object root_entry()
{
  Object entry;
  entry.append("breadcrumb", Value(List{}));
  entry.append("metadata", Value(Object{}));
  return entry;
}

// The metadata of the stream itself first, made where the tap gave none.
List& metadata_of(Object& stream)
{
  Value* metadata = stream.find("metadata");
  if (!metadata || !metadata->is_list()) {
    stream.set("metadata", Value(List{}));
    metadata = stream.find("metadata");
  }
  List& list = metadata->list();
  if (std::none_of(list.begin(), list.end(), is_root)) list.insert(list.begin(), root_entry());
  return list;
}

void mark(Value& entry, const PullPlan& plan, bool wanted)
{
  Value* metadata = entry.is_object() ? entry.object().find("metadata") : nullptr;
  if (!metadata || !metadata->is_object()) return;
  Object& object = metadata->object();
  if (text_of(*metadata, "inclusion") == "unsupported") return;
  object.set("selected", wanted);
  if (!wanted || !is_root(entry)) return;
  if (!plan.method.empty()) object.set("replication-method", plan.method);
  if (!plan.method_key.empty()) object.set("replication-key", plan.method_key);
}

} // namespace

std::vector<std::string> streams_of(const Value& catalog)
{
  std::vector<std::string> names;
  Value copy = catalog;
  if (const List* list = list_of(copy))
    for (const Value& stream : *list)
      names.push_back(text_of(stream, "stream"));
  return names;
}

Result<void> select(Value& catalog, const PullPlan& plan)
{
  List* streams = list_of(catalog);
  if (!streams) return fail(ErrorKind::invalid, "the catalog has no list of streams");
  bool found = false;
  for (Value& stream : *streams) {
    if (!stream.is_object()) return fail(ErrorKind::invalid, "the catalog is malformed");
    const bool wanted = is_called(stream, plan.stream);
    found = found || wanted;
    for (Value& entry : metadata_of(stream.object()))
      mark(entry, plan, wanted);
    stream.object().set("selected", wanted);
    if (wanted && !plan.method.empty()) stream.object().set("replication_method", plan.method);
    if (wanted && !plan.method_key.empty()) stream.object().set("replication_key", plan.method_key);
    Value* schema = stream.object().find("schema");
    if (schema && schema->is_object()) schema->object().set("selected", wanted);
  }
  if (found) return {};
  return fail(ErrorKind::invalid, fmt::format("the tap offers no stream '{}', but: {}", plan.stream,
                                              fmt::join(streams_of(catalog), ", ")));
}

} // namespace gramsetu::connectors::exec
