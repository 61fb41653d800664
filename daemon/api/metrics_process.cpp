// Metrics of the hub itself: process, store, clock.
#include "base/clock_state.hpp"
#include "daemon/api/metrics_parts.hpp"
#include "daemon/store/care.hpp"
#include "schema/scalar.hpp"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gramsetu::api {

namespace fs = std::filesystem;

namespace {

// A field of /proc/self/stat behind the name of the program, which may hold blanks: proc(5) counts from 3.
std::int64_t stat_field(int wanted)
{
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream rest(line.substr(std::min(line.rfind(')') + 1, line.size())));
  std::string field;
  for (int at = 3; at <= wanted; ++at)
    rest >> field;
  return schema::read_integer(field).value_or(0);
}

// Ticks of the kernel's accounts.
std::chrono::milliseconds ticks(std::int64_t count)
{
  return std::chrono::milliseconds(count * 1000 / sysconf(_SC_CLK_TCK));
}

void write_proc(MetricsWriter& out, Instant now)
{
  out.family("process_cpu_seconds_total", "counter", "Processor time, user and system.");
  out.sample({}, ticks(stat_field(14) + stat_field(15)));
  struct sysinfo system {};
  sysinfo(&system);
  const auto booted = now.time_since_epoch() - std::chrono::seconds(system.uptime);
  out.gauge("process_start_time_seconds", "When the process began.",
            booted + ticks(stat_field(22)));
  out.gauge("process_resident_memory_bytes", "Memory that is in RAM.",
            stat_field(24) * sysconf(_SC_PAGESIZE));
  out.gauge("process_virtual_memory_bytes", "Memory that is addressed.", stat_field(23));
  out.gauge("process_threads", "Threads.", stat_field(20));
  std::error_code error;
  out.gauge("process_open_fds", "Open descriptors.",
            std::distance(fs::directory_iterator("/proc/self/fd", error), {}));
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  out.gauge("process_max_fds", "How many may be open.", limit.rlim_cur);
}

constexpr std::string_view kStoreBytes = "Size of the store: its file, or its tables and indexes.";

std::uintmax_t size_of(const std::string& path)
{
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

// Of a database: its server's log and disks are for who watches the server. What is not known is left out.
void write_database(MetricsWriter& out, runtime::Hub& hub)
{
  const auto bytes = store::bytes_in_database(hub.store());
  if (bytes && *bytes) out.gauge("gramsetu_store_bytes", kStoreBytes, **bytes);
}

void write_store(MetricsWriter& out, const std::string& path)
{
  out.gauge("gramsetu_store_bytes", kStoreBytes, size_of(path));
  out.gauge("gramsetu_store_wal_bytes", "Size of the store's write-ahead log.",
            size_of(path + "-wal"));
  struct statvfs disk {};
  if (statvfs(path.c_str(), &disk) != 0) return;
  out.gauge("gramsetu_store_disk_free_bytes", "Room on the store's disk.",
            disk.f_bavail * disk.f_frsize);
  out.gauge("gramsetu_store_disk_bytes", "Size of the store's disk.",
            disk.f_blocks * disk.f_frsize);
}

std::optional<bool> is_clock_kept()
{
  const auto state = clock_state();
  if (state == "unknown") return std::nullopt;
  return state == "synchronised";
}

} // namespace

void write_process(MetricsWriter& out, const MetricsSource& from)
{
  out.family("gramsetu_build_info", "gauge", "The version of the program.");
  out.sample({{"version", GRAMSETU_VERSION}}, 1);
  out.family("gramsetu_hub_info", "gauge", "The name of the hub.");
  out.sample({{"hub", from.setup.config().hub_name}}, 1);
  const auto& config = from.setup.config();
  config.store_database ? write_database(out, from.hub) : write_store(out, config.store_path);
  if (const auto kept = is_clock_kept())
    out.gauge("gramsetu_clock_synchronized", "1 while somebody keeps our clock, as NTP does.",
              *kept ? 1 : 0);
  const auto lag = from.hub.meters().lag(from.hub.clock().ticks());
  out.gauge("gramsetu_loop_lag_seconds", "How late the loop was at worst, in about a minute.", lag);
  write_proc(out, from.now);
}

} // namespace gramsetu::api
