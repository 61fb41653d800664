// The log keeps its lines whole: no value forges one, no reader holds the writer up.
#include "base/log.hpp"
#include "base/log_journal.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <fcntl.h>
#include <set>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace gramsetu;

namespace {

constexpr std::chrono::minutes kIndia{330};

struct StillClock final : Clock {
  Instant now() const noexcept override { return *from_rfc3339("2026-11-23T04:30:00.123Z"); }
  Ticks ticks() const noexcept override { return {}; }
  bool sleep_until(Ticks, std::stop_token) override { return true; }
};

struct TextSink final : LogSink {
  std::vector<std::string> lines;
  void write(const LogEntry& entry) override { lines.push_back(to_text_line(entry, kIndia)); }
};

std::string json_of(std::string_view text, const std::vector<LogField>& fields)
{
  return to_json_line({StillClock().now(), Event::run_finished, Level::info, text, fields}, kIndia);
}

std::string text_of(std::string_view text, const std::vector<LogField>& fields)
{
  return to_text_line({StillClock().now(), Event::run_finished, Level::info, text, fields}, kIndia);
}

std::string drain(int descriptor)
{
  std::string all;
  char buffer[65536];
  ssize_t count = 0;
  while ((count = ::read(descriptor, buffer, sizeof(buffer))) > 0)
    all.append(buffer, static_cast<std::size_t>(count));
  return all;
}

} // namespace

TEST_CASE("every event has a row of its own with a name, a message id and a meaning")
{
  std::set<std::string_view> names, ids;
  for (const auto& info : log_events()) {
    CHECK(info_of(info.event).name == info.name);
    CHECK(names.insert(info.name).second);
    CHECK(ids.insert(info.message_id).second);
    CHECK(info.message_id.size() == 32);
    CHECK(info.message_id.find_first_not_of("0123456789abcdef") == std::string_view::npos);
    CHECK_FALSE(info.meaning.empty());
    if (info.level >= Level::error) CHECK_FALSE(info.remedy.empty());
  }
  CHECK(names.size() == static_cast<std::size_t>(Event::log_dropped) + 1);
}

TEST_CASE("message ids stay what they were, because alerts go by them")
{
  CHECK(info_of(Event::run_finished).message_id == "d5054348cd4cf47a8b78338fbe0a1fa7");
  CHECK(info_of(Event::store_failed).message_id == "41bba7df81d9683c23ed9f122c5f4ced");
}

TEST_CASE("a text line has local time with its offset, level, event, pairs and a sentence")
{
  CHECK(text_of("three of five said \"no\"", {{"run", "r1"}, {"flow", "voucher@central"}}) ==
        "2026-11-23T10:00:00.123+05:30 info run_finished run=r1 flow=voucher@central "
        "text=\"three of five said \\\"no\\\"\"");
  CHECK(text_of("", {{"slice", "gp 1"}, {"empty", ""}}) ==
        "2026-11-23T10:00:00.123+05:30 info run_finished slice=\"gp 1\" empty=\"\"");
}

TEST_CASE("a JSON line has the pairs as members")
{
  CHECK(json_of("done", {{"run", "r1"}}) ==
        R"({"time":"2026-11-23T10:00:00.123+05:30","level":"info","event":"run_finished",)"
        R"("run":"r1","text":"done"})");
}

