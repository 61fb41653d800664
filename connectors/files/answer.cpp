// Matching results to intents, and taking rejected batches apart.
#include "connectors/files/answer.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/files/paths.hpp"
#include "connectors/files/reader.hpp"
#include "connectors/files/signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <unistd.h>

namespace gramsetu::connectors::files {

namespace {

using Became = Receipt::Outcome;

constexpr std::size_t kAnswerBytes = 64 << 20;

// What an answer says of one change.
struct Verdict {
  enum class Kind { accepted, rejected, open } kind = Kind::open;
  std::string reason, id;
};

struct Answer {
  std::map<std::string, Verdict> verdicts; // by what the results name
  bool rejected = false;                   // the batch as a whole
};

Receipt receipt_of(Became outcome, ErrorKind kind, std::string why)
{
  Receipt receipt;
  receipt.outcome = outcome;
  receipt.error = {kind, std::move(why), std::nullopt};
  return receipt;
}

Receipt unknown(std::string why)
{
  return receipt_of(Became::unknown, ErrorKind::transient, std::move(why));
}

std::string text_at(const schema::Value& value, const std::string& pointer)
{
  const schema::Value* found = pointer.empty() ? nullptr : schema::at_pointer(value, pointer);
  if (!found || !found->is_list()) return found ? scalar_text(*found) : std::string();
  return {};
}

// All texts beneath a pointer, as reasons come: one, or a list of blocks.
std::string texts_beneath(const schema::Value& value)
{
  std::string all;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) all += (all.empty() ? "" : "; ") + text;
  };
  if (value.is_list()) {
    for (const auto& item : value.list())
      add(texts_beneath(item));
  } else if (value.is_object()) {
    for (const auto& member : value.object().members())
      add(texts_beneath(member.value));
  } else {
    add(scalar_text(value));
  }
  return all.substr(0, 500);
}

bool holds(const std::vector<std::string>& words, const std::string& word)
{
  return std::find(words.begin(), words.end(), word) != words.end();
}

Result<std::string> bytes_of(const OpenFile& file)
{
  std::string bytes;
  std::string chunk(1 << 16, '\0');
  while (true) {
    const ssize_t got =
        ::pread(file.file.number(), chunk.data(), chunk.size(), static_cast<off_t>(bytes.size()));
    if (got < 0) return fail(ErrorKind::transient, "the answer cannot be read");
    if (got == 0) return bytes;
    bytes.append(chunk, 0, static_cast<std::size_t>(got));
    if (bytes.size() > kAnswerBytes) return fail(ErrorKind::invalid, "the answer is too large");
  }
}

Result<void> check_signed(const AnswerWords& words, std::string_view document)
{
  if (words.certificates.empty()) return {};
  std::ifstream file(words.certificates);
  std::stringstream text;
  text << file.rdbuf();
  return check_signature(document, text.str());
}

Verdict verdict_of(const AnswerWords& words, const schema::Value& result)
{
  Verdict verdict;
  const std::string status = text_at(result, words.status);
  if (holds(words.accepted, status)) verdict.kind = Verdict::Kind::accepted;
  if (holds(words.rejected, status)) verdict.kind = Verdict::Kind::rejected;
  verdict.id = text_at(result, words.id);
  const schema::Value* reason =
      words.reason.empty() ? nullptr : schema::at_pointer(result, words.reason);
  verdict.reason = reason ? texts_beneath(*reason) : "";
  return verdict;
}

// What was signed is what is read: the same bytes, and all of them.
Result<Answer> read_file(const AnswerWords& words, const OpenFile& file, const std::string& path)
{
  TRY(const std::string document, bytes_of(file));
  TRY_VOID(check_signed(words, document));
  TRY(auto reader,
      formats::Reader::open(std::make_unique<formats::TextBytes>(document), words.format, path));
  Answer answer;
  while (true) {
    TRY(const auto item, reader->next());
    if (!item) break;
    if (!item->record) continue;
    const Verdict verdict = verdict_of(words, *item->record);
    const std::string name = text_at(*item->record, words.key);
    answer.rejected =
        answer.rejected || (words.all_or_nothing && verdict.kind == Verdict::Kind::rejected);
    // Whom it speaks of twice, it says nothing of.
    if (!answer.verdicts.emplace(name, verdict).second) answer.verdicts[name] = Verdict();
  }
  const std::string status = text_at(reader->envelope(), words.batch_status);
  answer.rejected = answer.rejected || holds(words.rejected, status);
  return answer;
}

