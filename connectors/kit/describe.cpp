// Writing the reference page.
#include "connectors/kit/describe.hpp"

#include "connectors/api/transport.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace gramsetu::connectors::kit {

namespace {

using schema::Node;

// What the first comment of the file says, as paragraphs.
std::string comment_of(const std::string& file)
{
  std::ifstream in(file);
  std::string text, line;
  while (std::getline(in, line) && line.starts_with("#")) {
    const auto from = line.find_first_not_of("# ");
    text += (from == line.npos ? "" : line.substr(line.starts_with("# ") ? 2 : 1)) + "\n";
  }
  return text;
}

std::string cell(std::string text)
{
  for (auto at = text.find('|'); at != text.npos; at = text.find('|', at + 2))
    text.insert(at, "\\");
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// A node in one line, as YAML's flow style has it.
std::string flow(const Node& node)
{
  std::string inside;
  for (const auto& entry : node.entries)
    inside += (inside.empty() ? "" : ", ") + entry.key + ": " + flow(entry.value);
  for (const auto& item : node.items)
    inside += (inside.empty() ? "" : ", ") + flow(item);
  if (node.is_map()) return "{ " + inside + " }";
  return node.is_list() ? "[" + inside + "]" : node.scalar;
}

std::string slices_of(const Stream& stream)
{
  using Source = SliceDimension::Source;
  std::string all;
  for (const auto& dimension : stream.slices) {
    std::string from;
    switch (dimension.source) {
    case Source::area_state: from = "the hub's state"; break;
    case Source::area_district: from = "the hub's district"; break;
    case Source::children: from = "each " + dimension.entity + " that the hub knows"; break;
    case Source::years:
      from = fmt::format("this financial year and {} before", dimension.years_back);
      break;
    case Source::fixed: from = fmt::format("{} fixed values", dimension.values.size()); break;
    }
    all += (all.empty() ? "" : ", ") + fmt::format("`{}` ({})", dimension.name, from);
  }
  return all.empty() ? "one slice" : "by " + all;
}

std::string deletes_of(const Stream& stream)
{
  switch (stream.deletes) {
  case Deletes::never: return "absence says nothing";
  case Deletes::marker: return fmt::format("`{}` says so", stream.deleted_pointer);
  case Deletes::snapshot:
    return fmt::format("what {} complete slice{} do{} not hold", stream.absences,
                       stream.absences == 1 ? "" : "s in a row", stream.absences == 1 ? "es" : "");
  }
  return {};
}

bool reads(const Stream& stream)
{
  return stream.pull.find("request") || stream.pull.find("path") || stream.pull.find("records") ||
         stream.pull.find("query") || stream.pull.find("table") || stream.pull.find("command");
}

std::string reading_of(const Stream& stream)
{
  if (!reads(stream)) return "cannot be read";
  std::string text;
  for (const char* key : {"request", "path", "records", "pages"})
    if (const Node* node = stream.pull.find(key))
      text += fmt::format("{}{} `{}`", text.empty() ? "" : "; ", key, cell(flow(*node)));
  return text;
}

std::string writing_of(const Capabilities& can)
{
  std::string verbs;
  const auto add = [&](bool able, const char* word) {
    if (able) verbs += (verbs.empty() ? "" : ", ") + std::string(word);
  };
  add(can.creates, "creates");
  add(can.updates, "updates");
  add(can.removes, "deletes");
  if (verbs.empty()) return "nothing: it is read only";
  verbs += can.if_version ? "; over a version only" : "; whatever its version";
  verbs += can.idempotent ? fmt::format("; its keys are remembered for {} minutes",
                                        can.retention.count() / 60'000)
                          : "; it knows no keys";
  verbs += can.probes ? "; one record can be looked at" : "; no record can be looked at";
  if (can.batch_max > 1) verbs += fmt::format("; up to {} at once", can.batch_max);
  if (!can.probes && !can.idempotent) verbs += "; every lost answer is a question to a person";
  return verbs;
}

std::string form_of(const MappedField& field)
{
  std::string form = field.as;
  for (const auto& more : {field.format, field.zone})
    if (!more.empty()) form += (form.empty() ? "" : " ") + more;
  if (field.values) form += form.empty() ? "words" : ", words";
  if (field.list_of_objects) form += form.empty() ? "items" : ", items";
  return form;
}

std::string ways_of(const MappedField& field, bool written)
{
  if (!field.pulls) return "written";
  return written && field.pushes ? "both" : "read";
}

std::string joined(const std::vector<std::string>& words)
{
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "" : ", ") + word;
  return all;
}

void write_stream(std::string& out, const Stream& stream, const Capabilities& can)
{
  const auto& entity = *stream.entity;
  out += fmt::format("\n## Stream `{}`: {}\n\n", stream.name, entity.title);
  out += fmt::format("- Entity `{}`, {}.\n- Read: {}.\n", entity.name, slices_of(stream),
                     reading_of(stream));
  out += stream.cursor_pointer.empty()
             ? "- Read whole every time.\n"
             : fmt::format("- Goes on by `{}` ({}).\n", stream.cursor_pointer, stream.cursor_type);
  out += fmt::format("- Identity: {}; version: {}; changed: {}.\n",
                     stream.id_pointer.empty() ? "the hub's key" : "`" + stream.id_pointer + "`",
                     stream.version_pointer.empty() ? "none" : "`" + stream.version_pointer + "`",
                     stream.modified_pointer.empty() ? "not told"
                                                     : "`" + stream.modified_pointer + "`");
  out += fmt::format("- Deleted: {}.\n- Written: {}.\n\n", deletes_of(stream), writing_of(can));
  out += "| field | type | remote | form | way | rule | authority | privacy |\n"
         "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (const auto& field : mapped_fields(stream))
    out += fmt::format("| `{}`{} | {} | {} | {} | {} | {} | {} | {} |\n", field.spec->name,
                       field.is_key           ? " (key)"
                       : field.spec->required ? " (required)"
                                              : "",
                       name_of(field.spec->type), cell("`" + joined(field.from) + "`"),
                       cell(form_of(field)), ways_of(field, stream.push.is_map()),
                       schema::to_text(entity.rule_of(field.field)), joined(field.spec->authority),
                       name_of(field.spec->privacy));
  std::string left;
  const auto mapped = mapped_fields(stream);
  for (const auto& spec : entity.fields)
    if (std::none_of(mapped.begin(), mapped.end(),
                     [&](const auto& field) { return field.spec == &spec; }))
      left += (left.empty() ? "" : ", ") + spec.name;
  if (!left.empty()) out += fmt::format("\nThe system says nothing of: {}.\n", left);
}

} // namespace

std::map<std::string, Capabilities> capabilities_of(const System& system)
{
  std::map<std::string, Capabilities> all;
  const auto* type = find_transport(system.manifest->transport);
  if (!type) return all;
  EndpointSettings settings;
  settings.name = system.manifest->name;
  settings.url = "https://example.gov.in";
  settings.path = "/nonexistent";
  settings.manifest = system.manifest;
  SystemClock clock;
  NullSink sink;
  const auto connector = type->open(settings, {clock, Log(clock, sink), "hub"});
  if (!connector) return all;
  for (const auto& stream : system.manifest->streams)
    all[stream.name] = (*connector)->capabilities(stream);
  return all;
}

std::string reference_page(const System& system)
{
  const auto& manifest = *system.manifest;
  std::string out =
      fmt::format("# {}: {}\n\nRole {}, over {}.\n", manifest.name, manifest.title,
                  manifest.role.empty() ? "as configured" : manifest.role, manifest.transport);
  if (const auto comment = comment_of(system.file); !comment.empty()) out += "\n" + comment;
  if (!manifest.notes.empty()) out += "\n" + manifest.notes + "\n";
  if (!manifest.options.empty())
    out += "\n| option | type | default | help |\n| --- | --- | --- | --- |\n";
  for (const auto& option : manifest.options)
    out += fmt::format("| `{}` | {} | {} | {} |\n", option.name, option.type,
                       cell(option.default_text), cell(option.help));
  const auto able = capabilities_of(system);
  for (const auto& stream : manifest.streams) {
    const auto found = able.find(stream.name);
    write_stream(out, stream, found == able.end() ? Capabilities{} : found->second);
  }
  return out;
}

schema::Object reference_json(const System& system)
{
  const auto& manifest = *system.manifest;
  schema::Object json;
  json.append("connector", manifest.name);
  json.append("title", manifest.title);
  json.append("role", manifest.role);
  json.append("transport", manifest.transport);
  json.append("file", system.file);
  schema::List options, streams;
  for (const auto& option : manifest.options) {
    schema::Object row;
    row.append("option", option.name);
    row.append("type", option.type);
    row.append("default", option.default_text);
    row.append("help", option.help);
    options.emplace_back(std::move(row));
  }
  for (const auto& stream : manifest.streams) {
    schema::Object row;
    row.append("stream", stream.name);
    row.append("entity", stream.entity->name);
    row.append("pulls", reads(stream));
    row.append("pushes", stream.push.is_map());
    schema::List fields;
    for (const auto& field : mapped_fields(stream)) {
      schema::Object line;
      line.append("field", field.spec->name);
      line.append("type", schema::name_of(field.spec->type));
      schema::List from;
      for (const auto& pointer : field.from)
        from.emplace_back(pointer);
      line.append("from", std::move(from));
      line.append("form", form_of(field));
      line.append("way", ways_of(field, stream.push.is_map()));
      fields.emplace_back(std::move(line));
    }
    row.append("fields", std::move(fields));
    streams.emplace_back(std::move(row));
  }
  json.append("options", std::move(options));
  json.append("streams", std::move(streams));
  json.append("notes", manifest.notes);
  return json;
}

} // namespace gramsetu::connectors::kit
