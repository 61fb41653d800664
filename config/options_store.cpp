// The table of the operator's file for the store: one of two engines.
#include "config/options_store.hpp"

namespace gramsetu::config {

namespace {

const Table kSqlite{{
    {.name = "path",
     .kind = Kind::path,
     .help = "The store's file; nobody else may write it. The folder that systemd makes for us",
     .default_text = "/var/lib/gramsetu/hub.db"},
}};

const Table kPostgresqlTls{{
    {.name = "ca",
     .kind = Kind::path,
     .help = "The authorities that may have signed the server's certificate; the system's own "
             "unless written",
     .example = "/etc/gramsetu/db-ca.pem"},
    {.name = "certificate",
     .kind = Kind::path,
     .help = "Our certificate, where the server asks for one",
     .example = "/etc/gramsetu/hub.pem"},
    {.name = "key",
     .kind = Kind::secret,
     .help = "Its key",
     .example = "\"${credential:hub-key}\""},
}};

const Table kPostgresql{{
    {.name = "url",
     .kind = Kind::url,
     .help = "The database; a folder of a Unix socket stands in it as %2Frun%2Fpostgresql",
     .required = true,
     .example = "postgresql://gramsetu@db.example.gov.in/gramsetu"},
    {.name = "password",
     .kind = Kind::secret,
     .help = "Of the user in the url; none where the server knows us by socket or certificate",
     .example = "\"${credential:hub-db}\""},
    {.name = "tls",
     .kind = Kind::block,
     .help = "Who the server is, and who we are to it",
     .members = &kPostgresqlTls},
    {.name = "allow_plaintext",
     .kind = Kind::flag,
     .help = "Also over a network without TLS, where anybody on the way can read along",
     .default_text = "false"},
    {.name = "folder",
     .kind = Kind::path,
     .help = "For what lies beside the store: attachments, the audit log, the keys of erasures",
     .default_text = "/var/lib/gramsetu"},
}};

const Table kStore{{{.name = "sqlite",
                     .kind = Kind::block,
                     .help = "The store in one SQLite file",
                     .members = &kSqlite},
                    {.name = "postgresql",
                     .kind = Kind::block,
                     .help = "The store in a PostgreSQL database, for what outgrows one file",
                     .members = &kPostgresql}},
                   true};

} // namespace

const Table& store_options()
{
  return kStore;
}

} // namespace gramsetu::config
