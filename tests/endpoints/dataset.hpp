// Data sets served as they are: rows of a CSV or NDJSON file as JSON objects.
#pragma once

#include "tests/endpoints/endpoint.hpp"

#include <string>
#include <vector>

namespace gramsetu::sim {

// The rows of a `.csv` or `.ndjson` file, with or without `.gz`, each as the JSON of an object.
Result<std::vector<std::string>> read_rows(const std::string& path);

// A whole file, unpacked when its name ends in ".gz".
Result<std::string> read_file(const std::string& path);

// Rows of CSV text as JSON objects of texts. Reads on its own, so that the hub's reader is not judged
// by itself.
std::vector<std::string> rows_of_csv(const std::string& text);

// A record's id is its number, from 1.
class GenericEndpoint final : public Endpoint {
public:
  GenericEndpoint(std::uint64_t seed, Now now) : Endpoint("generic", seed, std::move(now)) {}

  // {"stream", "file"} or {"stream", "records", "replace"}; the data set may be new.
  Result<void> load(const std::string& stream, const schema::Value& body) override;
  Result<void> load_file(const std::string& name, const std::string& path);

protected:
  Response answer(const Request& request) override;
  Row make_row(const std::string& stream, schema::Object record) override;
  Row changed_row(const std::string& stream, const Row& row, schema::Object record,
                  bool deleted) override;
};

} // namespace gramsetu::sim
