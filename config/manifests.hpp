// The manifests that endpoints name, each read once.
#pragma once

#include "config/binding.hpp"

#include <map>
#include <memory>
#include <string>

namespace gramsetu::config {

class Manifests {
public:
  explicit Manifests(Binding& binding);

  // What `connector:` of an endpoint stands for: a name, a file or the manifest itself. Null when
  // there is none (a finding). An endpoint whose manifest has findings is noted in
  // `binding.unread`.
  std::shared_ptr<const connectors::Manifest> of(const std::string& endpoint,
                                                 const schema::Node& connector);

private:
  struct Read {
    std::shared_ptr<const connectors::Manifest> manifest;
    bool clean = false;
  };
  Read read(schema::Node document);
  std::shared_ptr<const connectors::Manifest> from_file(const std::string& endpoint,
                                                        const std::string& path);

  Binding& binding_;
  std::map<std::string, std::string> files_; // by name
  std::map<std::string, Read> read_;         // by path
};

} // namespace gramsetu::config
