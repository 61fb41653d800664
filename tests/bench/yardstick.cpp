// The yardstick: what one thread does with the same libraries and nothing of ours.
//
//   bench-yardstick KIND URL FILE RECORDS
//     load       downloads each page, parses it in place, upserts a row a record
//     mark       the same, and keeps a hash a record in the place of the row
//     unchanged  downloads, parses, hashes, looks the hash up
//     download   downloads, and that is all
//
// Records come in key order, 1,000 a page, and a page is a transaction. The store's own settings: WAL,
// synchronous=FULL, pages of 4 KiB, the log copied at 32 MiB, a cache of 8 MiB (store/sqlite/store.cpp).
#define RAPIDJSON_SSE2 // as fast as the library can be had without flags

#include <curl/curl.h>
#include <openssl/evp.h>
#include <rapidjson/document.h>
#include <sqlite3.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Json = rapidjson::Document;
using Digest = std::array<unsigned char, 32>;

constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;
constexpr std::size_t kPageRecords = 1000;

void must(bool good, const char* what)
{
  if (good) return;
  std::fprintf(stderr, "bench-yardstick: %s\n", what);
  std::exit(1);
}

double processor_seconds()
{
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// Pages over one connection, into one buffer.
class Pages {
public:
  explicit Pages(std::string url) : url_(std::move(url)), curl_(curl_easy_init())
  {
    must(curl_ != nullptr, "curl cannot be used");
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &Pages::take);
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &body_);
  }
  ~Pages() { curl_easy_cleanup(curl_); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  // Valid until the next call, and the caller may write into it.
  std::string& page(std::size_t offset)
  {
    const std::string target = url_ + "/requests?offset=" + std::to_string(offset) +
                               "&limit=" + std::to_string(kPageRecords);
    body_.clear();
    curl_easy_setopt(curl_, CURLOPT_URL, target.c_str());
    must(curl_easy_perform(curl_) == CURLE_OK, "a page cannot be had");
    return body_;
  }

private:
  static std::size_t take(char* bytes, std::size_t size, std::size_t count, void* body)
  {
    static_cast<std::string*>(body)->append(bytes, size * count);
    return size * count;
  }

  std::string url_, body_;
  CURL* curl_;
};

class Statement {
public:
  Statement(sqlite3* store, const char* sql)
  {
    must(sqlite3_prepare_v3(store, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) ==
             SQLITE_OK,
         sqlite3_errmsg(store));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind(int parameter, std::string_view text)
  {
    sqlite3_bind_text64(statement_, parameter, text.data(), text.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
  }
  void bind(int parameter, const Digest& digest)
  {
    sqlite3_bind_blob64(statement_, parameter, digest.data(), digest.size(), SQLITE_STATIC);
  }
  int step() { return sqlite3_step(statement_); }
  void again() { sqlite3_reset(statement_); }
  std::string_view bytes() const
  {
    return {static_cast<const char*>(sqlite3_column_blob(statement_, 0)),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, 0))};
  }

private:
  sqlite3_stmt* statement_ = nullptr;
};

class Hasher {
public:
  Digest of(std::string_view bytes)
  {
    Digest digest{};
    EVP_DigestInit_ex(context_, sha256_, nullptr);
    EVP_DigestUpdate(context_, bytes.data(), bytes.size());
    EVP_DigestFinal_ex(context_, digest.data(), nullptr);
    return digest;
  }

private:
  EVP_MD* sha256_ = EVP_MD_fetch(nullptr, "SHA256", nullptr); // once: it halves the cost
  EVP_MD_CTX* context_ = EVP_MD_CTX_new();
};

