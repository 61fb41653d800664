// The tables of `endpoints.<name>`.
#include "config/options.hpp"

namespace gramsetu::config {

namespace {

const Table kNoAuth{};

const Table kApiKey{{
    {.name = "header",
     .kind = Kind::name,
     .help = "Name of the header that carries the key; either this or query",
     .example = "X-API-Key"},
    {.name = "query",
     .kind = Kind::name,
     .help = "Name of the query parameter that carries the key; headers leak less",
     .example = "api_key"},
    {.name = "value",
     .kind = Kind::secret,
     .help = "The key",
     .required = true,
     .example = "\"${env:CSC_KEY}\""},
}};

const Table kBasic{{
    {.name = "user", .help = "The user's name", .required = true, .example = "jalpaiguri"},
    {.name = "password",
     .kind = Kind::secret,
     .help = "The user's password",
     .required = true,
     .example = "\"${credential:state-password}\""},
}};

const Table kBearer{{
    {.name = "token",
     .kind = Kind::secret,
     .help = "A token that does not expire",
     .required = true,
     .example = "\"${credential:state-token}\""},
}};

const Table kOauth2{{
    {.name = "token_url",
     .kind = Kind::url,
     .help = "Where tokens are fetched",
     .required = true,
     .example = "https://central.example.gov.in/oauth2/token"},
    {.name = "client_id",
     .help = "The name the endpoint gave this hub",
     .required = true,
     .example = "jalpaiguri"},
    {.name = "client_secret",
     .kind = Kind::secret,
     .help = "The secret the endpoint gave this hub",
     .required = true,
     .example = "\"${credential:central}\""},
    {.name = "scope", .help = "Scopes to ask for, with blanks between", .example = "vouchers.read"},
}};

const Table kHmac{{
    {.name = "key_id",
     .help = "The name of the key, where the endpoint wants it",
     .example = "jalpaiguri"},
    {.name = "secret",
     .kind = Kind::secret,
     .help = "The key; the manifest says what is signed and where the signature goes",
     .required = true,
     .example = "\"${credential:state-signing}\""},
}};

const Table kSshKey{{
    {.name = "user", .help = "The account's name", .required = true, .example = "jalpaiguri"},
    {.name = "key",
     .kind = Kind::secret,
     .help = "Our private key, as ssh-keygen writes it",
     .required = true,
     .example = "\"${credential:pfms-key}\""},
    {.name = "passphrase",
     .kind = Kind::secret,
     .help = "What opens the key, where it is locked",
     .example = "\"${credential:pfms-passphrase}\""},
}};

const Table kAuth{
    {{.name = "none", .kind = Kind::block, .help = "Nobody asks who we are", .members = &kNoAuth},
     {.name = "api_key",
      .kind = Kind::block,
      .help = "A key in a header or in the query",
      .members = &kApiKey},
     {.name = "basic",
      .kind = Kind::block,
      .help = "User and password (RFC 7617)",
      .members = &kBasic},
     {.name = "bearer",
      .kind = Kind::block,
      .help = "A fixed token (RFC 6750)",
      .members = &kBearer},
     {.name = "oauth2",
      .kind = Kind::block,
      .help = "OAuth2 client credentials (RFC 6749, 4.4); tokens are renewed before they expire",
      .members = &kOauth2},
     {.name = "hmac",
      .kind = Kind::block,
      .help = "Every request is signed with a shared key (HMAC-SHA-256)",
      .members = &kHmac},
     {.name = "ssh_key",
      .kind = Kind::block,
      .help = "A key pair (transport sftp)",
      .members = &kSshKey}},
    true};

const Table kLimits{{
    {.name = "requests_per_second",
     .kind = Kind::integer,
     .help = "Requests started in a second; without it only the endpoint's own answers slow us "
             "down",
     .min = "1",
     .max = "1000",
     .example = "10"},
    {.name = "concurrent",
     .kind = Kind::integer,
     .help =
         "Flows that may run on the endpoint at once, and requests that may be under way there: "
         "a push over HTTP sends so many at once; one, because public endpoints are shared",
     .default_text = "1",
     .min = "1",
     .max = "16"},
    {.name = "bytes_per_second",
     .kind = Kind::size,
     .help = "Received and sent in a second; without it the line decides",
     .min = "1KiB",
     .example = "2MiB"},
    {.name = "response_bytes",
     .kind = Kind::size,
     .help = "The largest answer that is read, decoded; keeps the process small when an endpoint "
             "misbehaves",
     .default_text = "64MiB",
     .min = "64KiB",
     .max = "1GiB"},
    {.name = "connect_timeout",
     .kind = Kind::duration,
     .help = "Until a connection stands; village lines are slow, not minutes slow",
     .default_text = "10s",
     .min = "100ms",
     .max = "10m"},
    {.name = "first_byte_timeout",
     .kind = Kind::duration,
     .help = "Until an answer begins; reports take the central systems a while",
     .default_text = "60s",
     .min = "100ms",
     .max = "1h"},
    {.name = "total_timeout",
     .kind = Kind::duration,
     .help = "Until an answer is complete; an endless one must end",
     .default_text = "5m",
     .min = "100ms",
     .max = "1d"},
}};

const Table kTls{{
    {.name = "ca",
     .kind = Kind::path,
     .help = "PEM file of the authorities to trust; without it the system's",
     .example = "/etc/gramsetu/ca.pem"},
    {.name = "certificate",
     .kind = Kind::path,
     .help = "PEM file of our own certificate, where the endpoint asks for one",
     .example = "/etc/gramsetu/hub.pem"},
    {.name = "key",
     .kind = Kind::secret,
     .help = "Our own key in PEM",
     .example = "\"${credential:hub-key}\""},
    {.name = "pins",
     .help =
         "Public keys of which the endpoint must have one, with blanks between; two at least, so "
         "that it can change its key",
     .example = "sha256//AAAA= sha256//BBBB="},
}};

const Table kSealing{{
    {.name = "key",
     .kind = Kind::secret,
     .help = "The key of what is sealed: text as it is, or hex: or base64: before it",
     .example = "\"${credential:napix-key}\""},
    {.name = "iv",
     .kind = Kind::secret,
     .help = "The initialisation vector, where both sides agreed on one",
     .example = "\"${credential:napix-iv}\""},
    {.name = "mac_key",
     .kind = Kind::secret,
     .help = "The key of the check value; the same as key unless stated",
     .example = "\"${credential:napix-mac}\""},
    {.name = "private_key",
     .kind = Kind::secret,
     .help = "Our own RSA key in PEM",
     .example = "\"${credential:bridge-key}\""},
    {.name = "public_key",
     .kind = Kind::path,
     .help = "PEM file of the endpoint's RSA key",
     .example = "/etc/gramsetu/bridge.pem"},
    {.name = "party", .help = "What the endpoint calls us", .example = "\"12345\""},
}};

const Table kEndpoint{{
    {.name = "connector",
     .kind = Kind::connector,
     .help = "A manifest: by name (shipped, or in connectors/ beside this file), by file "
             "(*.yaml), or written here",
     .required = true,
     .example = "egramswaraj"},
    {.name = "role",
     .kind = Kind::choice,
     .help = "What the endpoint is to the records; the manifest's own unless stated. Rules may "
             "name it",
     .choices = {"directory", "central", "state", "csc", "local", "peer"}},
    {.name = "url",
     .kind = Kind::url,
     .help =
         "Where it answers (transport http); a PostgreSQL database (transport sql): "
         "postgresql://user@host:5432/database; or sftp://host:22/folder, and /~/folder for one "
         "in the account's own (transport sftp)",
     .example = "https://central.example.gov.in/api"},
    {.name = "path",
     .kind = Kind::path,
     .help =
         "The folder with its files (transport files), the one that its programs run in (exec), or "
         "an SQLite file (sql)",
     .example = "/srv/lgd"},
    {.name = "host_key",
     .help =
         "What the server must show before it is told anything (transport sftp): SHA256:..., or "
         "a line of known_hosts; several with commas between, while keys change",
     .example = "SHA256:uNiVztksCsDhcc0u9e8BrrADltlVEy4XYLDC6pFp2mE"},
    {.name = "mirrors",
     .kind = Kind::name,
     .help =
         "Another endpoint whose records come up here by themselves, and these there; the check "
         "then keeps changes from going round between the two",
     .example = "central"},
    {.name = "clock_doubt",
     .kind = Kind::duration,
     .help =
         "How far its clock may be off: changes that lie closer together than the doubt of both "
         "sides are never decided by time. Two seconds, for a clock that is kept by NTP and "
         "stamps whole seconds; what its answers show widens it",
     .default_text = "2s",
     .max = "1d"},
    {.name = "auth",
     .kind = Kind::block,
     .help = "How we say who we are; one of these, or the word none",
     .members = &kAuth,
     .word = "none"},
    {.name = "limits",
     .kind = Kind::block,
     .help = "How hard the endpoint may be worked",
     .members = &kLimits},
    {.name = "tls",
     .kind = Kind::block,
     .help = "Whom to trust, and our own certificate",
     .members = &kTls},
    {.name = "sealing",
     .kind = Kind::block,
     .help = "Keys of messages that are sealed inside TLS, where the manifest says so",
     .members = &kSealing},
    {.name = "allow_plaintext",
     .kind = Kind::flag,
     .help = "Allow http:// to another machine; false, because anyone on the way reads along",
     .default_text = "false"},
    {.name = "options",
     .kind = Kind::options,
     .help = "What the manifest offers; `gramsetu connectors describe NAME` lists it"},
}};

} // namespace

const Table& endpoint_options()
{
  return kEndpoint;
}

} // namespace gramsetu::config
