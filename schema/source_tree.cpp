// The walk over a document along the pointers of a mapping.
#include "schema/source_tree.hpp"

#include <algorithm>

namespace gramsetu::schema {

namespace {

// Undoes "~0" and "~1". A tilde before anything else stands for itself: it is a name, not a slip.
std::string unescape_token(std::string_view token)
{
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const char next = token[i] == '~' && i + 1 < token.size() ? token[i + 1] : '\0';
    if (next != '0' && next != '1') {
      name += token[i];
      continue;
    }
    name += next == '0' ? '~' : '/';
    ++i;
  }
  return name;
}

// Where a walk is, without building text that is hardly ever needed.
struct Path {
  const Path* above = nullptr;
  std::string_view name;
};

void append_path(const Path* path, std::string& out)
{
  if (path == nullptr || path->above == nullptr) return;
  append_path(path->above, out);
  out += '/';
  out += escape_token(path->name);
}

} // namespace

std::string escape_token(std::string_view name)
{
  std::string token;
  for (const char c : name) {
    if (c == '~')
      token += "~0";
    else if (c == '/')
      token += "~1";
    else
      token += c;
  }
  return token;
}

std::size_t SourceTree::add(std::string_view pointer)
{
  Node* node = &root_;
  if (pointer.starts_with('/')) pointer.remove_prefix(1);
  while (!pointer.empty()) {
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    const std::string name = unescape_token(pointer.substr(0, end));
    pointer.remove_prefix(std::min(end + 1, pointer.size()));
    auto child = std::find_if(node->children.begin(), node->children.end(),
                              [&](const Node& candidate) { return candidate.name == name; });
    if (child == node->children.end()) {
      node->children.push_back(Node{name, std::nullopt, {}});
      child = std::prev(node->children.end());
    }
    node = &*child;
  }
  if (!node->number) node->number = numbers_++;
  return *node->number;
}

struct SourceTree::Walk {
  std::vector<const Value*> found;
  std::vector<std::string>& unread;
  const std::string& prefix;

  // Documents mostly have their members in the order of the mapping, so look behind the last hit first.
  static const Node* child_of(const Node& node, std::string_view name, std::size_t& hint)
  {
    const std::size_t count = node.children.size();
    for (std::size_t tried = 0; tried < count; ++tried, ++hint) {
      if (hint >= count) hint = 0;
      if (node.children[hint].name == name) return &node.children[hint++];
    }
    return nullptr;
  }

  void visit(const Node* node, const Value& value, const Path& path, bool is_read)
  {
    if (node != nullptr && node->number) {
      found[*node->number] = &value;
      is_read = true;
    }
    const bool is_needed = node != nullptr && !node->children.empty();
    if (is_read && !is_needed) return;
    if (value.is_object()) {
      visit_members(node, value.object(), path, is_read);
    } else if (value.is_list() && is_needed) {
      visit_items(*node, value.list(), path, is_read);
    } else if (!is_read && !value.is_null() && !value.is_absent()) {
      std::string& pointer = unread.emplace_back(prefix);
      append_path(&path, pointer);
    }
  }

  void visit_members(const Node* node, const Object& object, const Path& path, bool is_read)
  {
    std::size_t hint = 0;
    for (const auto& member : object.members()) {
      const Node* child = node == nullptr ? nullptr : child_of(*node, member.name, hint);
      if (child != nullptr || !is_read)
        visit(child, member.value, Path{&path, member.name}, is_read);
    }
  }

  void visit_items(const Node& node, const List& list, const Path& path, bool is_read)
  {
    std::size_t hint = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string index = std::to_string(i);
      visit(child_of(node, index, hint), list[i], Path{&path, index}, is_read);
    }
  }
};

std::vector<const Value*> SourceTree::walk(const Value& root, const std::string& prefix,
                                           std::vector<std::string>& unread) const
{
  Walk walk{std::vector<const Value*>(numbers_, nullptr), unread, prefix};
  walk.visit(&root_, root, Path{}, false);
  return std::move(walk.found);
}

} // namespace gramsetu::schema
