// Words of forms, letters and columns, in the languages of the panchayats.
#include "schema/aadhaar_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <vector>

namespace gramsetu::schema {

namespace {

// Inside of words, too: "eAadhaarNumber". Then those that must stand by themselves, and those of other numbers.
constexpr std::array<std::string_view, 18> kInside = {"aadhaar", "aadhar",
                                                      "adhaar",  "adhar",
                                                      "uidai",   "आधार",
                                                      "আধার",    "আধাৰ",
                                                      "ਆਧਾਰ",    "આધાર",
                                                      "ଆଧାର",    "ஆதார்",
                                                      "ఆధార్",     "ಆಧಾರ್",
                                                      "ആധാർ",    "ആധാര്‍",
                                                      "آدھار",   "unique identification"};
constexpr std::array<std::string_view, 6> kAlone = {"uid",    "uidno",      "uidnumber",
                                                    "uid_no", "uid_number", "sose"};
constexpr std::array<std::string_view, 31> kOthers = {
    "phone",   "mobile", "mob.",   "tel.",   "telephone", "contact", "whatsapp",  "fax",
    "account", "a/c",    "acct",   "bank",   "ifsc",      "voucher", "vch",       "cheque",
    "utr",     "rrn",    "txn",    "transa", "invoice",   "receipt", "timestamp", "epoch",
    "फोन",     "मोबाइल", "मोबाईल", "खाता",   "वाउचर",     "ফোন",     "মোবাইল"};

// The words of a member's name that say what its number is, as words or at the end of one.
constexpr std::array<std::string_view, 53> kTokens = {
    "id",     "ids",       "no",        "nos",     "num",     "number",      "ref",     "reference",
    "code",   "key",       "account",   "acct",    "acc",     "ac",          "phone",   "mobile",
    "mob",    "tel",       "telephone", "contact", "fax",     "whatsapp",    "voucher", "vch",
    "cheque", "chq",       "utr",       "rrn",     "txn",     "transaction", "receipt", "bill",
    "order",  "serial",    "hash",      "digest",  "uuid",    "date",        "time",    "at",
    "on",     "timestamp", "pin",       "imei",    "version", "sequence",    "token",   "url",
    "file",   "link",      "amount",    "bank",    "epoch"};

constexpr auto kNowhere = std::string_view::npos;

std::string lower(std::string_view text)
{
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return made;
}

bool is_letter(char c)
{
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

// Where the last of the words begins in `text`.
template <typename Words>
std::size_t last_of(std::string_view text, const Words& words, bool alone)
{
  std::size_t last = kNowhere;
  for (const std::string_view word : words) {
    auto at = text.rfind(word);
    const auto apart = [&] {
      const auto end = at + word.size();
      return (at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end]));
    };
    while (alone && at != kNowhere && !apart())
      at = at == 0 ? kNowhere : text.rfind(word, at - 1);
    if (at != kNowhere && (last == kNowhere || at > last)) last = at;
  }
  return last;
}

std::size_t last_name(std::string_view text)
{
  const auto inside = last_of(text, kInside, false), alone = last_of(text, kAlone, true);
  if (inside == kNowhere || alone == kNowhere) return inside == kNowhere ? alone : inside;
  return std::max(inside, alone);
}

// "voucherNo", "voucher_no" and "voucher-no1" are two words each.
std::vector<std::string> words_of(std::string_view name)
{
  std::vector<std::string> words(1);
  bool small = false;
  for (const char c : name) {
    const bool large = c >= 'A' && c <= 'Z';
    if (large && small) words.emplace_back();
    small = !large;
    if (static_cast<unsigned char>(c) >= 0x80 || is_letter(c))
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!words.back().empty())
      words.emplace_back();
  }
  return words;
}

} // namespace

bool names_aadhaar(std::string_view words)
{
  const auto text = lower(words);
  if (last_of(text, kInside, false) != kNowhere) return true;
  std::string joined;
  for (const auto& word : words_of(words))
    joined += word + ' ';
  return last_name(joined) != kNowhere || last_name(text) != kNowhere;
}

bool names_other_number(std::string_view member)
{
  for (const auto& word : words_of(member)) {
    const bool one = std::any_of(kTokens.begin(), kTokens.end(), [&](std::string_view token) {
      // "voucherno" is written in one, too; two letters end other words as well, and that does no harm.
      return word == token || (word.size() > token.size() + 2 && word.ends_with(token));
    });
    if (one) return true;
  }
  return false;
}

Named nearest_name(std::string_view words)
{
  const auto text = lower(words);
  const auto name = last_name(text), other = last_of(text, kOthers, false);
  if (name == kNowhere && other == kNowhere) return Named::nothing;
  const bool is_other = name == kNowhere || (other != kNowhere && other > name);
  return is_other ? Named::other : Named::aadhaar;
}

} // namespace gramsetu::schema
