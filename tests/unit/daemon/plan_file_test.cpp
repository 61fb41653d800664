// The file of a plan: what is written is read again, and what anybody changed is refused.
#include "daemon/commands/plan_file.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace gramsetu;
using namespace gramsetu::commands;

namespace {

schema::Object change(const std::string& key)
{
  schema::Object json;
  json.append("key", key);
  json.append("change", "update");
  json.append("digest", to_hex(sha256(key)));
  return json;
}

struct Desk {
  test::TempDir folder;
  std::string path = folder.file("plan.json");

  Desk()
  {
    PlanWriter writer(path);
    writer.begin({"jalpaiguri", "a.roy", "2026-11-23T10:00:00Z", {}});
    writer.part("voucher@central", "run-1");
    writer.change(change("V1"));
    writer.change(change("V2"));
    writer.part("voucher@state", "run-2");
    const auto written = writer.finish();
    REQUIRE_MESSAGE(written, written.error().what);
  }

  std::string read() const { return folder.read("plan.json"); }

  // Why the file with that text is refused.
  std::string refused(const std::string& text)
  {
    folder.write("plan.json", text);
    const auto plan = read_plan_file(path);
    if (plan) return "it was taken";
    CHECK(plan.error().kind == ErrorKind::invalid);
    return plan.error().what.substr(path.size());
  }
};

std::vector<std::string> lines_of(const std::string& text)
{
  std::istringstream input(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(input, line);)
    lines.push_back(line);
  return lines;
}

std::string joined(const std::vector<std::string>& lines)
{
  std::string text;
  for (const auto& line : lines)
    text += line + "\n";
  return text;
}

constexpr const char* kChanged = " was changed after it was written; make a new plan";

} // namespace

TEST_CASE("a plan comes back as it was written, and only its owner may read it")
{
  Desk desk;
  const auto plan = read_plan_file(desk.path);
  REQUIRE_MESSAGE(plan, plan.error().what);
  CHECK(plan->hub == "jalpaiguri");
  CHECK(plan->by == "a.roy");
  REQUIRE(plan->parts.size() == 2);
  CHECK(plan->parts[0].run == "run-1");
  CHECK(plan->parts[0].changes == 2);
  CHECK(plan->parts[0].digest != Digest{});
  CHECK(plan->parts[1].flow == "voucher@state");
  CHECK(plan->parts[1].changes == 0);
  struct stat info {};
  REQUIRE(::stat(desk.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK_FALSE(std::filesystem::exists(desk.path + ".part"));
}

TEST_CASE("a plan that was changed in any place is refused")
{
  Desk desk;
  const auto good = desk.read();
  const auto lines = lines_of(good);
  REQUIRE(lines.size() == 5);
  for (std::size_t i = 0; i < good.size(); i += 3) {
    auto bad = good;
    bad[i] = bad[i] == 'x' ? 'y' : 'x';
    CAPTURE(i);
    CHECK(desk.refused(bad) != "it was taken");
  }
  auto without = lines;
  without.erase(without.begin() + 1);
  CHECK(desk.refused(joined(without)) == kChanged);
  auto swapped = lines;
  std::swap(swapped[1], swapped[2]);
  CHECK(desk.refused(joined(swapped)) == kChanged);
  auto more = lines;
  more.push_back(lines[1]);
  CHECK(desk.refused(joined(more)) == kChanged);
}

TEST_CASE("a file that is no plan, of another format, cut off or not there is named as such")
{
  Desk desk;
  auto lines = lines_of(desk.read());
  CHECK(desk.refused("") == " is no plan");
  CHECK(desk.refused("hub:\n  name: x\n") == " is no plan");
  CHECK(desk.refused("{\"gramsetu_plan\":2}\n") ==
        " is a plan of format 2; this program reads format 1");
  lines.pop_back();
  CHECK(desk.refused(joined(lines)) == " is cut off before its end; make a new plan");
  std::filesystem::remove(desk.path);
  CHECK(read_plan_file(desk.path).error().what ==
        "cannot read " + desk.path + ": No such file or directory");
}

TEST_CASE("a plan that cannot be written leaves nothing behind and says why")
{
  test::TempDir folder;
  PlanWriter writer(folder.file("nowhere/plan.json"));
  const auto written = writer.finish();
  REQUIRE_FALSE(written);
  CHECK(written.error().what ==
        "cannot write " + folder.file("nowhere/plan.json") + ": No such file or directory");
  {
    PlanWriter given_up(folder.file("plan.json"));
    given_up.begin({});
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}
