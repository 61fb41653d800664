// Recording a tap: what it says of one stream, cut to some records.
#include "connectors/exec/message.hpp"
#include "connectors/kit/record.hpp"
#include "connectors/kit/rows.hpp"
#include "schema/json.hpp"

#include <mutex>

namespace gramsetu::connectors::kit {

namespace {

using Kind = exec::Message::Kind;

// Its SCHEMA, some records, and of its states the last. Other streams are left out.
class Messages final : public Listener {
public:
  explicit Messages(std::size_t most) : most_(most) {}

  void exchanged(const Exchanged& said) override
  {
    const std::lock_guard lock(mutex_);
    const auto message = exec::read_message(said.answer);
    if (message.kind == Kind::state) state_ = schema::to_json(message.body);
    if (message.stream != said.url) return;
    if (message.kind == Kind::activate) mark_ = said.answer + "\n";
    const bool record = message.kind == Kind::record || message.kind == Kind::bad_record;
    if (record ? records_++ < most_ : message.kind == Kind::schema) text_ += said.answer + "\n";
  }

  std::string text() const { return text_ + mark_; }
  const std::string& state() const { return state_; }

private:
  const std::size_t most_;
  std::mutex mutex_; // guards all below, while the tap runs
  std::size_t records_ = 0;
  std::string text_, mark_, state_;
};

} // namespace

Result<void> record_exec(const Recording& recording, Fixture& fixture)
{
  const auto& order = recording.order;
  Messages messages(recording.most());
  Services services = order.services;
  services.listener = &messages;
  TRY(const auto connector, find_transport("exec")->open(order.settings, services));
  PullRequest request;
  request.stream = &order.stream;
  request.slice = order.slice;
  TRY_VOID(connector->pull(request, {}));
  const auto shape = row_shape(*order.settings.manifest, order.stream, order.settings.options);
  auto made = edit_rows(messages.text(), shape, [&](schema::List& rows) {
    for (auto& row : rows)
      recording.scrubber.record(row);
  });
  auto text = made ? std::move(*made) : messages.text();
  if (auto state = schema::parse_json(messages.state())) {
    recording.scrubber.around(*state, {}, "");
    text += exec::state_line(*state);
  }
  fixture.messages = recording.clean(std::move(text));
  return {};
}

} // namespace gramsetu::connectors::kit