void execute(sqlite3* store, const char* sql)
{
  must(sqlite3_exec(store, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sqlite3_errmsg(store));
}

sqlite3* open_store(const char* path)
{
  sqlite3* store = nullptr;
  must(sqlite3_open_v2(path, &store,
                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                       nullptr) == SQLITE_OK,
       "the file cannot be opened");
  execute(store, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                 "PRAGMA wal_autocheckpoint = 8192; PRAGMA cache_size = -8192;"
                 "CREATE TABLE IF NOT EXISTS mark (key TEXT PRIMARY KEY, hash BLOB) WITHOUT ROWID;"
                 "CREATE TABLE IF NOT EXISTS record (key TEXT PRIMARY KEY, state, district, place,"
                 "service, name, channel, operator, applicant, phone, address, submitted, due,"
                 "status, office, fee, payment, modified, version, deleted) WITHOUT ROWID;");
  return store;
}

// The record's scalars in their order; the object in it is flat among them.
void scalars(const rapidjson::Value& value, std::vector<std::string_view>& out)
{
  for (const auto& member : value.GetObject()) {
    if (member.value.IsObject())
      scalars(member.value, out);
    else
      out.emplace_back(member.value.GetString(), member.value.GetStringLength());
  }
}

// One of the four ways to spend a page.
class Work {
public:
  Work(std::string_view kind, const char* file)
      : kind_(kind),
        store_(open_store(file)),
        put_(store_, "INSERT INTO record VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
                     "ON CONFLICT (key) DO UPDATE SET address = excluded.address, "
                     "office = excluded.office, status = excluded.status, "
                     "modified = excluded.modified, version = excluded.version"),
        mark_(store_, "INSERT OR REPLACE INTO mark VALUES (?, ?)"),
        look_(store_, "SELECT hash FROM mark WHERE key = ?")
  {
  }

  std::size_t differing() const { return differing_; }

  // How many records the page had.
  std::size_t page(std::string& body)
  {
    if (kind_ == "download") return kPageRecords;
    pool_.Clear();
    Json json(&pool_);
    json.ParseInsitu<kFlags>(body.data());
    must(!json.HasParseError(), "a page is no JSON");
    const auto& records = json["records"];
    execute(store_, "BEGIN IMMEDIATE");
    for (const auto& record : records.GetArray())
      take(record);
    execute(store_, "COMMIT");
    return records.Size();
  }

private:
  void take(const rapidjson::Value& record)
  {
    values_.clear();
    scalars(record, values_);
    if (kind_ == "load") return put();
    bytes_.clear();
    for (const auto value : values_)
      bytes_.append(value) += '\n';
    const auto digest = hasher_.of(bytes_);
    if (kind_ == "mark") {
      mark_.bind(1, values_.front());
      mark_.bind(2, digest);
      must(mark_.step() == SQLITE_DONE, "a hash cannot be stored");
      return mark_.again();
    }
    look_.bind(1, values_.front());
    must(look_.step() == SQLITE_ROW, "a hash is not there");
    const std::string_view fresh(reinterpret_cast<const char*>(digest.data()), digest.size());
    if (look_.bytes() != fresh) ++differing_;
    look_.again();
  }

  void put()
  {
    must(values_.size() == 20, "a record has other members");
    for (std::size_t i = 0; i < values_.size(); ++i)
      put_.bind(static_cast<int>(i + 1), values_[i]);
    must(put_.step() == SQLITE_DONE, "a row cannot be stored");
    put_.again();
  }

  std::string kind_;
  sqlite3* store_;
  Statement put_, mark_, look_;
  Hasher hasher_;
  std::vector<char> room_ = std::vector<char>(8 << 20);
  rapidjson::MemoryPoolAllocator<> pool_{room_.data(), room_.size()};
  std::vector<std::string_view> values_;
  std::string bytes_;
  std::size_t differing_ = 0;
};

} // namespace

int main(int argc, char** argv)
{
  must(argc == 5, "say what to do, the address, the file, how many records");
  Pages pages(argv[2]);
  Work work(argv[1], argv[3]);
  const auto wanted = std::strtoull(argv[4], nullptr, 10);
  std::size_t records = 0;
  const auto begin = std::chrono::steady_clock::now();
  const auto used = processor_seconds();
  while (records < wanted)
    records += work.page(pages.page(records));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("seconds %.6f\nprocessor %.6f\nrecords %zu\ndiffering %zu\n", took.count(),
              processor_seconds() - used, records, work.differing());
  return 0;
}
