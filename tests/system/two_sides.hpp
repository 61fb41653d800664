// Service requests at the CSC and at the state, edited on both sides and at the hub, and what must hold of
// them in the end.
#pragma once

#include "tests/system/hub.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace gramsetu::test {

class TwoSides {
public:
  // So many records at the CSC; a quarter of them at the state, too, alike.
  TwoSides(std::size_t records, std::uint64_t seed);

  Hub& hub() { return hub_; }
  const District& district() const { return district_; }

  // Both have been read to their end once: what differed before is nobody's edit.
  bool loaded();
  // A moment in a district's day. The CSC sets phones, the state offices and the hub addresses, often of one
  // record, which is no conflict; CSC and state write remarks on some, which is; records come and go.
  void edit();
  void
  remove(); // a record at each endpoint; while news of it are on their way that would be a conflict
  void edit_at_hub();
  // A coming write fails so that the hub cannot know whether it had an effect; another keeps the hub
  // waiting, with its effect done, still to come, or never to be.
  void disturb();
  // That one is on its way.
  bool writes() const;
  void calm();

  // Both endpoints hold the same records, and every edit is in them. Those in `open` may differ in remarks.
  void check_sides(const std::set<std::string>& open) const;
  // No create came twice, and no update that had been made before.
  void check_ledger(const std::string& endpoint) const;
  // Every record's own check is in here: one line for what the hub has under a key.
  std::map<std::string, std::string> hub_records();
  std::set<std::string> open_conflicts();
  std::size_t alive() const;
  std::size_t effects() const;

private:
  struct Known {
    std::string key, csc_id, state_id;
    std::string phone, office, address;     // as somebody set it last; empty: nobody did
    std::set<std::string> remarks, writers; // texts, and the endpoints where they were written
    bool gone = false;
  };

  std::size_t pick(std::size_t bound);
  std::string fresh(const std::string& what) { return what + " " + std::to_string(++written_); }
  // One of the records that both had in the beginning, of those with this remainder by four.
  Known& shared(std::size_t remainder, std::size_t among);
  void set(const std::string& endpoint, const Known& record, const std::string& field,
           const std::string& value);
  void remove(const std::string& endpoint, Known& record);
  void add(const std::string& endpoint);
  void remark(Known& record);

  std::mt19937_64 random_;
  Hub hub_;
  District district_;
  std::map<std::string, Known> known_;   // by the hub's key
  std::vector<std::string> keys_;        // of what was there in the beginning
  std::size_t written_ = 0;              // values, each is written once
  schema::Object csc_like_, state_like_; // what a new record looks like
};

} // namespace gramsetu::test