// The newest of the batch's answers; nothing when there is none yet.
Result<std::optional<Answer>> find_answer(const Outbox& outbox, std::span<const Intent> intents,
                                          std::stop_token stop)
{
  const AnswerWords& words = *outbox.words.answer;
  TRY(const std::string request, path_of_batch(outbox, intents));
  const std::string file = request.substr(request.rfind('/') + 1);
  TRY(const std::string pattern,
      fill_path(words.path, {{"name", file.substr(0, file.rfind('.'))}}));
  const auto found = outbox.folder.match(pattern, stop);
  if (!found && found.error().kind == ErrorKind::not_found) return std::optional<Answer>();
  if (!found) return tl::unexpected<Error>(found.error());
  const std::string& path = found->back().path;
  TRY(const OpenFile opened, outbox.folder.open_file(path, stop));
  auto answer = read_file(words, opened, path);
  if (!answer) return within(fmt::format("'{}'", path), answer.error());
  return std::optional(std::move(*answer));
}

class Outcome {
public:
  Outcome(const Outbox& outbox, std::span<const Intent> intents, const Answer& answer,
          std::stop_token stop)
      : outbox_(outbox), intents_(intents), answer_(answer), stop_(std::move(stop))
  {
  }

  std::vector<Receipt> receipts()
  {
    receipts_.assign(intents_.size(), unknown("the answer says nothing of this record"));
    for (std::size_t i = 0; i < intents_.size(); ++i)
      judge(i);
    if (answer_.rejected) take_apart();
    return std::move(receipts_);
  }

private:
  const Verdict* verdict(std::size_t at) const
  {
    const auto found = answer_.verdicts.find(intents_[at].key);
    return found == answer_.verdicts.end() ? nullptr : &found->second;
  }

  void judge(std::size_t at)
  {
    const Verdict* said = verdict(at);
    if (!said || said->kind == Verdict::Kind::open) return;
    if (said->kind == Verdict::Kind::rejected) {
      receipts_[at] =
          receipt_of(Became::refused, ErrorKind::invalid,
                     "rejected: " + (said->reason.empty() ? "without a reason" : said->reason));
      return;
    }
    receipts_[at].outcome = Became::applied;
    receipts_[at].remote_id = said->id.empty() ? intents_[at].key : said->id;
  }

  // Nothing of a rejected batch had an effect, not even what was found good.
  void take_apart()
  {
    std::vector<std::size_t> culprits, others;
    for (std::size_t i = 0; i < intents_.size(); ++i) {
      const bool culprit = verdict(i) && verdict(i)->kind == Verdict::Kind::rejected;
      (culprit ? culprits : others).push_back(i);
    }
    if (intents_.size() == 1) {
      if (culprits.empty())
        receipts_[0] = receipt_of(Became::refused, ErrorKind::invalid, "rejected without a reason");
      return;
    }
    if (!culprits.empty() && !others.empty()) return send_again(others);
    std::vector<std::size_t> all(intents_.size());
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i] = i;
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    send_again({all.begin(), middle});
    send_again({middle, all.end()});
  }

  void send_again(const std::vector<std::size_t>& some)
  {
    std::vector<Intent> part;
    std::vector<const Intent*> keys;
    for (const std::size_t at : some)
      part.push_back(intents_[at]);
    for (const Intent& intent : part)
      keys.push_back(&intent);
    const auto put = put_batch(outbox_, part, stop_);
    for (const std::size_t at : some) {
      receipts_[at] = unknown(put ? "its batch was rejected; it went out again in a smaller one"
                                  : "its batch was rejected: " + put.error().what);
      // Without the new file the old batch is asked about again, and taken apart again.
      if (put) receipts_[at].batch = batch_key(keys);
    }
  }

  const Outbox& outbox_;
  std::span<const Intent> intents_;
  const Answer& answer_;
  std::stop_token stop_;
  std::vector<Receipt> receipts_;
};

} // namespace

std::vector<Receipt> read_answer(const Outbox& outbox, std::span<const Intent> intents,
                                 std::stop_token stop)
{
  const auto answer = find_answer(outbox, intents, stop);
  if (!answer) return {intents.size(), unknown("no answer to be trusted: " + answer.error().what)};
  if (!*answer) return {intents.size(), unknown("its answer is not there yet")};
  return Outcome(outbox, intents, **answer, stop).receipts();
}

} // namespace gramsetu::connectors::files
