// A folder of CSV or NDJSON files, in the words of a manifest that ships, as a world of the contract.
#pragma once

#include "connectors/api/extract.hpp"
#include "connectors/api/manifest.hpp"
#include "connectors/files/files.hpp"
#include "connectors/formats/csv.hpp"
#include "schema/json.hpp"
#include "tests/contract/connector_contract.hpp"
#include "tests/contract/made_records.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/connectors/gzip_files.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace gramsetu::contract {

// More records than two pages hold.
inline constexpr int kRecords = 2'500;

// Which stream the folder holds, in which file.
struct FolderPlan {
  std::string format = "csv";
  bool packed = false;
  std::string manifest = "files", stream = "scheme", file = "scheme.";
};

class FolderWorld : public World {
public:
  explicit FolderWorld(FolderPlan plan) : plan_(std::move(plan))
  {
    manifest_ = shipped_manifest(plan_.manifest);
    stream_ = &stream_named(*manifest_, plan_.stream);
    write(kRecords, "");
  }

  std::unique_ptr<connectors::Connector> open() override
  {
    auto opened = open_at(settings());
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
    return std::move(*opened);
  }

  const connectors::Stream& stream() const override { return *stream_; }
  void touch() override { write(kRecords, "touched"); }
  void empty() override { write(0, ""); }

  bool strike(Mishap mishap, int skip) override
  {
    if (skip > 0) return false;
    auto text = content(kRecords, "");
    if (mishap == Mishap::truncated) {
      // In the middle of the bytes; of a table that is not packed, in the first cell of a row.
      const auto bytes = plan_.packed ? test::gzip(text) : text;
      folder_.write(name(), bytes.substr(0, plan_.packed ? bytes.size() / 2
                                                         : text.find('\n', text.size() / 2) + 3));
    } else if (mishap == Mishap::malformed) {
      text.insert(text.size() / 2, "\xFF\"{");
      folder_.write(name(), plan_.packed ? test::gzip(text) : text);
    } else if (mishap == Mishap::refused) {
      std::filesystem::rename(folder_.path(), folder_.path() + ".away");
    } else {
      return false;
    }
    return true;
  }

  void calm() override
  {
    if (std::filesystem::exists(folder_.path() + ".away"))
      std::filesystem::rename(folder_.path() + ".away", folder_.path());
    write(kRecords, "");
  }

  bool tells_total() const override { return true; }
  bool is_remote() const override { return false; }
  std::size_t effects() override { return effects_of("idem-"); }

  std::size_t effects_of(const std::string& idempotency_key) override
  {
    std::size_t count = 0;
    std::error_code none;
    const auto out = folder_.path() + "/out";
    for (const auto& entry : std::filesystem::directory_iterator(out, none)) {
      std::ifstream file(entry.path());
      std::stringstream text;
      text << file.rdbuf();
      // A key that is the beginning of another is not that one.
      const bool any = idempotency_key == "idem-";
      for (const char after : {',', '"', '\r'})
        if (any || text.str().find(idempotency_key + after) != std::string::npos) {
          ++count;
          break;
        }
    }
    return count;
  }

  connectors::Intent fresh(int number) override { return made_intent(*stream_, number); }

  schema::Value changed(const schema::Value& body, int number) override
  {
    return changed_body(*stream_, body, number);
  }

  std::string unknown_key() override { return "nowhere"; }

  const std::string& path() const { return folder_.path(); }

protected:
  virtual Result<std::unique_ptr<connectors::Connector>>
  open_at(const connectors::EndpointSettings& settings)
  {
    return connectors::files::transport_type().open(settings, services());
  }

  connectors::Services services() { return {clock_, Log(clock_, sink_), "hub"}; }

  connectors::EndpointSettings settings() const
  {
    connectors::EndpointSettings made;
    made.name = "drop";
    made.path = folder_.path();
    made.manifest = manifest_;
    if (plan_.manifest == "files") made.options["format"] = plan_.format;
    return made;
  }

  std::string name() const { return plan_.file + plan_.format + (plan_.packed ? ".gz" : ""); }

  std::string content(int records, const std::string& touched) const
  {
    const auto body = [&](int i) { return made_body(*stream_, fmt::format("{:05}", i)); };
    std::string text = plan_.format == "csv" ? line_of(body(0), true) : "";
    for (int i = 0; i < records; ++i) {
      const bool is_touched = i == 3 && !touched.empty();
      text += line_of(is_touched ? made_body(*stream_, fmt::format("{:05}", i), touched) : body(i),
                      false);
    }
    return text;
  }

  std::string line_of(const schema::Value& body, bool names) const
  {
    if (plan_.format != "csv") return schema::to_json(body) + "\n";
    std::vector<std::string> cells;
    for (const auto& member : body.object().members())
      cells.push_back(names ? member.name : connectors::scalar_text(member.value));
    return connectors::formats::write_row(cells, {',', '"'});
  }

  void write(int records, const std::string& touched)
  {
    const auto text = content(records, touched);
    folder_.write(name(), plan_.packed ? test::gzip(text) : text);
  }

  const FolderPlan plan_;
  test::TempDir folder_;
  std::shared_ptr<const connectors::Manifest> manifest_;
  const connectors::Stream* stream_ = nullptr;
  SystemClock clock_;
  NullSink sink_;
};

} // namespace gramsetu::contract
