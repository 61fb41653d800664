// Reading one stream of a manifest: slices, envelope, mapping.
#include "connectors/api/read_stream.hpp"

#include "connectors/api/attachment.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors {

using schema::Node;

namespace {

// What reads a record's envelope. They stand inside `pull`, or beside it where there is no pull block;
// transports find them in `pull` either way.
const std::vector<std::string> kEnvelope = {"id",     "version", "modified",
                                            "cursor", "deletes", "attachment"};

bool is_envelope(const std::string& key)
{
  return std::find(kEnvelope.begin(), kEnvelope.end(), key) != kEnvelope.end();
}

class StreamReader {
public:
  StreamReader(const Node& node, const schema::Entities& entities, NodeReader& reader)
      : node_(node), entities_(entities), reader_(reader)
  {
  }

  void read(Stream& stream)
  {
    stream.pull = pull_block();
    if (const Node* push = reader_.block(node_, "push")) stream.push = *push;
    if (const Node* slices = reader_.block(node_, "slices")) {
      for (const auto& entry : slices->entries)
        stream.slices.push_back(dimension(entry));
    }
    read_envelope(stream);
    read_deletes(stream);
  }

private:
  Node pull_block()
  {
    Node pull;
    pull.kind = Node::Kind::map;
    pull.place = node_.place;
    if (const Node* block = reader_.block(node_, "pull")) pull = *block;
    for (const auto& entry : node_.entries) {
      if (!is_envelope(entry.key)) continue;
      if (pull.find(entry.key))
        reader_.wrong(entry.place, fmt::format("'{}' stands in 'pull' as well", entry.key),
                      "keep one of them");
      else
        pull.entries.push_back(entry);
    }
    return pull;
  }

  SliceDimension dimension(const Node::Entry& entry)
  {
    SliceDimension made;
    made.name = entry.key;
    const Node& value = entry.value;
    if (value.is_list())
      fixed(entry, made);
    else if (value.is_map())
      dimension_block(entry, made);
    else
      dimension_word(entry, made);
    return made;
  }

  void dimension_word(const Node::Entry& entry, SliceDimension& made)
  {
    using Source = SliceDimension::Source;
    const std::string& word = entry.value.scalar;
    if (word == "hub.state")
      made.source = Source::area_state;
    else if (word == "hub.district")
      made.source = Source::area_district;
    else if (word == "hub.area" || word == "children")
      children(entry, entry.key, made);
    else if (word == "current")
      made.source = Source::years;
    else
      reader_.wrong(entry.value.place, fmt::format("'{}' is no source of slices", word),
                    "hub.area, hub.state, hub.district, children, current, { back: N } or a list");
  }

  void dimension_block(const Node::Entry& entry, SliceDimension& made)
  {
    reader_.only(entry.value, {"back", "children"}, fmt::format("slices '{}'", entry.key));
    if (const Node* of = entry.value.find("children")) {
      children(entry, of->is_scalar() ? of->scalar : std::string(), made);
      return;
    }
    made.source = SliceDimension::Source::years;
    if (const auto back = reader_.integer(entry.value, "back", 0))
      made.years_back = static_cast<int>(std::min<std::int64_t>(*back, 100));
    else if (!entry.value.find("back"))
      reader_.wrong(entry.value.place, fmt::format("slices '{}' say nothing", entry.key),
                    "{ back: 2 } or { children: village }");
  }

  void children(const Node::Entry& entry, const std::string& entity, SliceDimension& made)
  {
    made.source = SliceDimension::Source::children;
    made.entity = entity;
    if (entities_.find(entity)) return;
    const std::string near = schema::nearest(entity, entities_.names());
    reader_.wrong(
        entry.value.place,
        fmt::format("slices '{}' go by entity '{}', which is not known", entry.key, entity),
        near.empty() ? "name the entity: { children: village }"
                     : fmt::format("did you mean '{}'?", near));
  }

