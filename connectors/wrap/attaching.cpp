// One document after the other, none of them twice in memory.
#include "connectors/wrap/attaching.hpp"

#include "base/base64.hpp"
#include "schema/aadhaar.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::wrap {

namespace {

using schema::Value;

std::string text_at(const Value& body, const std::string& pointer)
{
  const auto* value = pointer.empty() ? nullptr : schema::at_pointer(body, pointer);
  return value && value->is_text() ? value->text() : std::string();
}

std::string lower(std::string text)
{
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// "data:application/pdf;base64,...": some send the address of what they mean.
std::string_view without_scheme(std::string_view text)
{
  const auto comma = text.starts_with("data:") ? text.find(',') : text.npos;
  return comma == text.npos ? text : text.substr(comma + 1);
}

bool holds_numbers(const std::string& media_type, std::string_view bytes)
{
  const auto type = lower(media_type);
  const bool is_text =
      type.starts_with("text/") || type.find("xml") != type.npos || type.find("json") != type.npos;
  return is_text && schema::mask_numbers(bytes, schema::Hint::none);
}

struct Fault {
  std::string code, text;
};

using Wrong = std::optional<Fault>; // nothing: all is well

// What went wrong with one document; an error where more than it is at stake.
Result<Wrong> fault_of(const Attachment& wanted, const Error& error)
{
  switch (error.kind) {
  case ErrorKind::cancelled:
  case ErrorKind::throttled: return tl::unexpected<Error>(error);
  case ErrorKind::invalid:
    return Wrong(
        Fault{"TOO_LARGE", fmt::format("{}; {} bytes are allowed", error.what, wanted.max)});
  case ErrorKind::unsupported: return Wrong(Fault{"document_refused", error.what});
  default: return Wrong(Fault{"document_missing", error.what});
  }
}

bool is_mapped(const Stream& stream, const std::string& pointer)
{
  for (std::size_t field = 0; field < stream.entity->fields.size(); ++field) {
    const auto pointers = stream.mapping->pointers(field);
    if (std::find(pointers.begin(), pointers.end(), pointer) != pointers.end()) return true;
  }
  return false;
}

class Attaching final : public Connector {
public:
  Attaching(std::unique_ptr<Connector> inner, std::shared_ptr<Keeper> keeper, Turn turn)
      : inner_(std::move(inner)),
        fetcher_(dynamic_cast<Fetcher*>(inner_.get())),
        keeper_(std::move(keeper)),
        turn_(std::move(turn))
  {
  }

  Capabilities capabilities(const Stream& stream) const override
  {
    return inner_->capabilities(stream);
  }

  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    TRY(auto page, inner_->pull(request, stop));
    const auto plans = attachments_of(*request.stream);
    if (plans.empty()) return page;
    std::vector<RemoteRecord> good;
    for (auto& record : page.records) {
      TRY(const auto wrong, take_all({*request.stream, request.slice, stop}, plans, record));
      if (wrong)
        page.bad.push_back(
            {schema::to_json(record.body), wrong->first, wrong->second.code, wrong->second.text});
      else
        good.push_back(std::move(record));
    }
    page.records = std::move(good);
    return page;
  }

  std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                            std::stop_token stop) override
  {
    return inner_->push(stream, intents, std::move(stop));
  }

  Result<std::vector<Sighting>> probe(const Stream& stream, std::span<const Reference> references,
                                      std::stop_token stop) override
  {
    TRY(auto seen, inner_->probe(stream, references, stop));
    const auto plans = attachments_of(stream);
    for (auto& sighting : seen) {
      if (!sighting.found) continue;
      TRY(const auto wrong, take_all({stream, Slice(), stop}, plans, sighting.record));
      if (wrong) return fail(ErrorKind::invalid, wrong->second.code + ": " + wrong->second.text);
    }
    return seen;
  }

  Result<std::string> reach(std::stop_token stop) override
  {
    return inner_->reach(std::move(stop));
  }

  std::optional<ClockReading> clock() const override { return inner_->clock(); }

private:
  // On whose behalf it is asked.
  struct Asking {
    const Stream& stream;
    Slice slice;
    std::stop_token stop;
  };
  using At = std::optional<std::pair<std::string, Fault>>; // the field, and what is wrong there

  Result<At> take_all(const Asking& asking, const std::vector<Attachment>& plans,
                      RemoteRecord& record)
  {
    for (const auto& plan : plans) {
      if (record.deleted) continue;
      TRY(const auto wrong,
          plan.is_fetched() ? fetch(asking, plan, record.body) : take_out(plan, record.body));
      if (wrong) return At(std::pair(plan.field, *wrong));
    }
    for (const auto& plan : plans)
      leave_out(asking.stream, plan, record.body);
    return At();
  }

