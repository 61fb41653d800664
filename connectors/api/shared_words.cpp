// Blocks are merged word by word; lists and texts are taken whole.
#include "connectors/api/shared_words.hpp"

#include <algorithm>
#include <string_view>

namespace gramsetu::connectors {

namespace {

using schema::Node;

struct Names {
  std::string stream, entity;
};

void replace_all(std::string& text, std::string_view from, const std::string& to)
{
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

void fill_in(Node& node, const Names& names)
{
  replace_all(node.scalar, "{stream}", names.stream);
  replace_all(node.scalar, "{entity}", names.entity);
  for (auto& item : node.items)
    fill_in(item, names);
  for (auto& entry : node.entries)
    fill_in(entry.value, names);
}

// `own` with what only `shared` has.
void take_over(Node& own, const Node& shared)
{
  for (const auto& entry : shared.entries) {
    const auto found = std::find_if(own.entries.begin(), own.entries.end(),
                                    [&](const auto& other) { return other.key == entry.key; });
    if (found == own.entries.end())
      own.entries.push_back(entry);
    else if (found->value.is_map() && entry.value.is_map())
      take_over(found->value, entry.value);
  }
}

} // namespace

Node::Entry with_shared(const Node& each, const Node::Entry& stream)
{
  auto whole = stream;
  if (!each.is_map() || !whole.value.is_map()) return whole;
  const Node* entity = whole.value.find("entity");
  Node shared = each;
  fill_in(shared, {stream.key, entity && entity->is_scalar() ? entity->scalar : stream.key});
  take_over(whole.value, shared);
  std::erase_if(whole.value.entries,
                [&](const auto& entry) { return entry.value.is_null() && each.find(entry.key); });
  return whole;
}

} // namespace gramsetu::connectors
