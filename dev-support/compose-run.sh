#!/usr/bin/env bash
# The cluster of deploy/docker-compose.yml, tried: it gets ready, every node serves, one is killed and comes back,
# all stop in order, and what was written is still there when the containers have been made anew.
#   dev-support/compose-run.sh
# Needs Linux (the nodes are asked at the addresses of their containers), Docker with its compose plugin, and a curl
# that signs (7.75 or newer). COMPOSE names another compose program. Port 9000 of 127.0.0.1 must be free. Builds the
# image when there is none called `sluice`. Runs as a project of its own, and removes its containers and volumes.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=sluice-compose-run
patience=${PATIENCE:-240} # seconds for what takes as long as it takes
front=http://127.0.0.1:9000
work=$(mktemp -d "${TMPDIR:-/tmp}/sluice-compose.XXXXXX")
read -r -a compose <<<"${COMPOSE:-docker compose}"
SLUICE_ROOT_ACCESS_KEY=composerunaccesskey
SLUICE_ROOT_SECRET_KEY=$(head -c 30 /dev/urandom | base64 | tr -d '/+=')
export SLUICE_ROOT_ACCESS_KEY SLUICE_ROOT_SECRET_KEY
secret=$root/deploy/cluster-secret
own_secret=
nodes=(node-1 node-2 node-3)

compose() { "${compose[@]}" -p "$project" -f "$root/deploy/docker-compose.yml" "$@"; }
container() { compose ps -a -q "$1"; }
say() { echo "compose-run: $*"; }
fail() {
  say "FAILED: $*"
  compose logs --no-color --tail 40 2>/dev/null || true
  exit 1
}

finish() {
  compose down -v -t 60 >/dev/null 2>&1 || true
  [ -z "$own_secret" ] || rm -f "$secret"
  rm -rf "$work"
}
trap finish EXIT

healthy() { # node…
  local node end=$((SECONDS + patience))
  for node in "$@"; do
    until [ "$(docker inspect -f '{{.State.Health.Status}}' "$(container "$node")")" = healthy ]; do
      [ $SECONDS -lt $end ] || fail "$node is not healthy"
      sleep 1
    done
  done
}

endpoint() { # node: where it serves, past the balancer
  echo "http://$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$(container "$1")"):9000"
}

s3() { # curl's arguments, to stdout
  curl -sS --fail-with-body --max-time 60 --aws-sigv4 aws:amz:us-east-1:s3 --user "$SLUICE_ROOT_ACCESS_KEY:$SLUICE_ROOT_SECRET_KEY" \
    -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$@"
}

# The balancer's own answer, and that of a node which has no leader for a moment, is 503: clients try again.
s3_again() { s3 --retry 20 --retry-delay 1 --retry-connrefused "$@"; }

put() { # endpoint name
  [ -f "$work/$2" ] || head -c $((1 + RANDOM * 40)) /dev/urandom >"$work/$2"
  s3_again -T "$work/$2" "$1/run/$2" >/dev/null || fail "PUT $1/run/$2"
}

get_all() { # endpoint
  local file
  for file in "$work"/o-*; do
    s3_again "$1/run/${file##*/}" | cmp - "$file" || fail "GET $1/run/${file##*/} is not what was sent"
  done
}

if [ ! -e "$secret" ]; then
  own_secret=yes
  (umask 077 && head -c 48 /dev/urandom | base64 >"$secret")
  # Compose mounts the file as it is, and the nodes run as user 10001.
  chown 10001:10001 "$secret" 2>/dev/null || chmod 644 "$secret"
fi

compose up -d
healthy "${nodes[@]}"
say "three nodes are healthy after $SECONDS s"

for node in "${nodes[@]}"; do
  id=$(container "$node")
  [ "$(docker exec "$id" id -u)" = 10001 ] || fail "$node does not run as user 10001"
  [ "$(docker exec "$id" stat -c %u /var/lib/sluice/data)" = 10001 ] || fail "the data of $node is another user's"
  { docker inspect "$id" && docker logs "$id" 2>&1; } | grep -qF -e "$(cat "$secret" 2>/dev/null || echo '?')" && fail "$node shows the cluster secret"
  docker logs "$id" 2>&1 | grep -qF -e "$SLUICE_ROOT_SECRET_KEY" && fail "$node logs the root key"
done

s3_again -X PUT "$front/run" >/dev/null || fail "no bucket"
for node in "${nodes[@]}"; do put "$(endpoint "$node")" "o-$node"; done
put "$front" o-balancer
for node in "${nodes[@]}"; do get_all "$(endpoint "$node")"; done
get_all "$front"
say "each node and the balancer take and give objects"

compose kill node-2 >/dev/null
put "$front" o-while-one-is-dead
put "$(endpoint node-1)" o-at-1-while-one-is-dead
get_all "$front"
get_all "$(endpoint node-3)"
say "with node-2 killed, writes and reads go on"

compose start node-2 >/dev/null
healthy node-2
get_all "$(endpoint node-2)"
say "node-2 is back and gives what was written meanwhile"

compose stop "${nodes[@]}" >/dev/null
for node in "${nodes[@]}"; do
  id=$(container "$node")
  code=$(docker inspect -f '{{.State.ExitCode}}' "$id")
  [ "$code" = 0 ] || [ "$code" = 143 ] || fail "$node ended with $code"
  # Ratis calls it an error when the leader asks a peer that is just closing.
  docker logs "$id" 2>&1 | grep -E '[0-9] ERROR ' | grep -v 'RaftServer\$Division .* Failed appendEntries' && fail "$node logged errors"
  say "$node stopped with $code"
done
compose down >/dev/null
compose up -d >/dev/null
healthy "${nodes[@]}"
for node in "${nodes[@]}"; do get_all "$(endpoint "$node")"; done
get_all "$front"
say "all objects are there after down and up; done in $SECONDS s"
