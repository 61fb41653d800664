// Name parts and how they are put together.
#include "tests/endpoints/names.hpp"

#include <array>
#include <utility>

namespace gramsetu::sim {

namespace {

struct Part {
  const char *english, *bengali, *hindi;
};

// Nukta letters stand decomposed here: base letter, then the nukta.
constexpr std::array<Part, 20> kFronts = {
    {{"Mayna", "ময\u09BCনা", "मयना"},   {"Dhup", "ধূপ", "धूप"},
     {"Bela", "বেলা", "बेला"},           {"Rani", "রানী", "रानी"},
     {"Kranti", "ক্রান্তি", "क्रांति"},     {"Chaura", "চৌরা", "चौड\u093Cा"},
     {"Patkata", "পাটকাটা", "पाटकाटा"}, {"Garal", "গড\u09BCাল", "गड\u093Cाल"},
     {"Mandal", "মন্ডল", "मंडल"},         {"Baro", "বড\u09BC", "बड\u093Cा"},
     {"Nagra", "নগর", "नगर"},           {"Sukan", "সুকান", "सुकन"},
     {"Binna", "বিন্না", "बिन्ना"},       {"Amba", "আম", "अंबा"},
     {"Shikar", "শিকার", "शिकार"},      {"Padma", "পদ্ম", "पद्म"},
     {"Lataa", "লতা", "लता"},           {"Kharija", "খারিজা", "ख\u093Cारिजा"},
     {"Dabgram", "ডাবগ্রাম", "डाबग्राम"}, {"Phul", "ফুল", "फ\u093Cूल"}}};
constexpr std::array<Part, 8> kBacks = {{{"guri", "গুড\u09BCি", "गुड\u093Cी"},
                                         {"bari", "বাড\u09BCি", "बाड\u093Cी"},
                                         {"para", "পাড\u09BCা", "पाड\u093Cा"},
                                         {"pur", "পুর", "पुर"},
                                         {"hat", "হাট", "हाट"},
                                         {"kata", "কাটা", "काटा"},
                                         {"ganj", "গঞ্জ", "गंज"},
                                         {"danga", "ডাঙা", "डांगा"}}};

constexpr std::array<Part, 16> kGiven = {{{"Sunita", "", "सुनीता"},
                                          {"Rekha", "", "रेखा"},
                                          {"Anil", "", "अनिल"},
                                          {"Bimal", "", "बिमल"},
                                          {"Gita", "", "गीता"},
                                          {"Ramesh", "", "रमेश"},
                                          {"Fatima", "", "फ\u093Cातिमा"},
                                          {"Zakir", "", "ज\u093Cाकिर"},
                                          {"Kamala", "", "कमला"},
                                          {"Dipak", "", "दीपक"},
                                          {"Lakshmi", "", "लक्ष्मी"},
                                          {"Mohan", "", "मोहन"},
                                          {"Parvati", "", "पार्वती"},
                                          {"Suresh", "", "सुरेश"},
                                          {"Aarti", "", "आरती"},
                                          {"Bhim", "", "भीम"}}};
constexpr std::array<Part, 10> kFamily = {{{"Roy", "", "रॉय"},
                                           {"Barman", "", "बर्मन"},
                                           {"Oraon", "", "उराँव"},
                                           {"Das", "", "दास"},
                                           {"Sarkar", "", "सरकार"},
                                           {"D'Souza", "", "डिसूज\u093Cा"},
                                           {"Munda", "", "मुंडा"},
                                           {"Hossain", "", "हुसैन"},
                                           {"Chauhan", "", "चौहान"},
                                           {"Gond", "", "गोंड"}}};

std::string upper(std::string text)
{
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 0x20);
  return text;
}

} // namespace

std::string precomposed(std::string text)
{
  constexpr std::array<std::pair<const char*, const char*>, 7> kLetters = {{{"ড\u09BC", "\u09DC"},
                                                                            {"য\u09BC", "\u09DF"},
                                                                            {"ड\u093C", "\u095C"},
                                                                            {"ख\u093C", "\u0959"},
                                                                            {"फ\u093C", "\u095E"},
                                                                            {"ज\u093C", "\u095B"},
                                                                            {"ढ\u093C", "\u095D"}}};
  for (const auto& [two, one] : kLetters) {
    const std::string from = two;
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos;)
      text.replace(at, from.size(), one);
  }
  return text;
}

Name place_name(std::uint64_t number)
{
  const Part& front = kFronts[number % kFronts.size()];
  const Part& back = kBacks[(number / kFronts.size() + number) % kBacks.size()];
  const std::uint64_t round = number / (kFronts.size() * kBacks.size());
  Name name{std::string(front.english) + back.english,
            number % 3 == 0 ? std::string(front.hindi) + back.hindi
                            : std::string(front.bengali) + back.bengali};
  if (number % 11 == 5) name.english = std::string(front.english) + "'s " + back.english;
  if (round > 0) {
    name.english += " " + std::to_string(round + 1);
    name.local += " " + std::to_string(round + 1);
  }
  if (number % 2 == 1) name.local = precomposed(name.local);
  if (number % 13 == 6) name.local += "\u200D"; // as pasted from old software
  if (number % 9 == 4) name.local = "";
  if (number % 9 == 7) name.local = upper(name.english);
  return name;
}

Name person_name(std::uint64_t number)
{
  const Part& given = kGiven[number % kGiven.size()];
  const Part& family = kFamily[number / kGiven.size() % kFamily.size()];
  Name name{std::string(given.english) + " " + family.english,
            std::string(given.hindi) + " " + family.hindi};
  if (number % 2 == 1) name.local = precomposed(name.local);
  return name;
}

} // namespace gramsetu::sim