  void fixed(const Node::Entry& entry, SliceDimension& made)
  {
    made.values = reader_.texts_of(entry.value, entry.key);
    if (made.values.empty())
      reader_.wrong(entry.value.place, fmt::format("slices '{}' list no value", entry.key));
  }

  // `key: /pointer` or `key: { field: /pointer, ... }`.
  std::string pointer(const Node& map, const std::string& key)
  {
    const Node* node = map.find(key);
    if (!node) return {};
    if (node->is_scalar()) return node->scalar;
    const std::string field = node->is_map() ? reader_.text(*node, "field") : std::string();
    if (field.empty())
      reader_.wrong(node->place, fmt::format("'{}' names no field", key),
                    fmt::format("{}: {{ field: /pointer }}", key));
    return field;
  }

  void read_envelope(Stream& stream)
  {
    const Node& pull = stream.pull;
    stream.id_pointer = pointer(pull, "id");
    stream.version_pointer = pointer(pull, "version");
    // The entity tag of an answer is the transport's business; the record holds nothing of it.
    if (stream.version_pointer == "etag") stream.version_pointer.clear();
    stream.modified_pointer = pointer(pull, "modified");
    if (const Node* modified = pull.find("modified"); modified && modified->is_map()) {
      reader_.only(*modified, {"field", "format", "zone"}, "'modified'");
      stream.modified_format = reader_.text(*modified, "format", "iso");
      stream.modified_zone = zone(*modified);
    }
    read_cursor(stream);
  }

  void read_cursor(Stream& stream)
  {
    const Node& pull = stream.pull;
    const Node* cursor = pull.find("cursor");
    if (cursor && cursor->is_scalar() && cursor->scalar == kStateCursor) {
      stream.cursor_type = kStateCursor;
      return;
    }
    stream.cursor_pointer = pointer(pull, "cursor");
    if (cursor && cursor->is_map())
      stream.cursor_type = reader_.choice(*cursor, "type", {"timestamp", "integer", "text"});
    else if (cursor) // what was captured beside the records counts, and is the transport's business
      stream.cursor_type = cursor->scalar == "captured" ? "integer" : "timestamp";
  }

  std::optional<std::chrono::minutes> zone(const Node& modified)
  {
    const std::string text = reader_.text(modified, "zone");
    if (text.empty()) return std::nullopt;
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    const bool shape = text.size() == 6 && (text[0] == '+' || text[0] == '-') && digit(1) &&
                       digit(2) && text[3] == ':' && digit(4) && digit(5);
    if (!shape) {
      reader_.wrong(modified.find("zone")->place, fmt::format("'{}' is no zone", text),
                    "\"+05:30\"");
      return std::nullopt;
    }
    const int minutes =
        ((text[1] - '0') * 10 + text[2] - '0') * 60 + (text[4] - '0') * 10 + (text[5] - '0');
    return std::chrono::minutes(text[0] == '-' ? -minutes : minutes);
  }

  void read_deletes(Stream& stream)
  {
    const Node* deletes = stream.pull.find("deletes");
    if (!deletes) return;
    if (deletes->is_scalar()) {
      const std::string word = reader_.choice(stream.pull, "deletes", {"never", "snapshot"});
      stream.deletes = word == "snapshot" ? Deletes::snapshot : Deletes::never;
      return;
    }
    reader_.only(*deletes, {"field", "values", "snapshot", "absences"}, "'deletes'");
    if (deletes->find("field")) {
      stream.deletes = Deletes::marker;
      stream.deleted_pointer = pointer(stream.pull, "deletes");
      read_deleted_values(deletes->find("values"), stream);
    } else if (reader_.flag(*deletes, "snapshot").value_or(deletes->find("absences") != nullptr)) {
      stream.deletes = Deletes::snapshot;
    } else {
      reader_.wrong(deletes->place, "'deletes' says neither field nor snapshot",
                    "{ field: /isDeleted }, { snapshot: true }, snapshot or never");
    }
    const auto absences = reader_.integer(*deletes, "absences", 1);
    if (absences) stream.absences = static_cast<int>(std::min<std::int64_t>(*absences, 1000));
  }

