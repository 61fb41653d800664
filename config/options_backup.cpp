// The tables of the operator's file for what outlives an accident: backups, and the audit log.
#include "config/options_backup.hpp"

namespace gramsetu::config {

namespace {

const Table kBackup{{
    {.name = "path",
     .kind = Kind::path,
     .help = "The folder; best on another disk, and then by ReadWritePaths= in a drop-in",
     .required = true,
     .example = "/var/backups/gramsetu"},
    {.name = "every",
     .kind = Kind::duration,
     .help = "Time from one backup to the next; what came after the last one is lost with the disk",
     .default_text = "1d",
     .min = "10m",
     .max = "31d"},
    {.name = "keep",
     .kind = Kind::integer,
     .help = "So many are kept, and older ones go once a new one is good; two weeks of days",
     .default_text = "14",
     .min = "1",
     .max = "1000"},
    {.name = "key",
     .kind = Kind::secret,
     .help = "Encrypts them; keep the key elsewhere as well, nothing opens a backup without it",
     .example = "\"${credential:backup-key}\""},
}};

const Table kAudit{{
    {.name = "folder",
     .kind = Kind::path,
     .help = "Where its files are, and nothing else; outside of the store's folder also in "
             "ReadWritePaths= of a drop-in. Without it `audit` beside the store",
     .example = "/var/log/gramsetu-audit"},
    {.name = "key",
     .kind = Kind::secret,
     .help = "What signs its heads: an Ed25519 key in PEM, as `openssl genpkey -algorithm ed25519` "
             "makes it. Without it the hub makes one, `audit.key` in the folder. Another one is "
             "taken at the next start",
     .example = "\"${credential:audit-key}\""},
}};

} // namespace

const Table& backup_options()
{
  return kBackup;
}

const Table& audit_options()
{
  return kAudit;
}

} // namespace gramsetu::config
