// The entries of a zip file, read where they lie: nothing is ever unpacked to a path.
#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "connectors/files/source.hpp"
#include "connectors/formats/bytes.hpp"

#include <memory>
#include <string>

namespace gramsetu::connectors::files {

// One reader, one thread at a time. The entries must not outlive it.
class Zip {
public:
  // Refuses what no program that writes documents makes: names that lead elsewhere, the same name twice,
  // encrypted entries, too many of them, or sizes that the limits do not allow.
  static Result<std::unique_ptr<Zip>> open(const Descriptor& file, const SourceLimits& limits);
  ~Zip();

  bool has(const std::string& name) const;
  // The end is only said with the checksum found right.
  Result<std::unique_ptr<formats::Bytes>> entry(const std::string& name);

private:
  struct Impl;
  explicit Zip(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace gramsetu::connectors::files
