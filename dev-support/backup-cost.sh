#!/usr/bin/env bash
# What backups cost, beside rclone and restic on the same data in the same run.
#   dev-support/backup-cost.sh [OBJECTS] [BYTES]      100000 objects of 52428 bytes (5 GiB) unless given
# Starts a server, fills a bucket, and times every kind of backup to a directory; on the other side rclone to a
# directory with restic behind it. Then the rate of clients without and with a full backup beside them, backups to
# a second server, which counts its requests, and restores to files by both. Prints a table.
# Bytes read are those that the server read by calls, from its files and from clients.
# Needs six times the data as free space below $TMPDIR.
# Installs rclone and restic from the distribution's packages when they aren't there, which needs apt-get and root.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
objects=${1:-100000}
bytes=${2:-52428}
run=$(mktemp -d "${TMPDIR:-/tmp}/sluice-backup-cost.XXXXXX")
port=${PORT:-9660}
folders=100
each=$((objects / folders))
servers=
unset AWS_CA_BUNDLE
export SLUICE_ROOT_ACCESS_KEY=cost-access-key-1 SLUICE_ROOT_SECRET_KEY=cost-secret-key-of-this-run
export AWS_ACCESS_KEY_ID=$SLUICE_ROOT_ACCESS_KEY AWS_SECRET_ACCESS_KEY=$SLUICE_ROOT_SECRET_KEY
export SLUICE_ENDPOINT=http://127.0.0.1:$port
export RESTIC_PASSWORD=of-this-run RCLONE_CONFIG=$run/rclone.conf RESTIC_CACHE_DIR=$run/cache
sluice=${SLUICE:-$root/bin/sluice}
bench=${BENCH:-$root/bin/bench}