  // What only says where and of what kind the document is was read here, and is no drift.
  static void leave_out(const Stream& stream, const Attachment& plan, Value& body)
  {
    if (!stream.mapping) return;
    for (const auto& pointer : {plan.url, plan.digest, plan.type}) {
      if (!pointer.starts_with('/') || pointer == plan.field) continue;
      if (!schema::at_pointer(body, pointer)) continue;
      if (!is_mapped(stream, pointer)) schema::set_at_pointer(body, pointer, Value());
    }
  }

  // What stands in the record as base64.
  Result<Wrong> take_out(const Attachment& plan, Value& body)
  {
    const auto* there = schema::at_pointer(body, plan.field);
    if (!there || !there->is_text() || there->is_empty()) return Wrong(); // none, or taken out
    const auto coded = there->text();
    schema::set_at_pointer(body, plan.field, schema::Null{});
    const auto bytes = from_base64(without_scheme(coded));
    if (!bytes) return Wrong(Fault{"bad_attachment", bytes.error().what});
    return keep(plan, body, *bytes);
  }

  // What only its address stands for, or nothing of it.
  Result<Wrong> fetch(const Asking& asking, const Attachment& plan, Value& body)
  {
    if (!plan.url.empty() && text_at(body, plan.url).empty()) return Wrong();
    const auto stated = digest_from_hex(lower(text_at(body, plan.digest)));
    const auto size = keeper_ && stated ? keeper_->size_of(*stated) : std::nullopt;
    if (size) return describe(plan, body, {to_hex(*stated), *size, true});
    if (!fetcher_) return Wrong(Fault{"document_refused", "this endpoint cannot be asked for it"});
    if (turn_) TRY_VOID(turn_(asking.stop));
    auto fetched = fetcher_->fetch({asking.stream, plan, body, asking.slice}, asking.stop);
    if (!fetched) return fault_of(plan, fetched.error());
    if (plan.url != plan.field) schema::set_at_pointer(body, plan.field, schema::Null{});
    return fetched->bytes ? keep(plan, body, *fetched->bytes) : Wrong();
  }

  Result<Wrong> keep(const Attachment& plan, Value& body, const std::string& bytes)
  {
    if (bytes.size() > plan.max)
      return Wrong(Fault{"TOO_LARGE", fmt::format("the document has {} bytes, {} are allowed",
                                                  bytes.size(), plan.max)});
    const auto digest = sha256(bytes);
    const auto stated = lower(text_at(body, plan.digest));
    if (!stated.empty() && stated != to_hex(digest))
      return Wrong(
          Fault{"HASH_MISMATCH", fmt::format("the document's SHA-256 is {}, and {} was stated",
                                             to_hex(digest), stated)});
    const bool showing = holds_numbers(type_of(plan, body), bytes);
    if (keeper_ && !showing) TRY_VOID(keeper_->keep(digest, bytes));
    return describe(plan, body, {to_hex(digest), bytes.size(), !showing});
  }

  struct Known {
    std::string digest;
    std::uint64_t bytes = 0;
    bool kept = true;
  };

  // Of what nobody keeps nothing is said.
  Result<Wrong> describe(const Attachment& plan, Value& body, const Known& known) const
  {
    schema::Object said;
    said.append("sha256", known.digest);
    said.append("media_type", type_of(plan, body));
    said.append("bytes", static_cast<std::int64_t>(known.bytes));
    if (!known.kept) said.append("kept", false);
    schema::set_at_pointer(body, plan.field,
                           keeper_ ? Value(std::move(said)) : Value(schema::Null{}));
    return Wrong();
  }

  static std::string type_of(const Attachment& plan, const Value& body)
  {
    return plan.type.starts_with('/') ? text_at(body, plan.type) : plan.type;
  }

  std::unique_ptr<Connector> inner_;
  Fetcher* const fetcher_; // null: it cannot ask for documents
  std::shared_ptr<Keeper> keeper_;
  const Turn turn_;
};

} // namespace

std::unique_ptr<Connector> attaching(std::unique_ptr<Connector> inner,
                                     std::shared_ptr<Keeper> keeper, Turn turn)
{
  return std::make_unique<Attaching>(std::move(inner), std::move(keeper), std::move(turn));
}

} // namespace gramsetu::connectors::wrap
