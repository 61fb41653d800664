// A YAML file as a tree that knows its lines: what entities, manifests and the operator's file are read from.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::schema {

struct Place {
  std::string file;
  int line = 0;   // from 1
  int column = 0; // from 1
};

// One problem in a file, for the person who wrote it.
struct Finding {
  Place place;
  std::string wrong; // "unknown key 'intervall'"
  std::string right; // "did you mean 'interval'?"; may be empty
};

// "gramsetu.yaml:14:5: unknown key 'intervall'; did you mean 'interval'?"
std::string to_text(const Finding& finding);

// A node of the tree. Scalars are text as written; who reads one decides what it must be, by the
// strict readers of `scalar.hpp` (`0123` is not a number, `no` is not a boolean).
struct Node {
  enum class Kind { null, scalar, list, map };
  struct Entry;

  Kind kind = Kind::null;
  Place place;
  std::string scalar;
  bool quoted = false; // the scalar stood in quotes: it is text, whatever it looks like
  std::vector<Node> items;
  std::vector<Entry> entries; // in file order, names unique

  const Node* find(std::string_view key) const; // null when this is no map or the key is missing
  bool is_map() const { return kind == Kind::map; }
  bool is_list() const { return kind == Kind::list; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_null() const { return kind == Kind::null; }
};

struct Node::Entry {
  std::string key;
  Place place; // of the key
  Node value;
};

// Reads one document. Problems (syntax, aliases, anchors, merge keys, duplicate or non-scalar keys,
// several documents, more than 1 MiB or 100,000 nodes) are appended to `findings`; what could be read
// is returned all the same, so that later checks can report theirs in the same go.
Node parse_document(std::string_view text, const std::string& file, std::vector<Finding>& findings);

// The same from a regular file of at most 1 MiB.
Node read_document(const std::string& path, std::vector<Finding>& findings);

// Of what a document says, wherever it stands: the same words again have the same digest.
Digest digest_of(const Node& node);

// The nearest of `words` to `word` (small edit distance), or empty: for "did you mean".
std::string nearest(std::string_view word, const std::vector<std::string>& words);

} // namespace gramsetu::schema
