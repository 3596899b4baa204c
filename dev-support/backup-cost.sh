#!/usr/bin/env bash
# What backups cost, beside rclone and restic on the same data in the same run.
#   dev-support/backup-cost.sh [OBJECTS] [BYTES]      100000 objects of 52428 bytes (5 GiB) unless given
# Starts one server, fills a bucket, and times: a full backup, an incremental with nothing changed and with 1 % of
# the objects changed, a differential, a restore to files; and on the other side rclone to a directory with restic
# behind it, and restic's restore. Prints a table. Needs five times the data as free space below $TMPDIR.
# Installs rclone and restic from the distribution's packages when they aren't there, which needs apt-get and root.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
objects=${1:-100000}
bytes=${2:-52428}
run=$(mktemp -d "${TMPDIR:-/tmp}/sluice-backup-cost.XXXXXX")
port=${PORT:-9660}
folders=100
each=$((objects / folders))
endpoint=http://127.0.0.1:$port
unset AWS_CA_BUNDLE
export SLUICE_ROOT_ACCESS_KEY=cost-access-key-1 SLUICE_ROOT_SECRET_KEY=cost-secret-key-of-this-run
export AWS_ACCESS_KEY_ID=$SLUICE_ROOT_ACCESS_KEY AWS_SECRET_ACCESS_KEY=$SLUICE_ROOT_SECRET_KEY SLUICE_ENDPOINT=$endpoint
export RESTIC_PASSWORD=of-this-run RCLONE_CONFIG=$run/rclone.conf RESTIC_CACHE_DIR=$run/cache
sluice=${SLUICE:-$root/bin/sluice}

finish() {
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  rm -rf "$run"
}
trap finish EXIT

for tool in rclone restic; do
  command -v $tool >/dev/null || apt-get install -y -qq $tool >/dev/null
done

seconds() { # command…: runs it quietly and prints how long it took
  local begun
  begun=$(date +%s.%N)
  "$@" >"$run/output" 2>&1 || { cat "$run/output" >&2; exit 1; }
  echo "$(date +%s.%N) $begun" | awk '{printf "%.2f", $1 - $2}'
}

fill() { # folder count: random files of the size
  mkdir -p "$run/source/$1"
  head -c $(($2 * bytes)) /dev/urandom | split -b "$bytes" -d -a 5 - "$run/source/$1/f"
}

size() { du -sb "$1" | cut -f 1; }

row() { printf '%-44s %10s s %14s bytes written\n' "$1" "$2" "$3"; }

api() { # method path [body]: asks the administration API
  curl -sS --fail-with-body --aws-sigv4 aws:amz:us-east-1:s3 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
    -H "x-amz-content-sha256: $(printf %s "${3-}" | sha256sum | cut -d ' ' -f 1)" \
    -X "$1" ${3+-H 'Content-Type: application/json' --data-binary "$3"} "$endpoint/_sluice/admin/v1$2"
}

backup() { # kind: makes one, prints "seconds bytes". Without the command line, whose JVM takes a second to start
  local begun id
  begun=$(date +%s.%N)
  id=$(api POST /targets/disk/backups "{\"kind\":\"$1\"}" | sed 's/.*"id":"\([^"]*\)".*/\1/')
  until api GET /targets/disk | grep -q "\"last\":{\"id\":\"$id\""; do sleep 0.02; done
  echo "$(date +%s.%N) $begun $(api GET "/targets/disk/backups/$id" | sed 's/.*"bytesWritten":\([0-9]*\).*/\1/')" |
    awk '{printf "%.2f %d\n", $1 - $2, $3}'
}

mkdir -p "$run/target" "$run/source"
"$sluice" server --data "$run/data" --address "127.0.0.1:$port" >"$run/log" 2>&1 &
server=$!
until grep -q 'Sluice is ready' "$run/log"; do
  kill -0 $server || { cat "$run/log"; exit 1; }
  sleep 0.2
done
cat >"$RCLONE_CONFIG" <<EOF
[s]
type = s3
provider = Other
endpoint = $endpoint
access_key_id = $AWS_ACCESS_KEY_ID
secret_access_key = $AWS_SECRET_ACCESS_KEY
region = us-east-1
EOF

echo "backup-cost: $objects objects of $bytes bytes; $(rclone version | head -n 1), $(restic version | cut -d ' ' -f 1-2)"
for folder in $(seq $folders); do fill "$folder" "$each"; done
row 'filling the bucket (rclone)' "$(seconds rclone copy "$run/source" s:data --transfers 16 --checkers 16 --s3-no-check-bucket=false)" "$((objects * bytes))"
"$sluice" target add disk "file://$run/target" >/dev/null
restic init -q -r "$run/restic"

read -r full full_bytes < <(backup full)
row 'Sluice: full' "$full" "$full_bytes"
rclone_full=$(seconds rclone sync s:data "$run/mirror" --transfers 16 --checkers 16 --fast-list)
restic_full=$(seconds restic backup -q -r "$run/restic" "$run/mirror")
row 'rclone sync + restic backup: all' "$(echo "$rclone_full $restic_full" | awk '{print $1 + $2}')" "$(($(size "$run/mirror") + $(size "$run/restic")))"

read -r nothing nothing_bytes < <(backup incremental)
row 'Sluice: incremental, nothing changed' "$nothing" "$nothing_bytes"

# One of a hundred in each folder.
changed=$((each / 100 > 0 ? each / 100 : 1))
for folder in $(seq $folders); do
  head -c $((changed * bytes)) /dev/urandom | split -b "$bytes" -d -a 5 - "$run/source/$folder/f"
done
seconds rclone copy "$run/source" s:data --transfers 16 --checkers 16 --max-age 1h --fast-list >/dev/null
before_restic=$(size "$run/restic")
read -r incremental incremental_bytes < <(backup incremental)
row 'Sluice: incremental, 1 % changed' "$incremental" "$incremental_bytes"
rclone_changed=$(seconds rclone sync s:data "$run/mirror" --transfers 16 --checkers 16 --fast-list)
restic_changed=$(seconds restic backup -q -r "$run/restic" "$run/mirror")
other=$(echo "$rclone_changed $restic_changed" | awk '{print $1 + $2}')
row 'rclone sync + restic backup: 1 % changed' "$other" "$(($(size "$run/restic") - before_restic + folders * changed * bytes))"
read -r differential differential_bytes < <(backup differential)
row 'Sluice: differential' "$differential" "$differential_bytes"

rm -rf "$run/mirror"
restore=$(seconds "$sluice" restore --from "file://$run/target" --to "$run/restored")
diff -rq "$run/source" "$run/restored/data" >"$run/output" || { head "$run/output"; exit 1; }
row 'Sluice: restore to files, compared' "$restore" "$((objects * bytes))"
rm -rf "$run/restored"
restic_restore=$(seconds restic restore latest -q -r "$run/restic" --target "$run/restored")
row 'restic: restore' "$restic_restore" "$((objects * bytes))"

echo "$incremental $other $incremental_bytes $((folders * changed * bytes)) $restore $restic_restore" | awk '{
  printf "incremental %.1f times as fast, %.2f bytes written for each that changed, restore %.1f times as fast\n",
    $2 / $1, $3 / $4, $6 / $5
}'
