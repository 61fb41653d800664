// A batch as one request holds it, and whose each result in its answer is.
#pragma once

#include "connectors/http/push.hpp"

#include <map>
#include <string>
#include <vector>

namespace gramsetu::connectors::http {

using Intents = std::vector<const Intent*>;

// Refers to what it was made from.
class Batch {
public:
  Batch(const Stream& stream, const PushPlan& plan, const Intents& intents);

  // The list of items; `invalid` when one of them does not take what must go into it.
  Result<schema::Value> items() const;

  // One receipt per intent, in order. Results are told apart by what they name, whatever their order and
  // number: what the answer does not speak of, or speaks of twice, is unknown by itself, and a result that
  // names nobody of the batch is nobody's.
  std::vector<Receipt> read(const Request& request, const schema::Value& body,
                            const std::string& elsewhere = "") const;

private:
  Result<schema::Value> item(const Intent& intent) const;
  std::string name_of_intent(std::size_t index) const;
  Receipt receipt(const Request& request, const Intent& intent, const schema::Value& result) const;
  Receipt rejected(const Request& request, const Intent& intent, const schema::Value& result,
                   const schema::Value& error) const;

  const Stream& stream_;
  const BulkPlan& bulk_;
  const Intents& intents_;
  std::map<std::string, std::size_t> index_; // by what the results name
};

} // namespace gramsetu::connectors::http
