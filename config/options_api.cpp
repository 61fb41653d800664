// The table of the admin API's options.
#include "config/options.hpp"

namespace gramsetu::config {

namespace {

const Table kTcpTls{{
    {.name = "certificate",
     .kind = Kind::path,
     .help = "PEM file of the hub's certificate with its intermediates; its names are those that "
             "the API may be called by",
     .required = true,
     .example = "/etc/gramsetu/hub.pem"},
    {.name = "key",
     .kind = Kind::secret,
     .help = "Its key in PEM",
     .required = true,
     .example = "\"${credential:hub-key}\""},
    {.name = "client_ca",
     .kind = Kind::path,
     .help = "PEM file of authorities: a client must have a certificate of theirs, besides its "
             "token; without it none is asked for",
     .example = "/etc/gramsetu/clients.pem"},
}};

const Table kTcp{{
    {.name = "listen",
     .kind = Kind::listen,
     .help = "Address and port; beyond loopback only with tls",
     .required = true,
     .example = "127.0.0.1:8470"},
    {.name = "tokens",
     .kind = Kind::secret,
     .help =
         "Who may call, and as what, a line each: NAME viewer|operator|admin SECRET, or NAME app "
         "SECRET ENTITY..., as `gramsetu token new` prints it; nobody is answered without one",
     .required = true,
     .example = "\"${credential:api-tokens}\""},
    {.name = "tls",
     .kind = Kind::block,
     .help = "TLS 1.2 and newer; a reload reads the files again",
     .members = &kTcpTls},
}};

const Table kApi{{
    {.name = "unix",
     .kind = Kind::path,
     .help = "The socket that the commands use; the folder that systemd makes for us",
     .default_text = "/run/gramsetu/api.sock"},
    {.name = "tcp",
     .kind = Kind::block,
     .help = "A listener for programs on this machine or, with tls, on others; off unless written",
     .members = &kTcp},
}};

} // namespace

const Table& api_options()
{
  return kApi;
}

} // namespace gramsetu::config
