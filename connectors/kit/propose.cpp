// Writing the proposal.
#include "connectors/kit/propose.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/kit/sample.hpp"
#include "schema/json.hpp"
#include "schema/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gramsetu::connectors::kit {

using schema::FieldSpec;
using schema::FieldType;
using schema::Value;

namespace {

using Values = std::vector<Value>;

std::string quoted(const std::string& text)
{
  const bool plain = !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) &&
                     std::all_of(text.begin(), text.end(), [](unsigned char c) {
                       return std::isalnum(c) || c == '_' || c == '/';
                     });
  return plain && text != "true" && text != "false" && text != "null"
             ? text
             : schema::to_json(Value(text));
}

template <typename Reads>
bool all_read(const Values& values, Reads reads)
{
  return !values.empty() && std::all_of(values.begin(), values.end(), [&](const Value& value) {
    return reads(scalar_text(value));
  });
}

// The first format that reads all values; nothing: none does.
std::string date_format(const Values& values)
{
  static constexpr std::array formats = {"yyyy-MM-dd", "dd/MM/yyyy", "dd-MM-yyyy",
                                         "dd.MM.yyyy", "ddMMyyyy",   "dd MMM yyyy"};
  for (const char* format : formats)
    if (all_read(values,
                 [&](const auto& text) { return schema::read_date(text, format).has_value(); }))
      return format;
  return {};
}

std::string time_format(const Values& values, bool& zoneless)
{
  const auto reads = [&](const std::string& format, std::optional<std::chrono::minutes> zone) {
    return all_read(values, [&](const auto& text) {
      return schema::read_timestamp(text, format, zone).has_value();
    });
  };
  const std::chrono::minutes india(330);
  if (reads("iso", std::nullopt)) return "iso";
  const bool numbers = all_read(values, [](const auto& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  });
  if (numbers) return scalar_text(values.front()).size() > 11 ? "epoch_ms" : "epoch_s";
  zoneless = true;
  for (const char* format :
       {"iso", "dd/MM/yyyy HH:mm:ss", "yyyy-MM-dd HH:mm:ss", "dd-MM-yyyy HH:mm:ss"})
    if (reads(format, india)) return format;
  return {};
}

std::string year_format(const Values& values)
{
  const auto text = values.empty() ? std::string() : scalar_text(values.front());
  return text.size() == 7 ? "2025-26" : text.size() == 4 ? "2025" : "2025-2026";
}

// "{ R: receipt }" for the words of the sample that mean one of the field's; what is left goes into a comment.
std::string words_of(const FieldSpec& field, const Values& values, std::string& left)
{
  std::map<std::string, std::string> found; // canonical to remote: one to one
  bool same = true;
  for (const auto& value : values) {
    const auto word = scalar_text(value);
    std::string lower;
    for (const char c : word)
      lower += c == ' ' || c == '-'
                   ? '_'
                   : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto is = [&](const auto& choice) {
      return choice == lower || (lower.size() == 1 && choice[0] == lower[0]);
    };
    const auto choice = std::find_if(field.choices.begin(), field.choices.end(), is);
    if (choice == field.choices.end() || (found.contains(*choice) && found[*choice] != word)) {
      if (left.find(word) == left.npos) left += (left.empty() ? "" : ", ") + word;
      same = false;
      continue;
    }
    found[*choice] = word;
    same = same && *choice == word;
  }
  if (same || found.empty()) return {};
  std::string all;
  for (const auto& [choice, word] : found)
    all += (all.empty() ? "" : ", ") + quoted(word) + ": " + choice;
  return "{ " + all + " }";
}

class Writer {
public:
  explicit Writer(const Proposal& proposal, const Sample& sample)
      : proposal_(proposal), sample_(sample), matched_(matched(*proposal.entity, sample))
  {
  }

  std::string write()
  {
    head();
    proposal_.transport == "files" ? files_stream() : http_stream();
    fields();
    return std::move(out_);
  }

private:
  bool http() const { return proposal_.transport == "http"; }

