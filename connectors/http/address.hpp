// Which network addresses a request may go to.
#pragma once

struct sockaddr;

namespace gramsetu::connectors::http {

// What an address may be, once a name has been resolved.
struct AddressRule {
  bool loopback_only = false; // http:// is for this machine alone
  bool loopback = false;      // the operator wrote a loopback host
};

// A name that an operator trusts may resolve to anything, so it is the address that is checked when
// the socket is made. `address` must have room for its family. Private networks are allowed: state
// data centres use them. Link-local (cloud metadata), multicast and unspecified never are.
bool allowed(const sockaddr& address, const AddressRule& rule);

} // namespace gramsetu::connectors::http
