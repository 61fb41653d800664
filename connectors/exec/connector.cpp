// The `exec` transport: a Singer tap to read from, a Singer target to write to, each in a process of its own.
#include "connectors/exec/exec.hpp"

#include "connectors/api/attachment.hpp"
#include "connectors/exec/pull.hpp"
#include "connectors/exec/target.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gramsetu::connectors::exec {

namespace {

class ExecConnector final : public Connector {
public:
  explicit ExecConnector(std::shared_ptr<const Context> context)
      : context_(std::move(context)), puller_(context_)
  {
  }

  Capabilities capabilities(const Stream& stream) const override
  {
    Capabilities can;
    const auto plan = context_->plan_of(stream);
    if (!plan || !(*plan)->push) return can;
    const PushPlan& push = *(*plan)->push;
    can.creates = can.updates = true;
    can.removes = !push.deleted_field.empty();
    // A record that comes again meets itself, whatever its key is called.
    can.idempotent = push.upserts;
    can.retention = push.retention;
    can.batch_max = push.batch;
    return can;
  }

  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    return puller_.pull(request, std::move(stop));
  }

  std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                            std::stop_token stop) override
  {
    std::vector<Receipt> receipts;
    const auto plan = context_->plan_of(stream);
    if (!plan || !(*plan)->push) {
      Receipt none;
      none.outcome = Receipt::Outcome::not_sent;
      none.error = {ErrorKind::unsupported, "this stream is not written", std::nullopt};
      receipts.assign(intents.size(), none);
      return receipts;
    }
    const PushPlan& push = *(*plan)->push;
    while (receipts.size() < intents.size()) {
      const auto rest = intents.subspan(receipts.size());
      const auto batch = rest.first(std::min(rest.size(), push.batch));
      for (auto& receipt : push_batch(*context_, stream, batch, stop))
        receipts.push_back(std::move(receipt));
    }
    return receipts;
  }

  Result<std::vector<Sighting>> probe(const Stream&, std::span<const Reference>,
                                      std::stop_token) override
  {
    return fail(ErrorKind::unsupported, "a tap cannot be asked for a single record");
  }

  Result<std::string> reach(std::stop_token stop) override
  {
    std::vector<std::string> words;
    const Plan& plan = context_->plan;
    if (plan.target) {
      TRY(const auto program, program_of(*plan.target));
      words.push_back(fmt::format("the target {} is there", program));
    }
    if (plan.tap) {
      TRY(const auto program, program_of(*plan.tap));
      words.push_back(fmt::format("the tap {} is there", program));
      if (plan.tap->discovers) {
        TRY(const auto streams, discover_streams(*context_, std::move(stop)));
        words.back() += fmt::format(", and offers {}", fmt::join(streams, ", "));
      }
    }
    return fmt::format("{}", fmt::join(words, "; "));
  }

private:
  Result<std::string> program_of(const ProgramPlan& program) const
  {
    TRY(const auto name, fill(program.command.front().scalar, context_->values));
    return find_program(name, context_->folder);
  }

  std::shared_ptr<const Context> context_;
  Puller puller_;
};

void check_manifest(const Manifest& manifest, std::vector<schema::Finding>& findings)
{
  NodeReader reader(findings);
  refuse_fetched(manifest.streams, reader);
  static_cast<void>(read_plan(manifest, reader));
}

Result<std::unique_ptr<Connector>> open(const EndpointSettings& settings, Services services)
{
  TRY(auto context, Context::make(settings, services));
  return std::unique_ptr<Connector>(std::make_unique<ExecConnector>(std::move(context)));
}

} // namespace

TransportType transport_type()
{
  return {"exec", "Singer taps and targets, each as a program of its own", check_manifest, open};
}

} // namespace gramsetu::connectors::exec
