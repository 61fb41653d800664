// Names of the error kinds, as logs and problem documents show them.
#include "base/result.hpp"

namespace gramsetu {

std::string_view name_of(ErrorKind kind)
{
  switch (kind) {
  case ErrorKind::transient: return "transient";
  case ErrorKind::throttled: return "throttled";
  case ErrorKind::unauthorized: return "unauthorized";
  case ErrorKind::precondition: return "precondition";
  case ErrorKind::invalid: return "invalid";
  case ErrorKind::not_found: return "not_found";
  case ErrorKind::unsupported: return "unsupported";
  case ErrorKind::corrupt: return "corrupt";
  case ErrorKind::cancelled: return "cancelled";
  }
  return "unknown";
}

} // namespace gramsetu
