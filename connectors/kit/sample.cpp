// Finding records in a sample, and fields by their names.
#include "connectors/kit/sample.hpp"

#include "schema/json.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace gramsetu::connectors::kit {

using schema::List;
using schema::Value;

namespace {

constexpr std::size_t kValues = 20; // of a member that are looked at
constexpr int kLikeEnough = 55;     // of 100

std::string escaped_name(const std::string& name)
{
  std::string made;
  for (const char c : name)
    made += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
  return made;
}

bool holds_objects(const List& list)
{
  return !list.empty() && list.front().is_object();
}

void find_list(const Value& value, const std::string& pointer, std::string& best, std::size_t& most)
{
  if (value.is_list() && holds_objects(value.list()) && value.list().size() > most) {
    most = value.list().size();
    best = pointer;
  }
  if (!value.is_object()) return;
  for (const auto& member : value.object().members())
    find_list(member.value, pointer + "/" + escaped_name(member.name), best, most);
}

void add_members(const Value& value, const std::string& pointer, Sample& sample)
{
  for (const auto& member : value.object().members()) {
    const auto here = pointer + escaped_name(member.name);
    if (member.value.is_object()) {
      add_members(member.value, here + "/", sample);
      continue;
    }
    auto at = std::find_if(sample.members.begin(), sample.members.end(),
                           [&](const auto& one) { return one.first == here; });
    if (at == sample.members.end()) at = sample.members.insert(sample.members.end(), {here, {}});
    if (at->second.size() < kValues && !member.value.is_empty()) at->second.push_back(member.value);
  }
}

// "gp_lgd_code" and "gpLgdCode" are the words gp, lgd, code; what is meant alike is one word.
std::vector<std::string> words_of(const std::string& name)
{
  static const std::map<std::string, std::string> same = {
      {"no", "number"},        {"num", "number"},     {"nm", "name"},      {"cd", "code"},
      {"dt", "date"},          {"amt", "amount"},     {"gp", "body"},      {"lb", "body"},
      {"panchayat", "body"},   {"localbody", "body"}, {"mobile", "phone"}, {"telephone", "phone"},
      {"desc", "description"}, {"fin", "financial"},  {"yr", "year"},      {"dist", "district"},
      {"vch", "voucher"},      {"ref", "reference"},  {"lat", "latitude"}, {"lng", "longitude"},
      {"long", "longitude"},   {"lon", "longitude"}};
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (const auto found = same.find(word); found != same.end()) word = found->second;
    // A code of a place is called after the place.
    if (!word.empty() && word != "local" && word != "lgd") words.push_back(word);
    word.clear();
  };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    const bool hump =
        std::isupper(c) && i > 0 && std::islower(static_cast<unsigned char>(name[i - 1]));
    if (!std::isalnum(c) || hump) end_word();
    if (std::isalnum(c)) word += static_cast<char>(std::tolower(c));
  }
  end_word();
  return words;
}

// 0 to 100: how many of the words of both are in both.
int likeness(const schema::Entity& entity, const schema::FieldSpec& field,
             const std::string& pointer)
{
  const auto slash = pointer.rfind('/');
  auto theirs = words_of(slash == pointer.npos ? pointer : pointer.substr(slash + 1));
  auto ours = words_of(field.name);
  if (field.type == schema::FieldType::code) ours.push_back("code");
  std::string one, other;
  for (const auto& word : ours)
    one += word;
  for (const auto& word : theirs)
    other += word;
  if (one == other) return 100;
  const auto ask = [](const auto& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  // The entity's own name in front says nothing: assetName is the name of an asset.
  const auto own = words_of(entity.name);
  std::erase_if(theirs, [&](const auto& word) { return ask(own, word) && !ask(ours, word); });
  std::size_t common = 0;
  for (const auto& word : theirs)
    common += ask(ours, word);
  const auto all = ours.size() + theirs.size() - common;
  return all == 0 ? 0 : static_cast<int>(common * 95 / all);
}

char likely_delimiter(const std::string& text)
{
  const auto line = text.substr(0, text.find('\n'));
  char best = ',';
  for (const char candidate : {';', '\t', '|'})
    if (std::count(line.begin(), line.end(), candidate) >
        std::count(line.begin(), line.end(), best))
      best = candidate;
  return best;
}

} // namespace

const std::vector<Value>* Sample::find(std::string_view pointer) const
{
  const auto at = std::find_if(members.begin(), members.end(),
                               [&](const auto& one) { return one.first == pointer; });
  return at == members.end() ? nullptr : &at->second;
}

Result<Sample> read_sample(const std::string& text)
{
  Sample sample;
  const auto document = schema::parse_json(text);
  const auto first = schema::parse_json(text.substr(0, text.find('\n')));
  if (document) {
    sample.shape.kind = RowShape::Kind::json;
    std::size_t most = 0;
    find_list(*document, "", sample.shape.records, most);
  } else if (first && first->is_object()) {
    sample.shape.kind = RowShape::Kind::lines;
  } else {
    sample.shape.kind = RowShape::Kind::csv;
    sample.shape.delimiter = likely_delimiter(text);
  }
  edit_rows(text, sample.shape, [&](List& rows) {
    for (const auto& row : rows)
      if (row.is_object()) add_members(row, "", sample);
  });
  if (!sample.members.empty()) return sample;
  return fail(ErrorKind::invalid, "the sample holds no records: a list of objects, or a table");
}

std::map<std::string, std::string> matched(const schema::Entity& entity, const Sample& sample)
{
  struct Pair {
    int like;
    std::string field, member;
  };
  std::vector<Pair> pairs;
  for (const auto& field : entity.fields)
    for (const auto& [member, values] : sample.members)
      if (const int like = likeness(entity, field, member); like >= kLikeEnough)
        pairs.push_back({like, field.name, member});
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const auto& a, const auto& b) { return a.like > b.like; });
  std::map<std::string, std::string> found;
  std::set<std::string> taken;
  for (const auto& pair : pairs)
    if (!found.contains(pair.field) && taken.insert(pair.member).second)
      found[pair.field] = pair.member;
  return found;
}

} // namespace gramsetu::connectors::kit
