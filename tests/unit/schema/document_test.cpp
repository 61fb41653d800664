// YAML as a tree with lines, and what is refused in it.
#include "schema/document.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace gramsetu::schema;

namespace {

struct Read {
  Node root;
  std::vector<Finding> findings;
  std::string all; // every finding as text, by line
};

Read read(std::string_view text)
{
  Read result;
  result.root = parse_document(text, "f.yaml", result.findings);
  for (const Finding& finding : result.findings)
    result.all += to_text(finding) + "\n";
  return result;
}

std::string repeated(std::string_view part, std::size_t times)
{
  std::string text;
  for (std::size_t i = 0; i < times; ++i)
    text += part;
  return text;
}

} // namespace

TEST_CASE("a document becomes a tree that knows its lines and columns")
{
  const auto [root, findings, all] = read("hub:\n  name: jalpaiguri\n  codes: [1, '02']\nempty:\n");
  CHECK(findings.empty());
  REQUIRE(root.is_map());
  const Node* name = root.find("hub")->find("name");
  REQUIRE(name != nullptr);
  CHECK(name->scalar == "jalpaiguri");
  CHECK(name->place.line == 2);
  CHECK(name->place.column == 9);
  CHECK(root.find("hub")->entries[1].place.column == 3);
  const Node& codes = *root.find("hub")->find("codes");
  REQUIRE(codes.items.size() == 2);
  CHECK_FALSE(codes.items[0].quoted);
  CHECK(codes.items[1].quoted);
  CHECK(codes.items[1].scalar == "02");
  CHECK(root.find("empty")->is_null());
  CHECK(root.find("nothing") == nullptr);
}

TEST_CASE("scalars stay text as written")
{
  const auto [root, findings, all] =
      read("a: 0123\nb: no\nc: 1e3\nd: |\n  two\n  lines\ne: \"\"\nf: ~\n");
  CHECK(root.find("a")->scalar == "0123");
  CHECK(root.find("b")->scalar == "no");
  CHECK(root.find("c")->scalar == "1e3");
  CHECK(root.find("d")->scalar == "two\nlines\n");
  CHECK(root.find("d")->quoted);
  CHECK(root.find("e")->is_scalar());
  CHECK(root.find("f")->is_null());
}

TEST_CASE("what would make a file mean two things is refused with its place")
{
  CHECK(read("a: 1\nb: 2\na: 3\n").all ==
        "f.yaml:3:1: the key 'a' stands twice; it was first given in line 1\n");
  CHECK(read("a: &x 1\nb: *x\n").all ==
        "f.yaml:1:4: an anchor; write the value out at each place\n"
        "f.yaml:2:4: an alias; write the value out at each place\n");
  CHECK(read("a: 1\n<<: {b: 2}\n").all ==
        "f.yaml:2:1: a merge key; write the value out at each place\n");
  CHECK(read("? [1, 2]\n: x\n").all ==
        "f.yaml:1:3: a key that is not a word; keys are plain text\n");
  CHECK(read("~: x\n").all == "f.yaml:1:1: a key that is not a word; keys are plain text\n");
  CHECK(read("a: !!binary aGk=\n").all.find("the tag 'tag:yaml.org,2002:binary'") !=
        std::string::npos);
  CHECK(read("a: 1\n---\nb: 2\n").all.find("a second document; one file holds one document") !=
        std::string::npos);
}

TEST_CASE("what could be read is returned beside the findings")
{
  const auto duplicate = read("a: 1\na: 2\nb: {c: 3}\n");
  CHECK(duplicate.root.find("a")->scalar == "1");
  CHECK(duplicate.root.find("b")->find("c")->scalar == "3");
  const auto broken = read("a: 1\nb: {c: 3\nd: [\n");
  CHECK(broken.findings.size() == 1);
  CHECK(broken.root.find("a")->scalar == "1");
}

TEST_CASE("syntax errors name line and column")
{
  const auto [root, findings, all] = read("a: 1\n  b: : 2\n");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].place.line == 2);
  CHECK(findings[0].place.column > 1);
  CHECK(read("a: \"open\nb: 2\n").all == "f.yaml:3:1: a quoted text that is never closed\n");
  CHECK_FALSE(read("a: 'open").findings.empty());
  CHECK_FALSE(read("a: *nowhere\n").findings.empty());
}

TEST_CASE("bytes that the parser would pass over in silence are refused")
{
  CHECK(read("a: 1\nb: \xC3\x28\n").all ==
        "f.yaml:2:4: a byte that is not UTF-8; save it as UTF-8\n");
  CHECK(read("a: 1\n\x04\nb: 2\n").all == "f.yaml:2:1: a control character; remove it\n");
  CHECK(read(std::string_view("a: \0", 4)).all == "f.yaml:1:4: a control character; remove it\n");
  CHECK(read("\xEF\xBB\xBF"
             "a: 1\r\nb: 2\r\n")
            .findings.empty());
}

TEST_CASE("bounds hold on size, values and depth")
{
  CHECK(read(std::string(1'100'000, ' ')).all ==
        "f.yaml: the file is larger than 1 MiB; split it\n");
  CHECK(read(repeated("- 1\n", 100'001)).all.find("more than 100000 values") != std::string::npos);
  CHECK(read(repeated("- 1\n", 99'000)).findings.empty());
  CHECK_FALSE(read(repeated("[", 500'000)).findings.empty());
  CHECK_FALSE(read(repeated("{a: ", 100'000)).findings.empty());
}

TEST_CASE("aliases cannot blow up")
{
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
            repeated(before + ", ", 8) + before + "]\n";
  }
  const auto result = read(bomb);
  CHECK(result.findings.size() == 9 + 8 * 9);
}

TEST_CASE("an empty file is null and no error")
{
  CHECK(read("").root.is_null());
  CHECK(read("# only words\n").findings.empty());
  CHECK(read("--- \na: 1\n...\n").findings.empty());
  CHECK(read("a: |+\n  x\n\n").root.find("a")->scalar == "x\n\n");
}

TEST_CASE("only a regular file is read")
{
  const auto folder =
      std::filesystem::temp_directory_path() / ("gramsetu-document-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::vector<Finding> findings;
  const std::string path = (folder / "a.yaml").string();
  std::ofstream(path) << "a: 1\n";
  CHECK(read_document(path, findings).find("a")->scalar == "1");
  CHECK(findings.empty());
  read_document((folder / "none.yaml").string(), findings);
  read_document(folder.string(), findings);
  read_document("/dev/zero", findings);
  REQUIRE(findings.size() == 3);
  CHECK(findings[0].wrong == "there is no such file");
  CHECK(findings[1].wrong == "this is not a regular file");
  CHECK(findings[2].wrong == "this is not a regular file");
  std::filesystem::remove_all(folder);
}

TEST_CASE("the nearest word is offered when it is near")
{
  const std::vector<std::string> words = {"interval", "every", "direction", "window", "cron"};
  CHECK(nearest("intervall", words) == "interval");
  CHECK(nearest("evrey", words) == "every"); // two letters swapped are one slip
  CHECK(nearest("dirction", words) == "direction");
  CHECK(nearest("corn", words) == "cron");
  CHECK(nearest("endpoint", words).empty());
  CHECK(nearest("", words).empty());
  CHECK(nearest("x", {}).empty());
  CHECK(nearest(std::string(100'000, 'x'), words).empty());
}
