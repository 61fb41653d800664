// The order of measurement, and the bars.
#include "tests/bench/bench.hpp"

#include "tests/bench/daemon_work.hpp"
#include "tests/bench/database_work.hpp"
#include "tests/bench/site.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

namespace gramsetu::bench {

namespace {

constexpr std::chrono::seconds kIdle{20};
constexpr const char *kTimes = "times the yardstick", *kTimesCopy = "times COPY by psql";

// Counts that a run must have had, or its figure means nothing.
using Counts = std::vector<std::pair<std::string, std::size_t>>;

void expect(const Sample& sample, const Counts& counts)
{
  for (const auto& [name, count] : counts) {
    const auto found = sample.find(name);
    const double was = found == sample.end() ? -1 : found->second;
    if (was == static_cast<double>(count)) continue;
    fmt::print(stderr, "bench: the run counts {} {} and should count {}; all it says:\n", was, name,
               count);
    for (const auto& [other, value] : sample)
      fmt::print(stderr, "  {} {}\n", other, value);
    std::exit(1);
  }
}

// A case that reads everything, on a store that is full.
struct Again {
  std::string name, title, kind = "again", config = "hub";
  bool edits = false, conflicts = false; // the endpoint's, before each
  Counts counts;
};

class Bench {
public:
  explicit Bench(const Options& options) : options_(options), site_(options.records)
  {
    report_.records = options.records;
    report_.repeat = options.repeat;
    report_.record_bytes = site_.endpoint.json_bytes() / options.records;
  }

  Report run()
  {
    if (wanted("database")) database();
    if (options_.only == "database") return std::move(report_);
    load();
    site_.yardstick("mark");
    unchanged();
    if (wanted("cursor")) cursor();
    changed();
    if (wanted("snapshot")) snapshot();
    if (wanted("reconcile")) reconcile();
    if (wanted("daemon")) daemon();
    if (wanted("memory")) memory();
    return std::move(report_);
  }

private:
  bool wanted(const std::string& name) const
  {
    return options_.only.empty() || options_.only == name;
  }

  void promise(const std::string& name, double value, double bar, const std::string& unit)
  {
    report_.promises.push_back({name, unit, value, bar, unit == kTimes || unit == kTimesCopy});
  }

  void add(Figure& figure, const Sample& ours, const Sample& yardstick) const
  {
    const double scale = 1e6 / static_cast<double>(options_.records);
    figure.micros.push_back(ours.at("seconds") * scale);
    figure.yardstick.push_back(yardstick.at("seconds") * scale);
    figure.processor_ratios.push_back(yardstick.at("processor") / ours.at("processor"));
    if (ours.contains("requests")) figure.requests = ours.at("requests");
    if (ours.contains("peak_kib"))
      figure.peak_mib = std::max(figure.peak_mib, ours.at("peak_kib") / 1024);
  }

  void keep(const Figure& figure)
  {
    peaks_[figure.name] = figure.peak_mib;
    report_.figures.push_back(figure);
    fmt::print(stderr, "bench: {}: {:.2f} us a record, ratio {:.2f}\n", figure.title,
               median(figure.micros), figure.ratio());
  }

  void load()
  {
    Figure figure{"load", "first load", {}, {}, {}};
    Figure rows{"rows", "its rows, by SQLite alone", {}, {}, {}};
    Figure bare{"rows_without_indexes", "the same without any index", {}, {}, {}};
    Figure alone{"records_alone", "its records alone, with their indexes", {}, {}, {}};
    const auto times = wanted("load") || wanted("memory") ? options_.repeat : 1;
    for (std::size_t i = 0; i < times; ++i) {
      const auto yardstick = site_.yardstick("load");
      const auto ours = site_.hub("load");
      expect(ours, {{"pulled", options_.records}, {"created", options_.records}});
      add(figure, ours, yardstick);
      // Once: it takes longer than the load itself.
      if (!wanted("load") || i + 1 < times) continue;
      add(rows, site_.stored({"--rows"}), yardstick);
      add(bare, site_.stored({"--no-indexes", "--rows"}), yardstick);
      add(alone, site_.stored({"--records-alone", "--rows"}), yardstick);
    }
    keep(figure);
    if (!wanted("load")) return;
    report_.figures.push_back(rows);
    report_.figures.push_back(bare);
    report_.figures.push_back(alone);
    promise("first_load", figure.ratio(), 0.7, kTimes);
    const auto size = site_.stored({"--size"});
    const auto json = static_cast<double>(site_.endpoint.json_bytes());
    promise("store_size", size.at("present_bytes") / json, 1.6, "times the JSON");
    report_.notes["history after a first load, times the JSON"] = size.at("history_bytes") / json;
    download();
  }

  // Shows that the server is not the limit.
  void download()
  {
    Figure figure{"download", "download alone", {}, {}, {}};
    for (std::size_t i = 0; i < options_.repeat; ++i)
      figure.micros.push_back(site_.yardstick("download").at("seconds") * 1e6 /
                              static_cast<double>(options_.records));
    report_.figures.push_back(figure);
  }

  Figure again(const Again& asked)
  {
    Figure figure{asked.name, asked.title, {}, {}, {}};
    for (std::size_t i = 0; i < options_.repeat; ++i) {
      if (asked.edits) site_.endpoint.edit(++round_, asked.conflicts);
      site_.endpoint.refresh();
      const auto yardstick = site_.yardstick("unchanged");
      const auto ours = site_.hub(asked.kind, round_, asked.config);
      expect(ours, {{"pulled", options_.records}});
      expect(ours, asked.counts);
      add(figure, ours, yardstick);
    }
    keep(figure);
    return figure;
  }

