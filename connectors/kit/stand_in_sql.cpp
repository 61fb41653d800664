// A table of an SQLite file, made by a fixture's script and prepared as an operator would.
#include "connectors/kit/record.hpp"
#include "connectors/kit/stand_in.hpp"
#include "connectors/kit/temp_folder.hpp"
#include "connectors/sql/ours.hpp"
#include "connectors/sql/sqlite.hpp"
#include "connectors/sql/words.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::kit {

namespace {

schema::Value value_of(const sql::Cell& cell)
{
  if (cell.kind == sql::Cell::Kind::null) return schema::Value(schema::Null());
  const auto number =
      cell.kind == sql::Cell::Kind::integer ? schema::read_integer(cell.text) : std::nullopt;
  return number ? schema::Value(*number) : schema::Value(cell.text);
}

// A file has no schemas: "csc.requests" is played as "requests".
std::shared_ptr<const Manifest> without_schemas(const Manifest& manifest,
                                                const std::map<std::string, std::string>& options)
{
  auto made = std::make_shared<Manifest>(manifest);
  std::vector<schema::Finding> findings;
  const auto words = sql::read_words(manifest, options, findings);
  for (auto& stream : made->streams) {
    const auto found = words.find(stream.name);
    if (found == words.end() || found->second.table.size() < 2) continue;
    for (auto& entry : stream.pull.entries)
      if (entry.key == "table") {
        entry.value.kind = schema::Node::Kind::scalar;
        entry.value.scalar = found->second.table.back();
        entry.value.items.clear();
      }
  }
  return made;
}

class SqlStandIn final : public StandIn {
public:
  explicit SqlStandIn(const Scene& scene) : scene_(scene) {}

  Result<void> serve(EndpointSettings& settings) override
  {
    TRY(folder_, TempFolder::make());
    TRY_VOID(folder_->write("local.db", ""));
    settings.manifest = without_schemas(*settings.manifest, settings.options);
    settings.url.clear();
    settings.path = folder_->path() + "/local.db";
    database_ = sql::sqlite_database(settings, clock_, true);
    std::vector<schema::Finding> findings;
    auto words = sql::read_words(*settings.manifest, settings.options, findings);
    words_ = words[scene_.stream.name];
    if (const auto made = run(scene_.fixture.script); !made)
      return within("the fixture's script", made.error());
    // What a column holds changes before we look, and a column goes after it: as it would happen.
    if (scene_.fault != Fault::missing_field) TRY_VOID(spoil());
    NullSink sink;
    const Services services{clock_, Log(clock_, sink), scene_.fixture.hub};
    // What cannot be prepared the connector says by itself, when it is asked.
    static_cast<void>(find_transport("sql")->prepare(settings, services, true, {}));
    return scene_.fault == Fault::missing_field ? spoil() : Result<void>();
  }

  std::size_t effects() const override
  {
    const auto count = rows("SELECT count(*) FROM " + sql::quoted(sql::kReceipts));
    return count && !count->empty()
               ? static_cast<std::size_t>(
                     schema::read_integer(count->front().front().text).value_or(0))
               : 0;
  }

  // All rows of the table, by its name.
  std::map<std::string, std::string> written() const override
  {
    const auto session = database_->connect({});
    const auto table = session ? (*session)->describe(words_.table) : fail_not_open();
    if (!table) return {};
    std::string names, order;
    for (const auto& column : table->columns)
      names += (names.empty() ? "" : ", ") + sql::quoted(column.name);
    for (const auto& column : words_.key)
      order += (order.empty() ? " ORDER BY " : ", ") + sql::quoted(column);
    const auto all = rows("SELECT " + names + " FROM " + sql::quoted(words_.table) + order);
    std::string text;
    for (const auto& row : all ? *all : std::vector<sql::Row>()) {
      schema::Object object;
      for (std::size_t i = 0; i < row.size(); ++i)
        object.append(table->columns[i].name, value_of(row[i]));
      text += schema::to_json(schema::Value(std::move(object))) + "\n";
    }
    return {{words_.table.back(), text}};
  }

private:
  static Result<sql::Table> fail_not_open()
  {
    return fail(ErrorKind::transient, "the database cannot be opened");
  }

  Result<void> run(const std::string& statements) const
  {
    TRY(const auto session, database_->connect({}));
    return session->script(statements);
  }

  Result<std::vector<sql::Row>> rows(const std::string& query) const
  {
    TRY(const auto session, database_->connect({}));
    sql::Statement statement(session->dialect());
    TRY(auto answer, session->run(statement.add(query)));
    return std::move(answer.rows);
  }

  // A column that can be spoiled: one that is mapped, and has a type or is not required.
  std::string column(bool typed) const
  {
    schema::Object row;
    for (const auto& field : mapped_fields(scene_.stream))
      for (const auto& pointer : field.from)
        row.set(sql::column_of(pointer), "there");
    return sql::column_of(pointer_to_spoil(scene_, schema::Value(std::move(row)), typed, false));
  }

  Result<void> spoil() const
  {
    const auto table = sql::quoted(words_.table);
    switch (scene_.fault) {
    case Fault::unknown_field:
      return run(fmt::format("ALTER TABLE {} ADD COLUMN {} TEXT DEFAULT 'new'", table, kDrifted));
    case Fault::missing_field:
      return run(fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", table,
                             sql::quoted(column(false)), kDrifted));
    case Fault::changed_type:
      return run(fmt::format("UPDATE {0} SET {1} = x'00ff' WHERE rowid ="
                             " (SELECT min(rowid) FROM {0})",
                             table, sql::quoted(column(true))));
    default: return {};
    }
  }

  const Scene scene_;
  std::unique_ptr<TempFolder> folder_;
  SystemClock clock_;
  std::unique_ptr<sql::Database> database_;
  sql::Words words_;
};

// A database asks for no patience, has no pages, and answers a COMMIT or has not done it.
bool can(const Scene& scene)
{
  return scene.fault == Fault::none || scene.fault == Fault::unknown_field ||
         scene.fault == Fault::missing_field || scene.fault == Fault::changed_type;
}

Result<std::unique_ptr<StandIn>> open(const Scene& scene)
{
  return std::unique_ptr<StandIn>(std::make_unique<SqlStandIn>(scene));
}

} // namespace

StandInType sql_stand_in()
{
  return {"sql", can, open, record_sql};
}

} // namespace gramsetu::connectors::kit