  void head()
  {
    out_ += fmt::format(
        "# {0}: say here what of this is documented, what was seen, and what is assumed.\n"
        "# Every key is described in docs/connectors/; `gramsetu check` finds what is wrong.\n"
        "connector: {0}\n"
        "title: {0}\n"
        "role: peer                       # directory, central, state, csc, local or peer\n"
        "transport: {1}\n",
        proposal_.name, proposal_.transport);
    if (!http()) return;
    out_ +=
        "options:\n"
        "  page_size: { type: integer, default: 500, min: 1, max: 1000, help: Records a page }\n"
        "errors:                          # the first that fits\n"
        "  - { status: 429, action: throttled }         # honours Retry-After\n"
        "  - { status: [502, 503, 504], action: retry }\n"
        "  # - { status: 404, body: \"no data\", action: empty }   # only what is documented as "
        "empty\n"
        "# success: { pointer: /status, equals: [success] }     # where 200 does not mean yes\n"
        "# reach: { path: /ping }                                # what `connectors probe` asks\n";
  }

  void envelope(const std::string& indent)
  {
    const auto id = id_member();
    if (!id.empty()) out_ += fmt::format("{}id: {}\n", indent, quoted("/" + id));
    out_ +=
        indent + "# version: /rowVersion           # a row version: writes go over it only\n" +
        indent + "# modified: { field: /updatedAt, format: iso }\n" + indent +
        "# cursor: { field: /updatedAt, type: timestamp, param: since }   # reads what changed\n" +
        indent +
        "deletes: never                 # snapshot: a list that is whole; or { field: /deleted }\n";
  }

  void http_stream()
  {
    const auto& name = proposal_.entity->name;
    out_ += fmt::format(
        "streams:\n  {0}:\n    entity: {0}\n"
        "    # slices: {{ local_body: hub.area }}   # where one must ask for one panchayat at a "
        "time\n"
        "    pull:\n      request: {{ path: /{0} }}        # from the endpoint's url on\n",
        name);
    if (!sample_.shape.records.empty())
      out_ += fmt::format("      records: {}\n", quoted(sample_.shape.records));
    else if (sample_.members.empty())
      out_ += "      records: /data                # pointer to the list in the answer\n";
    out_ += "      # pages: { by: offset, offset: offset, limit: limit, size: "
            "\"{options.page_size}\",\n"
            "      #          total: /total }\n";
    envelope("      ");
    out_ += fmt::format("    # Without push the stream is read only. Give it a key, a probe, or "
                        "both: else a lost answer\n"
                        "    # is a question to a person.\n"
                        "    # push:\n"
                        "    #   create: {{ path: /{0}, key: /id }}\n"
                        "    #   update: {{ path: \"/{0}/{{id}}\" }}\n"
                        "    #   delete: {{ path: \"/{0}/{{id}}\" }}\n"
                        "    #   idempotency: {{ header: Idempotency-Key, retention: 24h }}\n"
                        "    #   probe: {{ by_id: {{ path: \"/{0}/{{id}}\" }} }}\n",
                        name);
  }

  void files_stream()
  {
    const auto& name = proposal_.entity->name;
    const bool lines = sample_.shape.kind == RowShape::Kind::lines;
    const std::string delimiter = sample_.shape.delimiter == '\t'
                                      ? std::string("tab")
                                      : std::string(1, sample_.shape.delimiter);
    out_ += lines
                ? "format: { format: ndjson }\n"
                : fmt::format("format: {{ format: csv, delimiter: \"{}\" }}   # encoding: utf-8\n",
                              delimiter);
    out_ += fmt::format("streams:\n  {0}:\n    entity: {0}\n    pull:\n"
                        "      path: \"{0}*.{1}\"         # in the endpoint's folder\n",
                        name, lines ? "ndjson" : "csv");
    envelope("      ");
    out_ += fmt::format("    # push: {{ path: \"out/{}-{{key}}.csv\", format: csv }}\n", name);
  }

