// Asking the endpoint: signed, renewed once when it says 401, redirected only for reads and only home.
#pragma once

#include "base/ids.hpp"
#include "connectors/api/traffic.hpp"
#include "connectors/api/transport.hpp"
#include "connectors/http/auth.hpp"
#include "connectors/http/client.hpp"
#include "connectors/http/identity.hpp"
#include "connectors/http/plan.hpp"
#include "connectors/http/url.hpp"

#include <mutex>
#include <optional>
#include <stop_token>

namespace gramsetu::connectors::http {

// What was made of the endpoint's keys when it was opened.
struct Means {
  std::unique_ptr<seal::Sealer> sealer; // null: nothing is sealed
  std::optional<Identity> identity;     // none: we show no certificate
};

// One endpoint as the connector talks to it. Any thread.
class Gateway {
public:
  // `plan` outlives the gateway.
  Gateway(const EndpointSettings& settings, const Plan& plan, Means means,
          const Services& services);

  // `repeatable` requests may be redirected inside their origin, three times at most. A redirected
  // write comes back as the 3xx that it is: nothing of it goes anywhere else. Our own secrets are
  // masked in the body of a failed answer.
  Outcome ask(const Request& request, std::stop_token stop);

  // The best that recent answers told of the endpoint's clock.
  std::optional<ClockReading> clock() const;

  const Url& base() const { return base_; }
  Instant now() const { return clock_.now(); }
  std::string mint() { return ids_.idempotency_key(); } // of a request that has no key of its own
  Ticks ticks() const { return clock_.ticks(); }
  bool sleep_until(Ticks deadline, std::stop_token stop)
  {
    return clock_.sleep_until(deadline, stop);
  }

private:
  Outcome opened(Outcome outcome, const Request& request) const;
  Outcome follow(const Request& request, const std::stop_token& stop);
  Outcome signed_send(const Request& request, std::stop_token stop);
  void look_at_clock(const Response& response);

  Url base_;
  const Plan& plan_;
  std::unique_ptr<seal::Sealer> sealer_;
  Clock& clock_;
  Listener* listener_;
  const std::shared_ptr<Traffic> traffic_;
  Client client_;
  Credentials credentials_;
  Ids ids_;
  mutable std::mutex mutex_; // guards `reading_`
  std::optional<ClockReading> reading_;
};

} // namespace gramsetu::connectors::http
