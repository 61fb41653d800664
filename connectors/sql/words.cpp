// Reading the pull and push blocks of a sql stream.
#include "connectors/sql/words.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::sql {

using schema::Node;

namespace {

constexpr std::size_t kLongestName = 63; // PostgreSQL cuts longer ones

class WordsReader {
public:
  WordsReader(const Stream& stream, const Options& options, NodeReader& reader)
      : stream_(stream), options_(options), reader_(reader)
  {
  }

  Words read()
  {
    const std::string what = fmt::format("pull of stream '{}'", stream_.name);
    reader_.only(stream_.pull,
                 {"table", "key", "where", "inexact", "page_size", "id", "version", "modified",
                  "cursor", "deletes", "attachment"},
                 what);
    read_table();
    read_envelope();
    read_key();
    read_where();
    words_.inexact = reader_.texts(stream_.pull, "inexact");
    if (const Node* size = stream_.pull.find("page_size")) {
      const auto number = schema::read_integer(filled(*size));
      if (number && *number > 0 && *number <= 10'000)
        words_.page_size = static_cast<std::size_t>(*number);
      else
        wrong(size, "'page_size' must be a whole number", "1 to 10000");
    }
    read_push();
    list_columns();
    return std::move(words_);
  }

private:
  void wrong(const Node* node, std::string text, std::string right = "")
  {
    reader_.wrong(node ? node->place : stream_.pull.place, std::move(text), std::move(right));
  }

  // With {options.NAME} put in.
  std::string filled(const Node& node)
  {
    constexpr std::string_view kOpen = "{options.";
    std::string text = node.scalar;
    for (auto at = text.find(kOpen); at != std::string::npos; at = text.find(kOpen, at)) {
      const auto end = std::min(text.find('}', at), text.size());
      const auto name = text.substr(at + kOpen.size(), end - at - kOpen.size());
      const auto option = options_.find(name);
      if (option == options_.end()) {
        wrong(&node, fmt::format("the manifest has no option '{}'", name));
        break;
      }
      text.replace(at, end + 1 - at, option->second);
      at += option->second.size();
    }
    return text;
  }

  std::string identifier(std::string name, const Node* node)
  {
    const bool odd = std::any_of(name.begin(), name.end(), [](char letter) {
      return static_cast<unsigned char>(letter) < ' ';
    });
    if (name.empty() || name.size() > kLongestName || odd)
      wrong(node, fmt::format("'{}' is no name of a table or column", name),
            fmt::format("1 to {} bytes without control characters", kLongestName));
    return name;
  }

  void read_table()
  {
    const Node* table = stream_.pull.find("table");
    if (!table)
      return wrong(nullptr, fmt::format("stream '{}' names no table", stream_.name),
                   "pull: { table: service_requests, key: [reference_number] }");
    if (table->is_list()) {
      for (const Node& part : table->items)
        words_.table.push_back(identifier(filled(part), table));
    } else {
      const auto text = filled(*table);
      const auto dot = text.find('.');
      if (dot != std::string::npos) words_.table.push_back(identifier(text.substr(0, dot), table));
      words_.table.push_back(identifier(text.substr(dot + 1), table));
    }
    if (words_.table.empty() || words_.table.size() > 2)
      wrong(table, "'table' must be a name, or a schema and a name");
  }

  void read_envelope()
  {
    words_.version = column_of(stream_.version_pointer);
    if (stream_.deletes == Deletes::marker) words_.marker = column_of(stream_.deleted_pointer);
    const Node* cursor = stream_.pull.find("cursor");
    if (!cursor) return;
    if (cursor->is_scalar() && cursor->scalar == "captured") {
      words_.changes = Changes::captured;
      return;
    }
    words_.changes = Changes::column;
    words_.cursor = identifier(column_of(stream_.cursor_pointer), cursor);
    if (stream_.cursor_type == "text")
      wrong(cursor, "a text is no cursor here: what is changed would not come up",
            "type: timestamp, type: integer, or cursor: captured");
  }

  void read_key()
  {
    const std::string id = column_of(stream_.id_pointer);
    words_.key = reader_.texts(stream_.pull, "key");
    const Node* key = stream_.pull.find("key");
    if (words_.key.empty() && !id.empty()) words_.key = {id};
    for (auto& column : words_.key)
      column = identifier(key && key->is_scalar() ? filled(*key) : column, key);
    if (words_.key.empty())
      wrong(key, fmt::format("stream '{}' does not say what tells its rows apart", stream_.name),
            "key: [reference_number]");
    else if (!id.empty() && words_.key != std::vector{id})
      wrong(key, "'id' and 'key' name different columns", "leave 'id' out");
  }

  void read_where()
  {
    const Node* where = reader_.block(stream_.pull, "where");
    if (!where) return;
    for (const auto& entry : where->entries) {
      if (!entry.value.is_scalar())
        wrong(&entry.value, fmt::format("'{}' must be one value", entry.key));
      const auto value = filled(entry.value);
      words_.where.push_back(
          {identifier(entry.key, where), value, value.find("{slice.") != std::string::npos});
    }
  }

  void read_push()
  {
    if (!stream_.push.is_map()) return;
    const Node& push = stream_.push;
    reader_.only(push, {"verbs", "version_by", "delete", "batch", "retention"},
                 fmt::format("push of stream '{}'", stream_.name));
    PushWords words;
    if (const Node* verbs = push.find("verbs")) {
      words.creates = words.updates = words.removes = false;
      for (const auto& verb : reader_.texts_of(*verbs, "verbs")) {
        if (verb == "create")
          words.creates = true;
        else if (verb == "update")
          words.updates = true;
        else if (verb == "delete")
          words.removes = true;
        else
          wrong(verbs, fmt::format("'{}' is no verb", verb), "create, update, delete");
      }
    }
    const auto by = reader_.choice(push, "version_by", {"trigger", "hub", "database"});
    words.version_by = by == "hub"        ? PushWords::VersionBy::hub
                       : by == "database" ? PushWords::VersionBy::database
                                          : PushWords::VersionBy::trigger;
    if (push.find("version_by") && words_.version.empty())
      wrong(push.find("version_by"), "'version_by' without a version", "version: /row_version");
    words.mark = read_mark(push);
    words.batch = static_cast<std::size_t>(
        std::clamp<std::int64_t>(reader_.integer(push, "batch", 1).value_or(100), 1, 1000));
    words.retention = reader_.duration(push, "retention").value_or(words.retention);
    words_.push = std::move(words);
    check_written();
  }

  std::optional<DeleteMark> read_mark(const Node& push)
  {
    const Node* node = push.find("delete");
    if (!node || (node->is_scalar() && node->scalar == "row")) return std::nullopt;
    if (!node->is_map()) {
      wrong(node, "'delete' must say how", "row, or { column: is_deleted, set: \"1\" }");
      return std::nullopt;
    }
    reader_.only(*node, {"column", "set", "clear"}, "'delete'");
    DeleteMark mark{
        identifier(reader_.text(*node, "column"), node), reader_.text(*node, "set"), {}};
    if (node->find("clear")) mark.clear = reader_.text(*node, "clear");
    const auto& values = stream_.deleted_values;
    if (mark.column != words_.marker ||
        std::find(values.begin(), values.end(), mark.set) == values.end())
      wrong(node, "what is marked here would not be read as deleted",
            fmt::format("deletes: {{ field: /{}, values: [\"{}\"] }}", mark.column, mark.set));
    return mark;
  }

  // A JSON column is written whole: a part of one would wipe out the others.
  void check_written()
  {
    const auto& mapping = *stream_.mapping;
    for (std::size_t i = 0; i < mapping.pushed().size(); ++i) {
      if (!mapping.pushed()[i]) continue;
      for (const auto& pointer : mapping.pointers(i)) {
        if (pointer.find('/', 1) == std::string::npos) break;
        wrong(&stream_.push,
              fmt::format("field '{}' is part of the column '{}', which is written whole",
                          stream_.entity->fields[i].name, column_of(pointer)),
              "map the whole column, or pull_only: true");
        break;
      }
    }
  }

  void list_columns()
  {
    const auto add = [&](const std::string& column) {
      auto& reads = words_.reads;
      if (!column.empty() && std::find(reads.begin(), reads.end(), column) == reads.end())
        reads.push_back(column);
    };
    for (const auto& column : words_.key)
      add(column);
    for (const auto& pointer : {stream_.version_pointer, stream_.modified_pointer})
      add(column_of(pointer));
    add(words_.cursor);
    add(words_.marker);
    for (std::size_t i = 0; i < stream_.mapping->pulled().size(); ++i)
      if (stream_.mapping->pulled()[i])
        for (const auto& pointer : stream_.mapping->pointers(i))
          add(column_of(pointer));
  }

  const Stream& stream_;
  const Options& options_;
  NodeReader& reader_;
  Words words_;
};

Zone read_zone(const Manifest& manifest, NodeReader& reader)
{
  const std::string text = reader.text(manifest.common, "zone");
  if (text.empty()) return std::nullopt;
  const auto digits = [&](std::size_t at) {
    return schema::read_integer("1" + text.substr(at, 2));
  };
  const bool shape = text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':';
  const auto hours = shape ? digits(1) : std::nullopt, minutes = shape ? digits(4) : std::nullopt;
  if (!hours || !minutes) {
    reader.wrong(manifest.common.find("zone")->place, fmt::format("'{}' is no zone", text),
                 "\"+05:30\"");
    return std::nullopt;
  }
  const auto offset = std::chrono::minutes((*hours - 100) * 60 + *minutes - 100);
  return text[0] == '-' ? -offset : offset;
}

} // namespace

std::string column_of(const std::string& pointer)
{
  const std::string path = pointer.starts_with('/') ? pointer.substr(1) : pointer;
  std::string column = path.substr(0, path.find('/'));
  for (auto at = column.find('~'); at != std::string::npos; at = column.find('~', at + 1))
    column.replace(at, 2, column.compare(at, 2, "~1") == 0 ? "/" : "~");
  return column;
}

std::map<std::string, Words> read_words(const Manifest& manifest, const Options& given,
                                        std::vector<schema::Finding>& findings)
{
  NodeReader reader(findings);
  Options options = given;
  for (const auto& option : manifest.options)
    options.try_emplace(option.name, option.default_text);
  const Zone zone = read_zone(manifest, reader);
  std::map<std::string, Words> all;
  for (const Stream& stream : manifest.streams) {
    all[stream.name] = WordsReader(stream, options, reader).read();
    all[stream.name].zone = zone;
  }
  return all;
}

} // namespace gramsetu::connectors::sql
