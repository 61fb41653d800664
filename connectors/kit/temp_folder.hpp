// A folder for as long as a fixture is played.
#pragma once

#include "base/result.hpp"

#include <map>
#include <memory>
#include <string>

namespace gramsetu::connectors::kit {

class TempFolder {
public:
  static Result<std::unique_ptr<TempFolder>> make();
  ~TempFolder(); // with everything in it
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  Result<void> write(const std::string& name, const std::string& text) const; // makes its folders
  std::map<std::string, std::string> files() const; // by their names from the folder on

private:
  explicit TempFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

} // namespace gramsetu::connectors::kit
