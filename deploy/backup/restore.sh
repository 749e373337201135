#!/usr/bin/env bash
# Bring a backup back into an EMPTY database:  restore.sh FILE.dump [FILE.media.tar]
#   DATABASE_URL names the new database. It refuses one that has tables: nothing is overwritten.
# Afterwards: manage.py migrate, manage.py audit, and `erase_guest` again for who was erased since the backup.
set -euo pipefail
: "${DATABASE_URL:?}"
dump=${1:?the .dump file}
media=${2:-}

tables=$(psql --no-psqlrc --tuples-only --no-align "$DATABASE_URL" \
    --command "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
if [ "$tables" -ne 0 ]; then
    echo "The database already has $tables tables: give an empty one." >&2
    exit 2
fi
pg_restore --no-owner --no-privileges --exit-on-error --single-transaction --dbname="$DATABASE_URL" "$dump"
if [ -n "$media" ]; then
    : "${MEDIA_ROOT:?}"
    mkdir -p "$MEDIA_ROOT"
    tar --extract --file="$media" --directory="$MEDIA_ROOT"
fi
psql --quiet --no-psqlrc "$DATABASE_URL" --command ANALYZE
echo "restored"
