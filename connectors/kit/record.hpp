// Recording: a real exchange, kept as a fixture without secrets and without persons.
#pragma once

#include "connectors/api/transport.hpp"
#include "connectors/kit/fixture.hpp"
#include "connectors/kit/scrub.hpp"

#include <string>
#include <vector>

namespace gramsetu::connectors::kit {

struct RecordOrder {
  EndpointSettings settings;
  const Stream& stream;
  Slice slice;
  std::size_t pages = 2, records = 0; // records: in a page or file; 0: as it is configured
  Services services;
  std::string seed; // of the pseudonyms; kept nowhere
};

// Reads only. What comes out is what the fixture gave when it was played, so that it passes its own test.
Result<Fixture> record(RecordOrder order);

// For the transports: what they record, and with what.
struct Recording {
  const RecordOrder& order;
  Scrubber& scrubber;
  Pseudonyms& pseudonyms;
  std::vector<std::string> secrets;

  // Of a file, a table or a tap there are so many records.
  std::size_t most() const { return order.records > 0 ? order.records : 20; }

  // A finished text: swept, without secrets, without where the system is.
  std::string clean(std::string text) const;
};

Result<void> record_http(const Recording& recording, Fixture& fixture);
Result<void> record_files(const Recording& recording, Fixture& fixture);
Result<void> record_sftp(const Recording& recording, Fixture& fixture);
Result<void> record_sql(const Recording& recording, Fixture& fixture);
Result<void> record_exec(const Recording& recording, Fixture& fixture);

} // namespace gramsetu::connectors::kit
