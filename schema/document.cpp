// YAML in, by yaml-cpp's events: they show anchors, aliases and quotes before these are resolved away.
#include "schema/document.hpp"

#include "schema/json.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <sys/stat.h>

namespace gramsetu::schema {

namespace {

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::size_t kMaxNodes = 100'000;
constexpr std::string_view kNoSharing = "write the value out at each place";

class Builder final : public YAML::EventHandler {
public:
  Builder(const std::string& file, std::vector<Finding>& findings)
      : file_(file), findings_(findings)
  {
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
  {
    refuse_anchor(mark, anchor);
    place(node_at(mark, Node::Kind::null));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override
  {
    report(mark, "an alias", std::string(kNoSharing));
    place(node_at(mark, Node::Kind::null));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override
  {
    refuse_anchor(mark, anchor);
    // "?" is a plain scalar and "!" a quoted one; anything else was written by a person.
    if (tag != "?" && tag != "!")
      report(mark, fmt::format("the tag '{}'", tag), "tags have no use here");
    Node node = node_at(mark, Node::Kind::scalar);
    node.scalar = value;
    node.quoted = tag != "?";
    place(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override
  {
    open(mark, tag, anchor, Node::Kind::list);
  }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override
  {
    open(mark, tag, anchor, Node::Kind::map);
  }

  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  // What was read, also when the text broke off in the middle.
  Node finish()
  {
    while (!open_.empty())
      close();
    return std::move(root_);
  }

  void report(const YAML::Mark& mark, std::string wrong, std::string right)
  {
    findings_.push_back(Finding{place_of(mark), std::move(wrong), std::move(right)});
  }

private:
  struct Frame {
    Node node;
    bool at_key = false; // a map whose next value is a key
    bool drop = false;   // the next value belongs to a refused key
    std::string key;
    Place key_place;
    std::set<std::string> keys;
  };

  Place place_of(const YAML::Mark& mark) const
  {
    return Place{file_, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
  }

  Node node_at(const YAML::Mark& mark, Node::Kind kind) const
  {
    Node node;
    node.kind = kind;
    node.place = place_of(mark);
    return node;
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor)
  {
    if (anchor != 0) report(mark, "an anchor", std::string(kNoSharing));
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind)
  {
    refuse_anchor(mark, anchor);
    if (tag != "?" && tag != "!")
      report(mark, fmt::format("the tag '{}'", tag), "tags have no use here");
    Frame frame;
    frame.node = node_at(mark, kind);
    frame.at_key = kind == Node::Kind::map;
    open_.push_back(std::move(frame));
  }

  void close()
  {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    place(std::move(frame.node));
  }

  void place(Node node)
  {
    if (++nodes_ == kMaxNodes + 1)
      throw YAML::ParserException(YAML::Mark::null_mark(),
                                  fmt::format("more than {} values", kMaxNodes));
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = open_.back();
    if (frame.node.kind == Node::Kind::list)
      frame.node.items.push_back(std::move(node));
    else if (frame.at_key)
      take_key(frame, node);
    else
      take_value(frame, std::move(node));
  }

  void take_key(Frame& frame, const Node& node)
  {
    frame.at_key = false;
    frame.drop = true;
    frame.key_place = node.place;
    if (!node.is_scalar()) {
      findings_.push_back(Finding{node.place, "a key that is not a word", "keys are plain text"});
    } else if (node.scalar == "<<" && !node.quoted) {
      findings_.push_back(Finding{node.place, "a merge key", std::string(kNoSharing)});
    } else if (!frame.keys.insert(node.scalar).second) {
      findings_.push_back(
          Finding{node.place, fmt::format("the key '{}' stands twice", node.scalar),
                  fmt::format("it was first given in line {}", line_of(frame.node, node.scalar))});
    } else {
      frame.drop = false;
      frame.key = node.scalar;
    }
  }

  static int line_of(const Node& map, const std::string& key)
  {
    const auto found = std::find_if(map.entries.begin(), map.entries.end(),
                                    [&](const Node::Entry& entry) { return entry.key == key; });
    return found == map.entries.end() ? map.place.line : found->place.line;
  }

  static void take_value(Frame& frame, Node node)
  {
    frame.at_key = true;
    if (!frame.drop)
      frame.node.entries.push_back(
          Node::Entry{std::move(frame.key), std::move(frame.key_place), std::move(node)});
    frame.drop = false;
  }

  const std::string& file_;
  std::vector<Finding>& findings_;
  std::vector<Frame> open_;
  Node root_;
  std::size_t nodes_ = 0;
};

// Says where a further document starts.
class Further final : public YAML::EventHandler {
public:
  explicit Further(Builder& builder) : builder_(builder) {}
  void OnDocumentStart(const YAML::Mark& mark) override
  {
    builder_.report(mark, "a second document", "one file holds one document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override
  {
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override
  {
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override
  {
  }
  void OnMapEnd() override {}

private:
  Builder& builder_;
};

Place place_in(std::string_view text, std::size_t offset, const std::string& file)
{
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1; // npos + 1 is 0
  return Place{file, static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
               static_cast<int>(offset - line_start) + 1};
}

// What yaml-cpp would repair in silence (bad bytes) or take for the end of the file (U+0004).
bool refuse_bad_bytes(std::string_view text, const std::string& file,
                      std::vector<Finding>& findings)
{
  if (const std::size_t good = valid_utf8_prefix(text); good < text.size()) {
    findings.push_back(
        {place_in(text, good, file), "a byte that is not UTF-8", "save it as UTF-8"});
    return true;
  }
  const auto* bad = std::find_if(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
  });
  if (bad == text.end()) return false;
  const auto offset = static_cast<std::size_t>(bad - text.begin());
  findings.push_back({place_in(text, offset, file), "a control character", "remove it"});
  return true;
}

} // namespace

std::string to_text(const Finding& finding)
{
  std::string text = finding.place.file;
  if (finding.place.line > 0)
    text += fmt::format(":{}:{}", finding.place.line, finding.place.column);
  text += ": " + finding.wrong;
  if (!finding.right.empty()) text += "; " + finding.right;
  return text;
}

const Node* Node::find(std::string_view key) const
{
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &found->value;
}

Node parse_document(std::string_view text, const std::string& file, std::vector<Finding>& findings)
{
  if (text.size() > kMaxBytes) {
    findings.push_back({{file, 0, 0}, "the file is larger than 1 MiB", "split it"});
    return {};
  }
  if (refuse_bad_bytes(text, file, findings)) return {};
  Builder builder(file, findings);
  // An open quote runs to the end of the file without a word from yaml-cpp, unless it meets this mark.
  const bool ends_line = text.empty() || text.ends_with('\n');
  std::istringstream stream{std::string(text) + (ends_line ? "...\n" : "\n...\n")};
  try {
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) {
      Further further(builder);
      parser.HandleNextDocument(further);
    }
  } catch (const YAML::Exception& problem) {
    const bool open_quote = problem.msg == YAML::ErrorMsg::DOC_IN_SCALAR;
    builder.report(problem.mark, open_quote ? "a quoted text that is never closed" : problem.msg,
                   "");
  }
  return builder.finish();
}

Node read_document(const std::string& path, std::vector<Finding>& findings)
{
  const auto refuse = [&](std::string wrong) {
    findings.push_back({{path, 0, 0}, std::move(wrong), ""});
    return Node();
  };
  // A pipe or a device would block or never end.
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return refuse("there is no such file");
  if (!S_ISREG(status.st_mode)) return refuse("this is not a regular file");
  std::ifstream file(path, std::ios::binary);
  if (!file) return refuse("it cannot be read");
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return refuse("it cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_document(text, path, findings);
}

namespace {

// Lengths before the texts: no two documents come to the same bytes.
void flatten(const Node& node, std::string& out)
{
  out += fmt::format("{}{}{}:{}{}:{}:", static_cast<int>(node.kind), node.quoted ? 'q' : 'p',
                     node.scalar.size(), node.scalar, node.items.size(), node.entries.size());
  for (const auto& item : node.items)
    flatten(item, out);
  for (const auto& entry : node.entries) {
    out += fmt::format("{}:{}", entry.key.size(), entry.key);
    flatten(entry.value, out);
  }
}

} // namespace

Digest digest_of(const Node& node)
{
  std::string flat;
  flatten(node, flat);
  return sha256(flat);
}

} // namespace gramsetu::schema
