// A folder of CSV or NDJSON files, in the words of a manifest that ships, as a world of the contract.
#pragma once

#include "connectors/api/manifest.hpp"
#include "connectors/files/files.hpp"
#include "tests/contract/connector_contract.hpp"
#include "tests/contract/made_records.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
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

  bool strike(Mishap mishap, int skip) override;

  void calm() override
  {
    if (std::filesystem::exists(folder_.path() + ".away"))
      std::filesystem::rename(folder_.path() + ".away", folder_.path());
    write(kRecords, "");
  }

  bool tells_total() const override { return true; }
  bool is_remote() const override { return false; }
  std::size_t effects() override { return effects_of("idem-"); }

  std::size_t effects_of(const std::string& idempotency_key) override;

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

  connectors::EndpointSettings settings() const;

  std::string name() const { return plan_.file + plan_.format + (plan_.packed ? ".gz" : ""); }

  std::string content(int records, const std::string& touched) const;

  std::string line_of(const schema::Value& body, bool names) const;

  void write(int records, const std::string& touched);

  const FolderPlan plan_;
  test::TempDir folder_;
  std::shared_ptr<const connectors::Manifest> manifest_;
  const connectors::Stream* stream_ = nullptr;
  SystemClock clock_;
  NullSink sink_;
};

} // namespace gramsetu::contract
