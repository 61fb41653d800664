// Runs in words: how they go on, what they came to, which exit code that is.
#pragma once

#include "daemon/commands/print.hpp"
#include "daemon/commands/session.hpp"

#include <optional>
#include <string>

namespace gramsetu::commands {

// Waits until a run is over; on a terminal says on standard error how far it is once that takes longer
// than two seconds. Nothing when the hub cannot be asked any more. Ctrl-C stops a run of our own hub;
// a daemon's goes on.
std::optional<schema::Value> wait_for(Session& session, const schema::Value& ticket);

int exit_of(const schema::Value& run);
int worst(int a, int b); // a failure before a hold, a hold before a part

std::string counts_line(const schema::Value& counts); // "pulled=12 created=3", without zeros
// Its line, why it is as it is, what it would do when it is held or planned, and its certificate.
void print_run(const schema::Value& run, const Times& times);
// What an apply or an undo says of single records, all of it; nothing when the hub cannot be asked any more.
std::optional<schema::Value> remarks_of(Session& session, const schema::Value& run);
void print_remarks(const schema::Value& remarks);
// What is to be done after these runs, for people.
void print_advice(const schema::Value& runs);

} // namespace gramsetu::commands