TEST_CASE("no value forges a line or turns what is shown around")
{
  const std::string forged = "\"}\n{\"level\":\"audit\"";
  const std::string bidi = "paid \u202e0001\u2066\x1b[2J\u0085";
  CHECK(json_of(forged, {}).find('\n') == std::string::npos);
  CHECK(json_of(forged, {}).find(R"("text":"\"}\n{\"level\":\"audit\"")") != std::string::npos);
  CHECK(text_of("", {{"reason", bidi}}).find(R"(reason="paid \u202e0001\u2066\u001b[2J\u0085")") !=
        std::string::npos);
  CHECK(json_of(bidi, {}).find('\x1b') == std::string::npos);
}

TEST_CASE("Indic text stays as it is, and bytes that are not UTF-8 are marked")
{
  const std::string name =
      "क्‍षेत्र\u0958"; // with a joiner, and a nukta letter in one code point
  CHECK(text_of("", {{"name", name}}).ends_with("name=" + name));
  CHECK(text_of("", {{"name", "a\xff\xc0\xaf"}}).ends_with("name=\"a\\ufffd\\ufffd\\ufffd\""));
  CHECK(json_of("a\xff", {}).ends_with("\"text\":\"a\\ufffd\"}"));
  CHECK(json_of("\xed\xa0\x80", {}).find('\xed') == std::string::npos); // a surrogate
}

TEST_CASE("a value without end is cut and says so")
{
  const std::string line = text_of(std::string(100000, 'x'), {});
  CHECK(line.size() < 4300);
  CHECK(line.ends_with("x (95904 bytes more)\""));
}

TEST_CASE("what is said later about a run replaces what its context said")
{
  StillClock clock;
  TextSink sink;
  const Log log = Log(clock, sink).with({{"run", "r1"}, {"slice", "a"}}).with({{"flow", "f"}});
  log.event(Event::run_started, "", {{"slice", "b"}});
  log.event(Event::slice_finished, "below the level");
  REQUIRE(sink.lines.size() == 1);
  CHECK(sink.lines[0].ends_with("run_started run=r1 flow=f slice=b"));
}

TEST_CASE("a tee writes to both")
{
  StillClock clock;
  TextSink kept;
  auto tee = make_tee_sink(std::make_unique<NullSink>(), kept);
  Log(clock, *tee).event(Event::hub_started, "");
  CHECK(kept.lines.size() == 1);
}

TEST_CASE("a reader that stopped reading never holds the writer up, and the gap is counted")
{
  bool with_socket = false;
  SUBCASE("a pipe") {}
  SUBCASE("a socket, as systemd gives one")
  {
    with_socket = true;
  }
  int ends[2];
  REQUIRE((with_socket ? ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : ::pipe(ends)) == 0);
  const int reader = ends[0], writer = ends[1];
  ::fcntl(reader, F_SETFL, O_NONBLOCK);
  StillClock clock;
  auto sink = make_line_sink(writer, LogFormat::text, kIndia);
  const Log log(clock, *sink);
  for (int i = 0; i < 20000; ++i) // more than any pipe holds
    log.event(Event::run_started, "a sentence of some length", {{"n", std::to_string(i)}});
  CHECK((::fcntl(writer, F_GETFL) & O_NONBLOCK) == 0); // the shell's terminal keeps its ways
  std::string all = drain(reader);
  log.event(Event::run_finished, "the last");
  all += drain(reader);
  CHECK(all.find("warning log_dropped lines=") != std::string::npos);
  CHECK(all.ends_with("run_finished text=\"the last\"\n"));
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = all.find('\n', begin)) != std::string::npos; begin = end + 1)
    REQUIRE(all.substr(begin, 31) == "2026-11-23T10:00:00.123+05:30 " + all.substr(begin + 30, 1));
  ::close(reader);
  const auto before = ::signal(SIGPIPE, SIG_IGN); // as the daemon has it
  log.event(Event::run_finished, "nobody reads");
  ::signal(SIGPIPE, before);
  ::close(writer);
}

TEST_CASE("the journal gets the pairs as fields, one datagram an event")
{
  const std::string path = "/tmp/gramsetu-journal-" + std::to_string(::getpid());
  ::unlink(path.c_str());
  const int journal = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  REQUIRE(::bind(journal, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);

  StillClock clock;
  auto sink = make_journal_sink_at(path);
  const Log log(clock, *sink);
  log.event(Event::run_held, "90% would go\nMESSAGE=forged", {{"run", "r1"}, {"dry-run", "x"}});
  char buffer[65536];
  const ssize_t count = ::recv(journal, buffer, sizeof(buffer), 0);
  REQUIRE(count > 0);
  CHECK(std::string(buffer, static_cast<std::size_t>(count)) ==
        "MESSAGE=run_held run=r1 dry-run=x text=\"90% would go\\nMESSAGE=forged\"\n"
        "MESSAGE_ID=f9a71d30a5938ce16cf6860b4000032b\nPRIORITY=4\nSYSLOG_IDENTIFIER=gramsetu\n"
        "EVENT=run_held\nTEXT=90% would go\\nMESSAGE=forged\nRUN=r1\nDRY_RUN=x\n");
  ::close(journal);
  ::unlink(path.c_str());
  log.event(Event::run_held, "nobody listens"); // no error, no wait
}

TEST_CASE("a journal that does not keep up is told how many entries are missing, and where")
{
  const std::string path = "/tmp/gramsetu-journal-full-" + std::to_string(::getpid());
  ::unlink(path.c_str());
  const int journal = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  REQUIRE(::bind(journal, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  StillClock clock;
  auto sink = make_journal_sink_at(path);
  const Log log(clock, *sink);
  constexpr int kAll = 20'000; // more than any queue of datagrams holds
  for (int i = 0; i < kAll; ++i)
    log.event(Event::run_started, "");
  char buffer[65536];
  int taken = 0;
  while (::recv(journal, buffer, sizeof(buffer), 0) > 0)
    ++taken;
  CHECK(taken < kAll);
  log.event(Event::run_finished, "the last");
  const auto heard = [&] {
    const auto count = ::recv(journal, buffer, sizeof(buffer), 0);
    return std::string(buffer, count > 0 ? static_cast<std::size_t>(count) : 0);
  };
  const auto gap = heard();
  CHECK(gap.find("\nEVENT=log_dropped\n") != std::string::npos);
  CHECK(gap.find("\nLOG_DROPPED=" + std::to_string(kAll - taken) + "\n") != std::string::npos);
  CHECK(heard().find("\nEVENT=run_finished\n") != std::string::npos);
  CHECK(heard().empty());
  ::close(journal);
  ::unlink(path.c_str());
}
