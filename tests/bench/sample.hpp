// One measurement: a process of its own does the work and says in numbers what it took.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace gramsetu::bench {

// What a child says: "seconds", "peak_kib", "pulled" ...; a line each on its standard output.
using Sample = std::map<std::string, double>;

// Runs `command` to its end. Ends the bench with what the child complained of when it fails.
Sample sample_of(const std::vector<std::string>& command);

// The child's side.
void tell(const std::string& name, double value);
void tell_peak_memory(); // VmHWM: this process alone, since it began

double median(std::vector<double> values);

} // namespace gramsetu::bench