  void read_deleted_values(const Node* values, Stream& stream)
  {
    if (!values) return;
    stream.deleted_values.clear();
    if (values->is_scalar() && !values->quoted && values->scalar == "any") return;
    stream.deleted_values = reader_.texts_of(*values, "values");
    if (stream.deleted_values.empty())
      reader_.wrong(values->place, "'values' of 'deletes' list none", "values: any, or [ Y ]");
  }

  const Node& node_;
  const schema::Entities& entities_;
  NodeReader& reader_;
};

Node scalar_node(const std::string& text, const schema::Place& place)
{
  Node node;
  node.kind = Node::Kind::scalar;
  node.place = place;
  node.scalar = text;
  return node;
}

// Every field under its own name: in the form that other systems are likely to use, or as the hub itself writes it.
Node own_names(const schema::Entity& entity, const schema::Place& place, bool canonical = false)
{
  Node fields;
  fields.kind = Node::Kind::map;
  fields.place = place;
  for (const auto& field : entity.fields) {
    auto name = scalar_node(field.name, place);
    if (canonical && field.type == schema::FieldType::money) {
      Node paise;
      paise.kind = Node::Kind::map;
      paise.place = place;
      paise.entries.push_back({"from", place, std::move(name)});
      paise.entries.push_back({"as", place, scalar_node("paise", place)});
      name = std::move(paise);
    }
    fields.entries.push_back({field.name, place, std::move(name)});
  }
  return fields;
}

// `fields` as a block, or the word for the hub's own names and forms. Null when it is left out.
const Node* read_fields(const Node& stream, const Node& canonical, NodeReader& reader)
{
  const Node* fields = stream.find("fields");
  if (fields && fields->is_scalar() && fields->scalar == "canonical") return &canonical;
  return reader.block(stream, "fields");
}

} // namespace

std::optional<Stream> read_stream(const Node::Entry& entry, const schema::Entities& entities,
                                  NodeReader& reader, std::vector<schema::Finding>& findings)
{
  const std::string what = fmt::format("stream '{}'", entry.key);
  if (!entry.value.is_map()) {
    reader.wrong(entry.value.place, what + " must be a block of keys");
    return std::nullopt;
  }
  std::vector<std::string> known = {"entity", "slices", "pull", "push", "fields"};
  known.insert(known.end(), kEnvelope.begin(), kEnvelope.end());
  reader.only(entry.value, known, what);

  Stream stream;
  stream.name = entry.key;
  const std::string entity = reader.text(entry.value, "entity");
  stream.entity = entities.find(entity);
  if (!stream.entity) {
    const Node* at = entry.value.find("entity");
    const std::string near = schema::nearest(entity, entities.names());
    reader.wrong(at ? at->place : entry.place,
                 at ? fmt::format("unknown entity '{}'", entity) : what + " names no entity",
                 near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }
  StreamReader(entry.value, entities, reader).read(stream);
  if (!stream.entity) return std::nullopt;

  const Node names = own_names(*stream.entity, entry.place);
  const Node canonical = own_names(*stream.entity, entry.place, true);
  const Node* fields = read_fields(entry.value, canonical, reader);
  if (fields) stream.fields = *fields;
  stream.mapping = schema::Mapping::compile(*stream.entity, fields ? *fields : names, findings);
  if (!stream.mapping) {
    std::vector<schema::Finding> again; // said already
    stream.mapping = schema::Mapping::compile(*stream.entity, names, again);
  }
  if (!stream.mapping) return std::nullopt;
  check_attachments(stream, reader);
  return stream;
}

} // namespace gramsetu::connectors