  void unchanged()
  {
    if (!wanted("unchanged")) return;
    const auto figure = again({.name = "unchanged",
                               .title = "nothing changed, all of it read",
                               .counts = {{"unchanged", options_.records}}});
    promise("unchanged", figure.ratio(), 2, kTimes);
  }

  void cursor()
  {
    std::vector<double> ms, requests;
    for (std::size_t i = 0; i < options_.repeat; ++i) {
      const auto ours = site_.hub("cursor");
      expect(ours, {{"created", 0}, {"updated", 0}});
      ms.push_back(ours.at("seconds") * 1000);
      requests.push_back(ours.at("requests"));
    }
    promise("unchanged_by_cursor", median(ms), 25, "ms");
    promise("unchanged_by_cursor_requests", median(requests), 2, "requests");
  }

  void changed()
  {
    const auto hundredth = options_.records / 100, thousandth = options_.records / 1000;
    if (wanted("changed")) {
      const auto figure = again({.name = "changed",
                                 .title = "1 % changed on the endpoint",
                                 .edits = true,
                                 .counts = {{"updated", hundredth - thousandth}}});
      promise("changed_1_percent", figure.ratio(), 1.2, kTimes);
    }
    if (!wanted("both")) return;
    const auto figure = again({.name = "both",
                               .title = "1 % changed on both sides, both ways",
                               .kind = "both",
                               .edits = true,
                               .conflicts = true,
                               .counts = {{"updated", hundredth - thousandth},
                                          {"conflicts", thousandth},
                                          {"pushed", hundredth}}});
    promise("changed_on_both_sides", figure.ratio(), 0.5, kTimes);
  }

  void snapshot()
  {
    again({.name = "snapshot",
           .title = "nothing changed, absences proved",
           .config = "snapshot-hub",
           .counts = {{"unchanged", options_.records}}});
  }

  void reconcile()
  {
    Figure figure{"reconcile", "the decision alone, 1 % changed on both sides", {}, {}, {}};
    for (std::size_t i = 0; i < options_.repeat; ++i) {
      const auto yardstick = site_.yardstick("unchanged");
      const auto ours = site_.hub("reconcile");
      expect(ours, {{"conflicts", options_.records / 1000}});
      add(figure, ours, yardstick);
    }
    figure.requests = 0;
    report_.figures.push_back(figure);
  }

  void daemon()
  {
    std::vector<double> start, status;
    Sample sample;
    for (std::size_t i = 0; i <= options_.repeat; ++i) {
      const auto last = i == options_.repeat;
      sample = daemon_sample({site_.config("idle-hub"), site_.folder.file("api.sock"),
                              site_.folder.path(), last ? kIdle : std::chrono::seconds(0)});
      if (i == 0) continue; // its flows have never run
      start.push_back(sample.at("start_ms"));
      status.push_back(sample.at("status_ms"));
    }
    promise("start_to_ready", median(start), 200, "ms");
    promise("status", median(status), 25, "ms");
    promise("idle_memory", sample.at("idle_mib"), 16, "MiB");
    report_.notes["of the idle memory the process's own, MiB"] = sample.at("idle_own_mib");
    promise("idle_processor", sample.at("idle_core") * 100, 0.1, "% of a core");
  }

  // COPY is what PostgreSQL has for rows in bulk: no checks of ours, no look at what is there already.
  void database()
  {
    Figure figure{"database", "first load into the PostgreSQL store", {}, {}, {}};
    const double scale = 1e6 / static_cast<double>(options_.records);
    for (std::size_t i = 0; i < options_.repeat; ++i) {
      Loads loads;
      if (!load_database(options_.records, site_.folder.path(), loads)) return;
      figure.micros.push_back(loads.ours * scale);
      figure.yardstick.push_back(loads.copy * scale);
      figure.processor_ratios.push_back(loads.copy / loads.ours); // by the clock: two programs work
    }
    report_.figures.push_back(figure);
    promise("first_load_postgresql", figure.ratio(), 0.5, kTimesCopy);
  }

  // The same work on a quarter of the records must not take less. Compared case by case, with those that were measured.
  void memory()
  {
    struct Work {
      std::string name, kind, config;
    };
    Site quarter(options_.records / 4000 * 1000);
    peaks_["verify"] = site_.hub("verify").at("peak_kib") / 1024;
    double most = 0, growth = 1;
    for (const auto& work :
         {Work{"load", "load", "hub"}, Work{"changed", "again", "hub"}, Work{"both", "both", "hub"},
          Work{"verify", "verify", "hub"}, Work{"snapshot", "again", "snapshot-hub"}}) {
      if (work.name != "load") quarter.endpoint.edit(1, true);
      quarter.endpoint.refresh();
      const double peak = quarter.hub(work.kind, 1, work.config).at("peak_kib") / 1024;
      const auto whole = peaks_.find(work.name);
      if (whole == peaks_.end()) continue;
      fmt::print(stderr, "bench: memory of {}: {:.1f} MiB, {:.1f} for a quarter\n", work.name,
                 whole->second, peak);
      most = std::max({most, peak, whole->second});
      growth = std::max(growth, std::max(peak, whole->second) / std::min(peak, whole->second));
    }
    promise("peak_memory", most, 64, "MiB");
    promise("memory_growth", growth, 1.1, "times a quarter's");
  }

  const Options& options_;
  Site site_;
  Report report_;
  unsigned round_ = 0;
  std::map<std::string, double> peaks_; // MiB, by case
};

} // namespace

Report run(const Options& options)
{
  return Bench(options).run();
}

} // namespace gramsetu::bench
