#!/bin/sh
# Runs a command beside a PostgreSQL of its own (Debian's binaries, a temporary directory, flushing on), whose empty database
# GEWANG_BENCH_POSTGRES names:   bench/postgres.sh gewang bench store --pgbench /usr/lib/postgresql/15/bin/pgbench
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
folder=$(mktemp -d "${TMPDIR:-/tmp}/gewang-pg-bench-XXXXXX")
user=$(id -un)
as=
if [ "$(id -u)" = 0 ]; then
  # PostgreSQL does not run as root.
  user=postgres
  chown "$user" "$folder"
  as="runuser -u $user --"
fi
trap '$as "$bin/pg_ctl" --pgdata="$folder/data" --mode=immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
$as "$bin/initdb" --pgdata="$folder/data" --auth=trust --encoding=UTF8 --locale=C >/dev/null
$as "$bin/pg_ctl" --pgdata="$folder/data" --wait --log="$folder/log" start \
  --options="-k $folder -c listen_addresses= -c max_connections=700 -c shared_buffers=1GB -c max_wal_size=8GB" >/dev/null
$as "$bin/createdb" --host="$folder" bench
GEWANG_BENCH_POSTGRES="postgresql://$user@$(printf %s "$folder" | sed 's:/:%2F:g')/bench" "$@"
