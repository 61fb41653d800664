// The table of the operator's file for backups.
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

} // namespace

const Table& backup_options()
{
  return kBackup;
}

} // namespace gramsetu::config
