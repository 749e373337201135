#!/usr/bin/env bash
# One backup: the database (pg_dump, custom format, checked to be readable) and guests' files.
#   DATABASE_URL, BACKUP_DIRECTORY, optional MEDIA_ROOT, BACKUP_DAYS (kept, default 14)
# Prints the file it made. A heartbeat named "backup" tells Prometheus that it happened.
set -euo pipefail
: "${DATABASE_URL:?}" "${BACKUP_DIRECTORY:?}"
umask 077
mkdir -p "$BACKUP_DIRECTORY"
stamp=$(date -u +%Y%m%dT%H%M%SZ)
dump=$BACKUP_DIRECTORY/hotel-agent-$stamp.dump
trap 'rm -f "$dump.part" "$BACKUP_DIRECTORY/media-$stamp.tar.part"' EXIT

pg_dump --format=custom --compress=6 --no-owner --no-privileges --lock-wait-timeout=30000 \
    --file="$dump.part" "$DATABASE_URL"
pg_restore --list "$dump.part" >/dev/null
mv "$dump.part" "$dump"

# After the dump: a file that a row names is on disk before the row.
if [ -n "${MEDIA_ROOT:-}" ] && [ -d "$MEDIA_ROOT" ]; then
    tar --create --file="$BACKUP_DIRECTORY/media-$stamp.tar.part" --directory="$MEDIA_ROOT" .
    mv "$BACKUP_DIRECTORY/media-$stamp.tar.part" "$BACKUP_DIRECTORY/media-$stamp.tar"
fi

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 "$DATABASE_URL" >/dev/null <<'SQL'
INSERT INTO hotel_agent_heartbeat (name, at) VALUES ('backup', clock_timestamp())
ON CONFLICT (name) DO UPDATE SET at = excluded.at;
SQL
find "$BACKUP_DIRECTORY" -maxdepth 1 -name '*-*Z.*' -mtime "+${BACKUP_DAYS:-14}" -delete
echo "$dump"
