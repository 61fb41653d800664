// A system that behaves as one stream of a manifest says: the manifest read from the other side.
#pragma once

#include "connectors/api/manifest.hpp"
#include "connectors/http/plan.hpp"
#include "connectors/kit/sealed.hpp"
#include "tests/endpoints/endpoint.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace gramsetu::contract {

// What a mirror is made of. The shape of answers is a fixture's: nothing of it is invented here.
struct MirrorParts {
  std::shared_ptr<const connectors::Manifest> manifest;
  const connectors::Stream* stream = nullptr;
  connectors::http::StreamPlan plan;
  std::vector<connectors::http::RequestPlan>
      doors;                       // what else may be asked for, to see whether it answers
  connectors::http::Values values; // {options.x}, {slice.x}, {hub}
  schema::Value around;            // an answer without its records
  schema::Value pattern;           // one record as it comes
  bool single = false;             // where the records are, there is one and no list
};

// A request that fits what a plan says, with what stood in its blanks.
using Blanks = std::map<std::string, std::string>;
std::optional<Blanks> fitting(const connectors::http::RequestPlan& plan,
                              const connectors::http::Values& values, const sim::Request& request);

class Mirror final : public sim::Endpoint {
public:
  explicit Mirror(MirrorParts parts);

  // Fresh records, made of the pattern, that last changed long ago.
  void seed(std::size_t count);
  void touch(); // one of them changes now
  void empty(); // all are deleted, or gone where deletes do not show
  void seal(std::shared_ptr<const connectors::kit::Sealed> sealed) { sealed_ = std::move(sealed); }
  void at(std::string url) { url_ = std::move(url); }

  const schema::Record& pattern() const { return pattern_; }

protected:
  sim::Response answer(const sim::Request& request) override;
  sim::Row make_row(const std::string&, schema::Object) override { return {}; }
  sim::Row changed_row(const std::string&, const sim::Row&, schema::Object, bool) override
  {
    return {};
  }

private:
  struct Held {
    schema::Value body;
    std::string id, key;
    std::int64_t version = 1;
    Instant modified{};
    bool deleted = false;
  };
  // One write as it was asked for, alone or in a batch.
  struct Write {
    connectors::Verb verb = connectors::Verb::create;
    Blanks blanks;
    schema::Value body;
    std::string expected, idempotency_key;
  };
  struct Done {
    enum class Kind { done, moved, missing } kind = Kind::done;
    const Held* held = nullptr;
  };

  sim::Response respond(const sim::Request& request);
  sim::Response list(const sim::Request& request);
  sim::Response look(const connectors::http::ProbeWay& way, const Blanks& blanks);
  sim::Response write(const connectors::http::WritePlan& plan, connectors::Verb verb,
                      const sim::Request& request, const Blanks& blanks);
  sim::Response batch(const connectors::http::BulkPlan& plan, const sim::Request& request);
  schema::Value batch_item(const connectors::http::BulkPlan& plan, const schema::Value& item,
                           bool& good);
  Done carry_out(const Write& write);
  Done create(const Write& write);

  std::vector<const Held*> selected(const sim::Request& request) const;
  std::string extra(const sim::Request& request, const std::string& name) const;
  Held* find(const Blanks& blanks);
  bool is_named(const Held& held, const Blanks& blanks) const;
  void stamp(Held& held, Instant now);
  bool is_of_slice(const std::string& pointer) const;
  sim::Response document(schema::Value body) const;
  sim::Response told(schema::Value body, int status) const; // the answer to a write
  bool upserts() const; // the same request makes a record and changes it
  sim::Response trouble(connectors::http::Action action, int status) const;
  std::string slot(const connectors::http::Slot& slot, const sim::Request& request,
                   schema::Value& body) const;

  const MirrorParts parts_;
  schema::Record pattern_; // what the pattern means
  std::vector<Held> held_;
  std::int64_t changes_ = 0; // a number for each, where the cursor is one
  std::int64_t ids_ = 0;
  std::map<std::string, sim::Response> remembered_; // by idempotency key
  std::map<std::string, schema::Value> remembered_items_;
  std::shared_ptr<const connectors::kit::Sealed> sealed_;
  std::string url_;
};

} // namespace gramsetu::contract
