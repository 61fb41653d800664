// What of a run still stands in a record's history.
#include "daemon/engine/undo_history.hpp"
#include "tests/support/memory_endpoint.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::engine;

namespace {

// A history in lines: "RUN KIND [field=before>after ...]"; an undo's run is "U:X".
struct Told {
  std::shared_ptr<const schema::Entities> entities{test::note_entity()};
  const schema::Entity& entity = *entities->find("note");
  std::vector<store::ChangeRow> rows;

  Told& add(const std::string& run, const std::string& kind, const std::string& fields = "",
            const std::string& undoes = "")
  {
    store::ChangeRow row;
    row.sequence = static_cast<std::int64_t>(rows.size()) + 1;
    row.run = run;
    row.kind = kind;
    row.fields = fields;
    row.origin = run.empty() ? "local" : "csc";
    row.actor = run.empty() ? "clerk" : "";
    row.rule = undoes.empty() ? "only csc changed it" : undo_rule(undoes);
    rows.push_back(std::move(row));
    return *this;
  }

  // "remove | restore | title=a", and what is left in brackets.
  std::string back(const std::string& run, bool alive = true) const
  {
    const auto done = what_to_put_back(entity, rows, run, alive);
    if (!done) return done.error().what;
    std::string text = done->remove ? "remove " + done->from : done->restore ? "restore" : "";
    for (const auto& field : done->fields)
      text += " " + entity.fields[field.field].name + "=" +
              (field.before.is_text() ? field.before.text() : "none");
    for (const auto& left : done->left)
      text += " [" + left.field + " " + left.why + "]";
    return text;
  }
};

} // namespace

TEST_CASE("fields that only the run changed go back, each to what it was before the run")
{
  const auto told = Told().add("X", "updated", R"({"title":["a","b"],"remark":[null,"r"]})");
  CHECK(told.back("X") == " title=a remark=none");
  const auto twice = Told()
                         .add("X", "updated", R"({"title":["a","b"]})")
                         .add("X", "updated", R"({"title":["b","c"]})");
  CHECK(twice.back("X") == " title=a");
}

TEST_CASE("a field that somebody changed since is left, and the others go back")
{
  const auto told = Told()
                        .add("X", "updated", R"({"title":["a","b"],"remark":["q","r"]})")
                        .add("", "updated", R"({"title":["b","c"]})");
  CHECK(told.back("X") == " remark=q [title changed since by clerk]");
  const auto run = Told()
                       .add("X", "updated", R"({"title":["a","b"]})")
                       .add("Y", "updated", R"({"title":["b","a"]})");
  CHECK(run.back("X") == " [title changed since by csc, run Y]");
}

TEST_CASE("what the run changed last, after somebody else, goes back to that somebody's value")
{
  const auto told = Told()
                        .add("X", "updated", R"({"title":["a","b"]})")
                        .add("", "updated", R"({"title":["b","c"]})")
                        .add("X", "updated", R"({"title":["c","d"]})");
  CHECK(told.back("X") == " title=c");
}

TEST_CASE("what was put back already is not put back again, unless that was undone")
{
  auto told = Told()
                  .add("X", "updated", R"({"title":["a","b"]})")
                  .add("U", "updated", R"({"title":["b","a"]})", "X");
  CHECK(told.back("X").empty());
  CHECK(told.back("U") == " title=b");
  told.add("V", "updated", R"({"title":["a","b"]})", "U");
  CHECK(told.back("U").empty());
  CHECK(told.back("X") == " title=a");
}

TEST_CASE("runs one after another are undone from the last to the first")
{
  auto told = Told()
                  .add("X", "updated", R"({"title":["a","b"]})")
                  .add("Y", "updated", R"({"title":["b","c"]})");
  CHECK(told.back("X") == " [title changed since by csc, run Y]");
  told.add("U", "updated", R"({"title":["c","b"]})", "Y");
  CHECK(told.back("X") == " title=a");
  // An undo that put back one field only says nothing about the other.
  const auto part = Told()
                        .add("X", "updated", R"({"title":["a","b"],"remark":["q","r"]})")
                        .add("Y", "updated", R"({"title":["b","c"],"remark":["r","s"]})")
                        .add("U", "updated", R"({"title":["c","b"]})", "Y");
  CHECK(part.back("X") == " title=a [remark changed since by csc, run Y]");
}

TEST_CASE("a record that the run brought goes, unless anybody has said anything about it since")
{
  auto told = Told().add("X", "created").add("X", "updated", R"({"title":["a","b"]})");
  CHECK(told.back("X") == "remove csc");
  CHECK(told.back("X", false).empty());
  told.add("", "updated", R"({"remark":[null,"mine"]})");
  CHECK(told.back("X") == " [ changed since by clerk]");
  const auto gone = Told().add("X", "created").add("", "deleted", R"({"title":["a",null]})");
  CHECK(gone.back("X", false) == " [ deleted since by clerk]");
  const auto restored = Told().add("X", "restored");
  CHECK(restored.back("X") == "remove csc");
}

TEST_CASE("a record that the run deleted comes back as it was before the run")
{
  const auto told = Told()
                        .add("X", "updated", R"({"title":["a","b"]})")
                        .add("X", "deleted", R"({"title":["b",null],"remark":["q",null]})");
  CHECK(told.back("X", false) == "restore title=a");
  auto since = Told().add("X", "deleted", R"({"title":["b",null]})").add("", "restored");
  CHECK(since.back("X") == " [ restored since by clerk]");
  auto undone =
      Told().add("X", "deleted", R"({"title":["b",null]})").add("U", "restored", "{}", "X");
  CHECK(undone.back("X").empty());
  CHECK(undone.back("U") == "remove csc");
}

TEST_CASE("news that was superseded before it was applied was never in the record")
{
  const auto told = Told().add("X", "superseded", R"({"title":"b"})");
  CHECK(told.back("X").empty());
}
