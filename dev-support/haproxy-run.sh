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
front=http://127.0.0.1:$base
access=HAPROXYRUNACCESSKEY0
secret=haproxy-run-secret-key-00000000000000000
clients=4
tries=40
declare -A node_pid
haproxy_pid=

finish() {
  touch "$run/stop"
  for pid in "${node_pid[@]}" $haproxy_pid; do kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$run"
}
trap finish EXIT
fail() { echo "haproxy-run: FAILED: $*" >&2; exit 1; }

if ! command -v haproxy >/dev/null; then
  apt-get install -y -q --no-install-recommends haproxy >"$run/apt.log" 2>&1 || { cat "$run/apt.log" >&2; fail "can't install haproxy"; }
fi

# SLUICE_JAR: another jar than the one of this tree, which is built when it is not there.
[ -n "${SLUICE_JAR:-}" ] || "$root/bin/sluice" --version >/dev/null
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
server=("$java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx300m -jar "${SLUICE_JAR:-$root/app/target/sluice.jar}")
if "${server[@]}" server --help | grep -q -- --cluster-secret-file; then nodes=3; else nodes=1; fi

address() { echo "127.0.0.1:$((base + $1 * 10 + $2))"; } # node, purpose: 0 S3, 1 internal, 2 Raft, 3 Hazelcast, 4 event bus

list() { # what, purpose: NAME=HOST:PORT or HOST:PORT of all nodes
  local all=()
  for i in $(seq "$nodes"); do all+=("$([ "$1" = named ] && echo "node-$i=" || true)$(address "$i" "$2")"); done
  (IFS=,; echo "${all[*]}")
}

start_node() { # number
  local options=(--data "$run/node-$1" --address "$(address "$1" 0)")
  if [ "$nodes" -gt 1 ]; then
    options+=(--node "node-$1" --internal-address "$(address "$1" 1)" --raft-address "$(address "$1" 2)"
      --hazelcast-address "$(address "$1" 3)" --bus-address "$(address "$1" 4)" --join "$(list plain 3)" --metadata-peers "$(list named 2)"
      --cluster-secret-file "$run/secret" --replicas "$nodes")
  fi
  SLUICE_ROOT_ACCESS_KEY=$access SLUICE_ROOT_SECRET_KEY=$secret \
    "${server[@]}" server "${options[@]}" >>"$run/node-$1.out" 2>>"$run/node-$1.err" &
  node_pid[$1]=$!
}

await_ready() { # number
  for _ in $(seq 600); do
    curl -fs -o /dev/null --max-time 2 "http://$(address "$1" 0)/_sluice/health/ready" && return
    kill -0 "${node_pid[$1]}" 2>/dev/null || break
    sleep 0.2
  done
  tail -n 20 "$run/node-$1.err" >&2
  fail "node $1 is not ready"
}

s3() { # curl's arguments; prints the status
  curl -s -o "${out:-/dev/null}" -w '%{http_code}' --max-time 30 --aws-sigv4 aws:amz:us-east-1:s3 --user "$access:$secret" \
    -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$@" || true
}

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
head -c 48 /dev/urandom | base64 >"$run/secret"
chmod 600 "$run/secret"
for i in $(seq "$nodes"); do
  start_node "$i"
  [ "$i" = "$nodes" ] || sleep 3
done
for i in $(seq "$nodes"); do await_ready "$i"; done

# Gateways that are not there are names of ports where nobody listens.
SLUICE_FRONT=127.0.0.1:$base SLUICE_NODE_1=$(address 1 0) SLUICE_NODE_2=$(address 2 0) SLUICE_NODE_3=$(address 3 0) \
  haproxy -db -f "$root/deploy/haproxy.cfg" >"$run/haproxy.log" 2>&1 &
haproxy_pid=$!
for _ in $(seq 100); do
  kill -0 "$haproxy_pid" 2>/dev/null || { cat "$run/haproxy.log" >&2; fail "haproxy ended"; }
  [ "$(s3 -X PUT "$front/run")" = 200 ] && break
  sleep 0.2
done

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
