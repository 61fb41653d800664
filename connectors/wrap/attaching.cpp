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

// What is wrong with the document, or nothing once it is kept.
Result<std::optional<Fault>> take_out(const Attachment& plan, Keeper* keeper, RemoteRecord& record)
{
  const auto* there = schema::at_pointer(record.body, plan.field);
  if (!there || !there->is_text() || there->is_empty()) return std::nullopt; // none, or taken out
  const auto coded = text_at(record.body, plan.field);
  schema::set_at_pointer(record.body, plan.field, schema::Null{});
  const auto bytes = from_base64(without_scheme(coded));
  if (!bytes) return Fault{"bad_attachment", bytes.error().what};
  if (bytes->size() > plan.max)
    return Fault{"TOO_LARGE",
                 fmt::format("the document has {} bytes, {} are allowed", bytes->size(), plan.max)};
  const auto digest = sha256(*bytes);
  const auto stated = lower(text_at(record.body, plan.digest));
  if (!stated.empty() && stated != to_hex(digest))
    return Fault{"HASH_MISMATCH", fmt::format("the document's SHA-256 is {}, and {} was stated",
                                              to_hex(digest), stated)};
  if (!keeper) return std::nullopt; // of what nobody keeps nothing is said
  const bool pointed = plan.type.starts_with('/');
  const auto type = pointed ? text_at(record.body, plan.type) : plan.type;
  schema::Object said;
  said.append("sha256", to_hex(digest));
  said.append("media_type", type);
  said.append("bytes", static_cast<std::int64_t>(bytes->size()));
  if (holds_numbers(type, *bytes))
    said.append("kept", false);
  else
    TRY_VOID(keeper->keep(digest, *bytes));
  schema::set_at_pointer(record.body, plan.field, Value(std::move(said)));
  return std::nullopt;
}

class Attaching final : public Connector {
public:
  Attaching(std::unique_ptr<Connector> inner, std::shared_ptr<Keeper> keeper)
      : inner_(std::move(inner)), keeper_(std::move(keeper))
  {
  }

  Capabilities capabilities(const Stream& stream) const override
  {
    return inner_->capabilities(stream);
  }

  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    TRY(auto page, inner_->pull(request, std::move(stop)));
    const auto plan = attachment_of(*request.stream);
    if (!plan) return page;
    std::vector<RemoteRecord> good;
    for (auto& record : page.records) {
      TRY(const auto fault, take_out(*plan, keeper_.get(), record));
      if (fault)
        page.bad.push_back({schema::to_json(record.body), plan->field, fault->code, fault->text});
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
    TRY(auto seen, inner_->probe(stream, references, std::move(stop)));
    const auto plan = attachment_of(stream);
    for (auto& sighting : seen) {
      if (!plan || !sighting.found) continue;
      TRY(const auto fault, take_out(*plan, keeper_.get(), sighting.record));
      if (fault) return fail(ErrorKind::invalid, fault->code + ": " + fault->text);
    }
    return seen;
  }

  Result<std::string> reach(std::stop_token stop) override
  {
    return inner_->reach(std::move(stop));
  }

  std::optional<ClockReading> clock() const override { return inner_->clock(); }

private:
  std::unique_ptr<Connector> inner_;
  std::shared_ptr<Keeper> keeper_;
};

} // namespace

std::unique_ptr<Connector> attaching(std::unique_ptr<Connector> inner,
                                     std::shared_ptr<Keeper> keeper)
{
  return std::make_unique<Attaching>(std::move(inner), std::move(keeper));
}

} // namespace gramsetu::connectors::wrap
