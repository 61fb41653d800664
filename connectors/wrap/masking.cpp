// The innermost of what the engine sees, the outermost of what an endpoint says.
#include "connectors/wrap/masking.hpp"

#include "schema/aadhaar.hpp"
#include "schema/ingest.hpp"
#include "schema/json.hpp"

namespace gramsetu::connectors::wrap {

namespace {

using schema::Hint;

schema::Ingest ingest_of(const Stream& stream)
{
  return {*stream.entity,
          *stream.mapping,
          {stream.id_pointer, stream.version_pointer, stream.modified_pointer,
           stream.deleted_pointer, stream.cursor_pointer}};
}

void mask_words(std::string& words, Hint hint)
{
  auto masked = schema::mask_numbers(words, hint);
  if (masked) words = std::move(*masked);
}

Error masked(Error error)
{
  mask_words(error.what, Hint::none);
  return error;
}

// False when nothing can stand for the record's key. Of bytes that held what was masked no digest is kept: the hidden
// digits are few enough to be guessed.
bool mask_record(const schema::Ingest& ingest, RemoteRecord& record)
{
  const auto masked = ingest.mask(record.body);
  if (!masked.pointers.empty()) record.fingerprint.clear();
  return !masked.in_key;
}

BadPiece without_key(const RemoteRecord& record)
{
  BadPiece piece{schema::to_json(record.body), "", "forbidden",
                 "its key is an Aadhaar number, which is not kept; map another key"};
  mask_words(piece.bytes, Hint::broken);
  return piece;
}

// Takes what stands at a pointer out of its object.
void erase_at(schema::Value& body, const std::string& pointer)
{
  const auto slash = pointer.rfind('/');
  const auto* above = schema::at_pointer(body, pointer.substr(0, slash));
  if (!above || !above->is_object()) return;
  auto rest = above->object();
  rest.erase(pointer.substr(slash + 1));
  if (slash == 0)
    body = schema::Value(std::move(rest));
  else
    schema::set_at_pointer(body, pointer.substr(0, slash), schema::Value(std::move(rest)));
}

// Takes out what is masked; the name of a field that was, or nothing.
std::string leave_out_masked(const Stream& stream, schema::Value& body)
{
  std::string left;
  const auto& pushed = stream.mapping->pushed();
  for (std::size_t i = 0; i < pushed.size(); ++i) {
    const auto pointers = pushed[i] ? stream.mapping->pointers(i) : std::vector<std::string>();
    const auto* value = pointers.empty() ? nullptr : schema::at_pointer(body, pointers.front());
    const auto& field = stream.entity->fields[i];
    if (!value || !is_withheld(field, *value)) continue;
    left = field.name;
    erase_at(body, pointers.front());
  }
  return left;
}

bool says_kept(const Stream& stream)
{
  const auto* update = stream.push.is_map() ? stream.push.find("update") : nullptr;
  if (!update || !update->is_map() || stream.push.find("bulk")) return false;
  const auto* unnamed = update->find("unnamed");
  if (unnamed) return unnamed->scalar == "kept";
  const auto* method = update->find("method");
  const auto* request = update->find("request");
  if (!method && request && request->is_map()) method = request->find("method");
  return method && method->scalar == "PATCH";
}

Receipt would_overwrite(const std::string& field)
{
  Receipt receipt;
  receipt.outcome = Receipt::Outcome::refused;
  receipt.error = {
      ErrorKind::invalid,
      "field '" + field +
          "' is masked here, and the endpoint takes whole records only: to send the "
          "others would overwrite what it has there; change the record at the endpoint",
      std::nullopt};
  return receipt;
}

class Masking final : public Connector {
public:
  Masking(std::unique_ptr<Connector> inner, bool keeps_unnamed)
      : inner_(std::move(inner)), keeps_unnamed_(keeps_unnamed)
  {
  }

  Capabilities capabilities(const Stream& stream) const override
  {
    return inner_->capabilities(stream);
  }

  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    auto page = inner_->pull(request, std::move(stop));
    if (!page) return tl::unexpected(masked(std::move(page.error())));
    for (auto& piece : page->bad) {
      mask_words(piece.bytes, Hint::broken);
      mask_words(piece.text, Hint::broken);
    }
    const auto ingest = ingest_of(*request.stream);
    std::erase_if(page->records, [&](RemoteRecord& record) {
      if (mask_record(ingest, record)) return false;
      page->bad.push_back(without_key(record));
      return true;
    });
    return page;
  }

  std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                            std::stop_token stop) override
  {
    std::vector<Receipt> receipts(intents.size());
    std::vector<Intent> going;
    std::vector<std::size_t> places;
    const bool kept = keeps_unnamed_ || says_kept(stream);
    for (std::size_t i = 0; i < intents.size(); ++i) {
      auto intent = intents[i];
      const auto left = leave_out_masked(stream, intent.body);
      if (intent.verb == Verb::update && !left.empty() && !kept) {
        receipts[i] = would_overwrite(left);
        continue;
      }
      going.push_back(std::move(intent));
      places.push_back(i);
    }
    if (going.empty()) return receipts;
    auto some = inner_->push(stream, going, std::move(stop));
    for (std::size_t i = 0; i < some.size(); ++i) {
      mask_words(some[i].error.what, Hint::none);
      receipts[places[i]] = std::move(some[i]);
    }
    return receipts;
  }

  Result<std::vector<Sighting>> probe(const Stream& stream, std::span<const Reference> references,
                                      std::stop_token stop) override
  {
    auto seen = inner_->probe(stream, references, std::move(stop));
    if (!seen) return tl::unexpected(masked(std::move(seen.error())));
    const auto ingest = ingest_of(stream);
    for (auto& sighting : *seen)
      mask_record(ingest, sighting.record);
    return seen;
  }

  Result<std::string> reach(std::stop_token stop) override
  {
    auto reached = inner_->reach(std::move(stop));
    if (!reached) return tl::unexpected(masked(std::move(reached.error())));
    mask_words(*reached, Hint::none);
    return reached;
  }

  std::optional<ClockReading> clock() const override { return inner_->clock(); }

private:
  std::unique_ptr<Connector> inner_;
  bool keeps_unnamed_;
};

} // namespace

std::unique_ptr<Connector> masking(std::unique_ptr<Connector> inner, bool keeps_unnamed)
{
  return std::make_unique<Masking>(std::move(inner), keeps_unnamed);
}

} // namespace gramsetu::connectors::wrap
