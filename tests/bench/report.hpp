// What the bench found: a table for people, JSON for machines.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace gramsetu::bench {

// One thing that was measured again and again, with what was measured beside it each time.
struct Figure {
  std::string name, title;
  std::vector<double> micros;    // a record, of ours
  std::vector<double> yardstick; // a record, of the yardstick just before
  std::vector<double>
      processor_ratios; // the same by processor time, which a busy machine moves less
  double requests = 0, peak_mib = 0;

  double ratio() const; // the median of the pairs' ratios: above one, ours is the quicker
};

// What is promised of a number.
struct Promise {
  std::string name, unit; // unit: "times the yardstick", "ms" ...
  double value = 0, bar = 0;
  bool at_least = false; // else at most

  bool held() const { return at_least ? value >= bar : value <= bar; }
};

struct Report {
  std::size_t records = 0, record_bytes = 0, repeat = 0;
  std::vector<Figure> figures;
  std::vector<Promise> promises;
  std::map<std::string, double> notes; // numbers without a promise

  std::string table() const;
  std::string json() const;
  bool held() const; // all of them
};

} // namespace gramsetu::bench
