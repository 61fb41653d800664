// The table of events as texts: a page for people, and the journal's message catalogue.
#pragma once

#include <string>

namespace gramsetu {

std::string events_page();       // config/events.md
std::string journal_catalogue(); // systemd/gramsetu.catalog, as journalctl --catalog shows it

} // namespace gramsetu
