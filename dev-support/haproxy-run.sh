#!/usr/bin/env bash
# Uploads through HAProxy go on while gateways are killed and restarted, one after the other.
#   dev-support/haproxy-run.sh [SECONDS]                 60 unless given
# Starts three nodes (one, where the server has no cluster options), HAProxy with deploy/haproxy.cfg in front of
# them, and clients that upload through it and try again when refused. At the end every acknowledged object is
# read through HAProxy and compared. Fails when an upload never succeeded, or an object is not what was sent.
# Installs HAProxy from the distribution's packages when it isn't there, which needs apt-get and root.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seconds=${1:-60}
run=$(mktemp -d "${TMPDIR:-/tmp}/sluice-haproxy.XXXXXX")
base=${PORT:-9640}
clients=4
tries=40
# shellcheck source=cluster.sh
. "$root/dev-support/cluster.sh"

finish() {
  touch "$run/stop"
  finish_cluster
}
trap finish EXIT

client() { # number: uploads files of its own until it is told to stop
  local n=0 name file status try
  while [ ! -e "$run/stop" ]; do
    n=$((n + 1))
    name=client-$1-$n
    file=$run/sent/$name
    head -c $((1 + RANDOM * (n % 8 == 0 ? 200 : 2))) /dev/urandom >"$file"
    for try in $(seq "$tries"); do
      status=$(s3 -T "$file" "$front/run/$name")
      echo "$status" >>"$run/statuses-$1"
      [ "$status" = 200 ] && break
      sleep 0.25
    done
    if [ "$status" = 200 ]; then echo "$name" >>"$run/acknowledged-$1"; else echo "$name" >>"$run/lost-$1"; fi
  done
}

mkdir -p "$run/sent"
find_server
start_nodes
start_haproxy run

echo "haproxy-run: $(haproxy -v | head -n 1), $nodes node(s), $clients clients, $seconds s"
client_pids=()
for i in $(seq "$clients"); do
  client "$i" &
  client_pids+=($!)
done

end=$((SECONDS + seconds))
kills=0
while [ $SECONDS -lt $end ]; do
  for i in $(seq "$nodes"); do
    [ $SECONDS -lt $end ] || break
    sleep 2
    kill -9 "${node_pid[$i]}"
    wait "${node_pid[$i]}" 2>/dev/null || true
    kills=$((kills + 1))
    sleep 2
    start_node "$i"
    await_ready "$i"
  done
done
touch "$run/stop"
wait "${client_pids[@]}"

cat "$run"/statuses-* | sort | uniq -c | awk '{ printf "  status %s: %d\n", $2 == "000" ? "none" : $2, $1 }'
acknowledged=$(cat "$run"/acknowledged-* | wc -l)
lost=$( (cat "$run"/lost-* 2>/dev/null || true) | wc -l)
different=0
while read -r name; do
  status=$(out=$run/got s3 "$front/run/$name")
  if [ "$status" != 200 ] || ! cmp -s "$run/got" "$run/sent/$name"; then
    echo "  $name: status $status, $(stat -c %s "$run/got") of $(stat -c %s "$run/sent/$name") bytes"
    different=$((different + 1))
  fi
done < <(cat "$run"/acknowledged-*)
echo "haproxy-run: $kills kills, $acknowledged uploads acknowledged, $lost gave up, $different differ"
[ "$acknowledged" -gt 0 ] || fail "nothing was uploaded"
[ "$lost" = 0 ] || fail "$lost uploads never succeeded"
[ "$different" = 0 ] || fail "$different objects are not what was sent"