finish() {
  # shellcheck disable=SC2086 # several
  kill $servers 2>/dev/null || true
  wait
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

serve() { # name port
  "$sluice" server --data "$run/$1" --address "127.0.0.1:$2" >"$run/$1.log" 2>&1 &
  servers="$servers $!"
  until grep -q 'Sluice is ready' "$run/$1.log"; do
    kill -0 $! || { cat "$run/$1.log"; exit 1; }
    sleep 0.2
  done
}

fill() { # folder count: random files of the size
  mkdir -p "$run/source/$1"
  head -c $(($2 * bytes)) /dev/urandom | split -b "$bytes" -d -a 5 - "$run/source/$1/f"
}

change() { # one of a hundred in each folder, and sends them
  local folder
  for folder in $(seq $folders); do fill "$folder" "$changed"; done
  seconds rclone copy "$run/source" s:data --transfers 16 --checkers 16 --max-age 2m --fast-list >/dev/null
}

size() { du -sb "$1" | cut -f 1; }

row() { # what seconds written [read requests]
  printf '%-40s %9s s %14s written %14s read %7s requests\n' "$1" "$2" "$3" "${4--}" "${5--}"
}

signed() { curl -sS --fail-with-body --aws-sigv4 aws:amz:us-east-1:s3 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$@"; }

api() { # method path [body]: asks the administration API
  signed -H "x-amz-content-sha256: $(printf %s "${3-}" | sha256sum | cut -d ' ' -f 1)" \
    -X "$1" ${3+-H 'Content-Type: application/json' --data-binary "$3"} "$SLUICE_ENDPOINT/_sluice/admin/v1$2"
}

was_read() { sed -n 's/^rchar: //p' "/proc/$source/io"; }

asked() { # how many requests the second server has had
  if [ -z "$second" ]; then echo 0; return; fi
  curl -sS "http://127.0.0.1:$second/_sluice/metrics" |
    awk '/^sluice_s3_requests_seconds_count/ { sum += $NF } END { printf "%.0f", sum }'
}

begin() { # target kind: prints the backup's id
  api POST "/targets/$1/backups" "{\"kind\":\"$2\"}" | sed 's/.*"id":"\([^"]*\)".*/\1/'
}

ended() { api GET "/targets/$1" | grep -q "\"last\":{\"id\":\"$2\""; }

backup() { # what target kind: makes one, and sets took. Not by the command line, whose JVM takes a second to start
  local begun id read_before asked_before written
  read_before=$(was_read)
  asked_before=$(asked)
  begun=$(date +%s.%N)
  id=$(begin "$2" "$3")
  until ended "$2" "$id"; do sleep 0.02; done
  took=$(echo "$(date +%s.%N) $begun" | awk '{printf "%.2f", $1 - $2}')
  written=$(api GET "/targets/$2/backups/$id" | sed 's/.*"bytesWritten":\([0-9]*\).*/\1/')
  row "$1" "$took" "$written" "$(($(was_read) - read_before))" "${second:+$(($(asked) - asked_before))}"
}

others() { # rclone and restic; sets took
  local copied stored
  copied=$(seconds rclone sync s:data "$run/mirror" --transfers 16 --checkers 16 --fast-list)
  stored=$(seconds restic backup -q -r "$run/restic" "$run/mirror")
  took=$(echo "$copied $stored" | awk '{print $1 + $2}')
}

rate() { # put|get: operations a second of eight clients
  "$bench" "$1" --bucket "bench-$1" --endpoint "$SLUICE_ENDPOINT" --warmup 3 --duration 10 --keep --json >"$run/output"
  sed -n 's/^ *"operationsPerSecond" : \([0-9.E+-]*\).*/\1/p' "$run/output"
}

backups_to() { # target: full ones, each to a new place, until told to stop
  local n=0 id
  while [ -e "$run/beside" ]; do
    n=$((n + 1))
    mkdir -p "$run/$1-$n"
    api POST /targets "{\"name\":\"$1-$n\",\"url\":\"file://$run/$1-$n\"}" >/dev/null
    id=$(begin "$1-$n" full)
    until ended "$1-$n" "$id"; do sleep 1; done # each look costs the clients processor time
    api DELETE "/targets/$1-$n" >/dev/null
    rm -rf "${run:?}/$1-$n"
  done
}

mkdir -p "$run/target" "$run/source"
second=
serve data "$port"
source=$!
cat >"$RCLONE_CONFIG" <<EOF
[s]
type = s3
provider = Other
endpoint = $SLUICE_ENDPOINT
access_key_id = $AWS_ACCESS_KEY_ID
secret_access_key = $AWS_SECRET_ACCESS_KEY
region = us-east-1
EOF

echo "backup-cost: $objects objects of $bytes bytes; $(rclone version | head -n 1), $(restic version | cut -d ' ' -f 1-2)"
for folder in $(seq $folders); do fill "$folder" "$each"; done
row 'filling the bucket (rclone)' "$(seconds rclone copy "$run/source" s:data --transfers 16 --checkers 16 --s3-no-check-bucket=false)" "$((objects * bytes))"
"$sluice" target add disk "file://$run/target" >/dev/null
restic init -q -r "$run/restic"

echo 'To a directory'
backup 'Sluice: full' disk full
others
row 'rclone sync + restic: all' "$took" "$(($(size "$run/mirror") + $(size "$run/restic")))"
backup 'Sluice: incremental, nothing changed' disk incremental
changed=$((each / 100 > 0 ? each / 100 : 1))
change
before_restic=$(size "$run/restic")
backup 'Sluice: incremental, 1 % changed' disk incremental
incremental=$took
others
row 'rclone sync + restic: 1 % changed' "$took" "$(($(size "$run/restic") - before_restic + folders * changed * bytes))"
echo "$took $incremental" | awk '{ printf "an incremental is %.1f times as fast\n", $1 / $2 }'
backup 'Sluice: differential' disk differential
backup 'Sluice: synthetic full' disk synthetic-full
# Early: a file system is slow to make files for some minutes after as many were removed.
rm -rf "$run/mirror"

echo 'To another server, beside it'
second=$((port + 1))
serve second "$second"
rclone --config '' mkdir ":s3,provider=Other,env_auth,endpoint='http://127.0.0.1:$second':backups"
"$sluice" target add remote "s3://backups/cost?endpoint=http://127.0.0.1:$second" >/dev/null
backup 'Sluice: full' remote full
backup 'Sluice: incremental, nothing changed' remote incremental
change
backup 'Sluice: incremental, 1 % changed' remote incremental
backup 'Sluice: differential' remote differential
backup 'Sluice: synthetic full' remote synthetic-full
backup 'Sluice: incremental, to the directory' disk incremental

echo 'Eight clients on the same machine, 64 KiB, without and with full backups beside them, operations a second'
for what in put get; do
  line=
  for _ in 1 2 3; do
    alone=$(rate $what)
    touch "$run/beside"
    backups_to beside &
    beside=$!
    line="$line $alone $(rate $what)"
    rm "$run/beside"
    wait $beside
  done
  echo "$what $line" | awk '{
    printf "%-4s", $1
    for (i = 2; i < NF; i += 2) { printf "%9.0f %6.0f (%.0f %%)", $i, $(i + 1), 100 * $(i + 1) / $i }
    print ""
  }'
done

echo 'To files'
restore=$(seconds "$sluice" restore --from "file://$run/target" --to "$run/restored" --bucket data)
diff -rq "$run/source" "$run/restored/data" >"$run/output" || { head "$run/output"; exit 1; }
row 'Sluice: restore, compared' "$restore" "$((objects * bytes))"
restic_restore=$(seconds restic restore latest -q -r "$run/restic" --target "$run/restored-by-restic")
row 'restic: restore' "$restic_restore" "$((objects * bytes))"
echo "$restic_restore $restore" | awk '{ printf "a restore is %.1f times as fast\n", $1 / $2 }'
