// Log entries to journald, by its native protocol: one datagram, one NAME=value a line.
#include "base/log_journal.hpp"
#include "base/log_text.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

namespace gramsetu {

namespace {

// syslog(3)'s numbers, which the journal sorts and colours by.
int priority_of(Level level)
{
  switch (level) {
  case Level::debug: return 7;
  case Level::info: return 6;
  case Level::warning: return 4;
  case Level::error: return 3;
  }
  return 3;
}

// The journal drops fields whose names are not of A-Z, 0-9 and _, or that begin with _.
std::string field_name(std::string_view name)
{
  std::string upper;
  for (const char c : name) {
    if (c >= 'a' && c <= 'z')
      upper += static_cast<char>(c - 'a' + 'A');
    else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
      upper += c;
    else if (!upper.empty())
      upper += '_';
  }
  return upper.empty() ? "FIELD" : upper;
}

// What `journalctl` shows in its one line: the event, its pairs and the sentence.
std::string message_of(const LogEntry& entry)
{
  std::string line = to_text_line(entry, std::chrono::minutes(0));
  const std::size_t event = line.find(info_of(entry.event).name, line.find(' '));
  return line.substr(event);
}

class JournalSink final : public LogSink {
public:
  explicit JournalSink(std::string path)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
  {
    address_.sun_family = AF_UNIX;
    std::strncpy(address_.sun_path, path.c_str(), sizeof(address_.sun_path) - 1);
  }

  ~JournalSink() override
  {
    if (socket_ >= 0) ::close(socket_);
  }

  JournalSink(const JournalSink&) = delete;
  JournalSink& operator=(const JournalSink&) = delete;

  void write(const LogEntry& entry) override
  {
    const std::uint64_t missing = dropped_.exchange(0);
    if (missing > 0 && !send(Gap(entry.at, missing).entry)) {
      dropped_ += missing + 1;
      return;
    }
    if (!send(entry)) ++dropped_;
  }

private:
  // Says that entries are missing, and how many, where they would be.
  struct Gap {
    std::vector<LogField> fields;
    LogEntry entry;
    Gap(Instant at, std::uint64_t missing)
        : fields{{"log_dropped", std::to_string(missing)}},
          entry{at, Event::log_dropped, info_of(Event::log_dropped).level, "", fields}
    {
    }
  };

  bool send(const LogEntry& entry) const
  {
    // Escaped values hold no line breaks, so that the simple form of the protocol is enough.
    std::string datagram = fmt::format(
        "MESSAGE={}\nMESSAGE_ID={}\nPRIORITY={}\nSYSLOG_IDENTIFIER=gramsetu\nEVENT={}\n",
        message_of(entry), info_of(entry.event).message_id, priority_of(entry.level),
        info_of(entry.event).name);
    if (!entry.text.empty()) datagram += fmt::format("TEXT={}\n", escaped(entry.text, false));
    for (const auto& field : entry.fields)
      datagram += fmt::format("{}={}\n", field_name(field.name), escaped(field.value, false));
    return ::sendto(socket_, datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                    reinterpret_cast<const sockaddr*>(&address_), sizeof(address_)) >= 0;
  }

  const int socket_;
  sockaddr_un address_{};
  std::atomic<std::uint64_t> dropped_ = 0; // since the last entry that got through
};

} // namespace

std::unique_ptr<LogSink> make_journal_sink_at(std::string path)
{
  return std::make_unique<JournalSink>(std::move(path));
}

std::unique_ptr<LogSink> make_journal_sink()
{
  return make_journal_sink_at("/run/systemd/journal/socket");
}

} // namespace gramsetu