  // A member that is the endpoint's own name of the record.
  std::string id_member() const
  {
    for (const auto& [member, values] : sample_.members) {
      std::string lower;
      for (const char c : member)
        lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      if (lower == "id" || lower == "uuid" || lower == proposal_.entity->name + "id" ||
          lower == proposal_.entity->name + "_id")
        return member;
    }
    return {};
  }

  void fields()
  {
    out_ += "    # canonical: remote. `as`, `format`, `values`, `blank`, ... :\n"
            "    # docs/connectors/manifest.md, Fields.\n"
            "    fields:\n";
    const auto& entity = *proposal_.entity;
    std::string later;
    for (std::size_t i = 0; i < entity.fields.size(); ++i) {
      const auto& field = entity.fields[i];
      const bool key = std::find(entity.key.begin(), entity.key.end(), i) != entity.key.end();
      const bool needed = field.required || (key && !field.key_optional);
      const auto found = matched_.find(field.name);
      if (found != matched_.end())
        out_ += line(field, found->second);
      else if (needed)
        out_ += fmt::format(
            "      {}: {}                 # required: {}; {}\n", field.name, field.name, field.help,
            sample_.members.empty() ? "name the member" : "not found in the sample");
      else
        later += fmt::format("      # {}:            # {}: {}\n", field.name, name_of(field.type),
                             field.help);
    }
    out_ += later;
    std::string left;
    const auto id = id_member();
    for (const auto& [member, values] : sample_.members)
      if (member != id &&
          std::none_of(matched_.begin(), matched_.end(),
                       [&, &n = member](const auto& one) { return one.second == n; }))
        left += fmt::format("      # {}\n", member);
    if (!left.empty())
      out_ += "      # In the sample, and not mapped: each is reported as unknown.\n" + left;
  }

  // One line of the mapping, with what the sample's values say of their form.
  std::string line(const FieldSpec& field, const std::string& member) const
  {
    const auto& values = *sample_.find(member);
    std::string more, note;
    bool zoneless = false;
    switch (field.type) {
    case FieldType::money: more = ", as: rupees"; break;
    case FieldType::code: more = ", as: lgd." + field.code_kind; break;
    case FieldType::date: {
      const auto format = date_format(values);
      if (format != "yyyy-MM-dd" && !format.empty()) more = fmt::format(", format: \"{}\"", format);
      if (format.empty() && !values.empty()) note = "its dates have a form that is not known";
      break;
    }
    case FieldType::timestamp: {
      const auto format = time_format(values, zoneless);
      if (format != "iso" && !format.empty()) more = fmt::format(", format: \"{}\"", format);
      if (zoneless && !format.empty()) more += ", zone: \"+05:30\"";
      break;
    }
    case FieldType::financial_year:
      if (year_format(values) != "2025-2026")
        more = fmt::format(", format: \"{}\"", year_format(values));
      break;
    case FieldType::enumeration:
    case FieldType::state: {
      const auto words = words_of(field, values, note);
      if (!note.empty()) note = "words without a meaning yet: " + note;
      if (!words.empty()) more = ", values: " + words;
      // What is written needs a word for every choice.
      const auto covered = static_cast<std::size_t>(std::count(words.begin(), words.end(), ':'));
      if (!words.empty() && covered < field.choices.size()) {
        more += ", pull_only: true";
        note += note.empty() ? "write it too, once every word is known" : "";
      }
      break;
    }
    default: break;
    }
    return fmt::format("      {}: {}{}\n", field.name,
                       more.empty() ? quoted(member)
                                    : fmt::format("{{ from: {}{} }}", quoted(member), more),
                       note.empty() ? "" : "   # " + note);
  }

  const Proposal& proposal_;
  const Sample& sample_;
  std::map<std::string, std::string> matched_;
  std::string out_;
};

} // namespace

Result<std::string> propose(const Proposal& proposal)
{
  Sample sample;
  if (!proposal.sample.empty()) {
    TRY(sample, read_sample(proposal.sample));
  }
  return Writer(proposal, sample).write();
}

} // namespace gramsetu::connectors::kit
