// Documents that belong to records and do not come with them.
#pragma once

#include "connectors/api/attachment.hpp"
#include "connectors/http/context.hpp"

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace gramsetu::connectors::http {

// How documents are asked for that have no address: by stream and field.
using DocumentPlans = std::map<std::pair<std::string, std::string>, RequestPlan>;
DocumentPlans read_documents(const Manifest& manifest, std::vector<schema::Finding>& findings);

// Asks the endpoint itself as everything else is asked, and the hosts that a manifest lists without showing them
// anything of ours; nobody else, wherever an answer redirects to. A download that breaks off is gone on with. Any
// thread.
class Documents {
public:
  // `plan` outlives it. Null where the manifest has no document to be asked for.
  static std::unique_ptr<Documents> make(const EndpointSettings& settings, const Plan& plan,
                                         const std::optional<Identity>& identity,
                                         const Services& services);

  // `values`: what fills the blanks of requests.
  Result<Fetched> fetch(const DocumentOf& wanted, const Values& values, std::stop_token stop);

private:
  Documents(const EndpointSettings& settings, const Plan& plan,
            const std::optional<Identity>& identity, const Services& services);
  Result<Request> request_for(const DocumentOf& wanted, const Values& values);
  Outcome ask(const Attachment& wanted, const Request& request, const std::stop_token& stop);

  const bool allow_plaintext_;
  const Plan& plan_;
  const DocumentPlans plans_;
  Gateway home_;
  Client abroad_; // shows nothing of ours
};

} // namespace gramsetu::connectors::http
