// Aadhaar numbers told from all the other numbers of a panchayat.
#include "schema/aadhaar.hpp"
#include "schema/aadhaar_words.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::schema;

namespace {

// 234567890124, 499118665246 and 345678901238 pass the check; 234567890123 does not.
std::string shown(std::string_view text, Hint hint = Hint::none)
{
  return mask_numbers(text, hint).value_or(std::string(text));
}

void stays(std::string_view text, Hint hint = Hint::none)
{
  CAPTURE(text);
  CHECK_FALSE(mask_numbers(text, hint));
}

} // namespace

TEST_CASE("the check of Aadhaar numbers finds one wrong digit and two that changed places")
{
  CHECK(passes_verhoeff("2363")); // the textbook's example
  CHECK_FALSE(passes_verhoeff("2364"));
  CHECK(passes_verhoeff("234567890124"));
  CHECK_FALSE(passes_verhoeff("234567890142"));
  CHECK_FALSE(passes_verhoeff(""));
}

TEST_CASE("a number with its name beside it is masked, in every script and grouping")
{
  CHECK(shown("Aadhaar: 234567890124") == "Aadhaar: XXXX-XXXX-0124");
  CHECK(shown("his aadhar no. is 2345 6789 0124, seen") ==
        "his aadhar no. is XXXX-XXXX-0124, seen");
  CHECK(shown("2345-6789-0124 (UIDAI)") == "XXXX-XXXX-0124 (UIDAI)");
  CHECK(shown("UID:234567890124") == "UID:XXXX-XXXX-0124");
  CHECK(shown("aadhaar234567890124") == "aadhaarXXXX-XXXX-0124");
  CHECK(shown("आधार संख्या २३४५ ६७८९ ०१२४ है") == "आधार संख्या XXXX-XXXX-0124 है");
  CHECK(shown("আধার ২৩৪৫৬৭৮৯০১২৪") == "আধার XXXX-XXXX-0124");
  CHECK(shown("ஆதார் ௨௩௪௫–௬௭௮௯–௦௧௨௪") == "ஆதார் XXXX-XXXX-0124");
  CHECK(shown("Aadhaar 2345\xc2\xa0"
              "6789\xc2\xa0"
              "0124") == "Aadhaar XXXX-XXXX-0124");
  CHECK(shown("aadhaar 234567890124, aadhaar 499118665246") ==
        "aadhaar XXXX-XXXX-0124, aadhaar XXXX-XXXX-5246");
}

TEST_CASE("a number by itself is found in the digits of every script")
{
  // Zero to nine: Arabic, Persian, Devanagari, Bengali, Gurmukhi, Gujarati, Oriya, Tamil, Telugu, Kannada, Malayalam,
  // Ol Chiki, Saurashtra, Meetei Mayek, wide.
  for (const auto* digits :
       {"٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "০১২৩৪৫৬৭৮৯", "੦੧੨੩੪੫੬੭੮੯", "૦૧૨૩૪૫૬૭૮૯",
        "୦୧୨୩୪୫୬୭୮୯", "௦௧௨௩௪௫௬௭௮௯", "౦౧౨౩౪౫౬౭౮౯", "೦೧೨೩೪೫೬೭೮೯", "൦൧൨൩൪൫൬൭൮൯", "᱐᱑᱒᱓᱔᱕᱖᱗᱘᱙",
        "꣐꣑꣒꣓꣔꣕꣖꣗꣘꣙", "꯰꯱꯲꯳꯴꯵꯶꯷꯸꯹", "０１２３４５６７８９"}) {
    const std::string_view all = digits;
    const auto size = all.size() / 10;
    std::string number;
    for (const char c : std::string("234567890124"))
      number += all.substr(static_cast<std::size_t>(c - '0') * size, size);
    CAPTURE(number);
    CHECK(shown(number, Hint::named) == "XXXX-XXXX-0124");
  }
}

TEST_CASE("a number is masked by what its member is called, and by being all of a person's text")
{
  CHECK(shown("234567890124", Hint::named) == "XXXX-XXXX-0124");
  CHECK(shown("23 4567 890124", Hint::named) == "XXXX-XXXX-0124");
  CHECK(shown(" 2345 6789 0124 ", Hint::whole) == " XXXX-XXXX-0124 ");
  stays("see 234567890124", Hint::whole);
  CHECK(shown("Ram,234567890124,x\n", Hint::broken) == "Ram,XXXX-XXXX-0124,x\n");
  stays("{\"voucherNo\":\"234567890124\"", Hint::broken);
}

TEST_CASE("what is no Aadhaar number stays whole")
{
  stays("234567890124");                        // nothing says what it is
  stays("Aadhaar 234567890123");                // fails the check
  stays("Aadhaar 123456789010");                // begins with 1
  stays("Aadhaar seeded account 234567890124"); // an account
  stays("aadhaar given; mobile 919876543216");  // a telephone
  stays("+919876543216", Hint::whole);          // likewise
  stays("919876543216", Hint::whole);           // likewise
  stays("202611231202", Hint::whole);           // a minute of 2026
  stays("Aadhaar 2345678901241");               // thirteen digits
  stays("aadhaar hash a234567890124b");         // of a digest
  stays("aadhaar fee 234567890124.50");         // money
  stays("VCH/2025/234567890124", Hint::whole);  // a voucher
  stays("2345 6789 0124 9999", Hint::whole);    // a card
  stays("");
}

TEST_CASE("a mask is known by its form, and masking again changes nothing")
{
  CHECK(has_mask("Aadhaar XXXX-XXXX-0124."));
  CHECK_FALSE(has_mask("XXXX-XXXX-012"));
  CHECK_FALSE(has_mask("XXXXXXXX0124"));
  CHECK(has_mask(Value(List{Value("x"), Value(Object())})) == false);
  CHECK(has_mask(Value(List{Value("x"), Value("XXXX-XXXX-0124")})));
  stays("Aadhaar XXXX-XXXX-0124", Hint::named);
  for (const char* text : {"234567890124", "12345", "9876543210", "राम कुमार वर्मा", "XXXX"}) {
    const auto once = mask_text(text);
    CHECK(mask_text(once) == once);
    CHECK((once == text) == (std::string_view(text) == "XXXX"));
  }
  CHECK(mask_text("9876543210") == "XXXX3210");
  CHECK(mask_text("123456789010") == "XXXX-XXXX-9010");
  CHECK(mask_text("short") == "XXXX");
}

TEST_CASE("names of members say what their numbers are")
{
  for (const char* name : {"aadhaar_no", "eAadhaar", "uid", "uidNumber", "UID_NO", "आधार", "SOSE"})
    CHECK_MESSAGE(names_aadhaar(name), name);
  for (const char* name : {"guid", "fluid", "paid", "uuid", "number", "squid_no"})
    CHECK_FALSE_MESSAGE(names_aadhaar(name), name);
  for (const char* name : {"voucherNo", "voucher_id", "createdAt", "accountnumber", "phone", "id2"})
    CHECK_MESSAGE(names_other_number(name), name);
  for (const char* name : {"remarks", "answer", "detail", "q7"})
    CHECK_FALSE_MESSAGE(names_other_number(name), name);
}
