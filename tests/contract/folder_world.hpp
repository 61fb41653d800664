// A folder of CSV or NDJSON files as a world of the contract.
#pragma once

#include "connectors/files/files.hpp"
#include "schema/json.hpp"
#include "tests/contract/connector_contract.hpp"
#include "tests/contract/schemes.hpp"
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

class FolderWorld : public World {
public:
  FolderWorld(std::string format, bool packed) : format_(std::move(format)), packed_(packed)
  {
    std::vector<schema::Finding> findings;
    const auto file = std::string(GRAMSETU_SOURCE_DIR) + "/connectors/manifests/files.yaml";
    manifest_ = connectors::read_manifest(schema::read_document(file, findings), shipped_entities(),
                                          findings);
    REQUIRE(findings.empty());
    stream_ = manifest_->stream_of("scheme");
    REQUIRE(stream_ != nullptr);
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
      const auto bytes = packed_ ? test::gzip(text) : text;
      folder_.write(name(), bytes.substr(0, bytes.size() / 2));
    } else if (mishap == Mishap::malformed) {
      text.insert(text.size() / 2, "\xFF\"{");
      folder_.write(name(), packed_ ? test::gzip(text) : text);
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

  connectors::Intent fresh(int number) override { return fresh_scheme(number); }

  schema::Value changed(const schema::Value& body, int number) override
  {
    return renamed(body, number);
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
    made.options["format"] = format_;
    return made;
  }

  std::string name() const { return "scheme." + format_ + (packed_ ? ".gz" : ""); }

  std::string content(int records, const std::string& touched) const
  {
    std::string text = format_ == "csv" ? "scheme_code,name\n" : "";
    for (int i = 0; i < records; ++i) {
      const auto label = i == 3 && !touched.empty() ? touched : "Scheme " + std::to_string(i);
      text += format_ == "csv"
                  ? fmt::format("S{},{}\n", i, label)
                  : fmt::format("{{\"scheme_code\":\"S{}\",\"name\":\"{}\"}}\n", i, label);
    }
    return text;
  }

  void write(int records, const std::string& touched)
  {
    const auto text = content(records, touched);
    folder_.write(name(), packed_ ? test::gzip(text) : text);
  }

  const std::string format_;
  const bool packed_;
  test::TempDir folder_;
  std::shared_ptr<const connectors::Manifest> manifest_;
  const connectors::Stream* stream_ = nullptr;
  SystemClock clock_;
  NullSink sink_;
};

} // namespace gramsetu::contract
