# Three nodes (one, where the server has no cluster options) and HAProxy in front of them, for the scripts beside
# this one, which source it. They set `run` (a directory) and `base` (ten ports for each node and one for HAProxy
# begin there) before, and call `finish_cluster` at their end.
# Installs HAProxy from the distribution's packages when it isn't there, which needs apt-get and root.

front=http://127.0.0.1:$base
access=FRONTRUNACCESSKEY000
secret=front-run-secret-key-0000000000000000000
declare -A node_pid
haproxy_pid=

fail() { echo "$(basename "$0" .sh): FAILED: $*" >&2; exit 1; }

finish_cluster() {
  for pid in $(cat "$run"/pid-* 2>/dev/null) $haproxy_pid; do kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$run"
}

find_server() {
  # SLUICE_JAR: another jar than the one of this tree, which is built when it is not there.
  [ -n "${SLUICE_JAR:-}" ] || "$root/bin/sluice" --version >/dev/null
  local java=${JAVA_HOME:+$JAVA_HOME/bin/}java flags
  read -r -a flags <<<"${SERVER_JAVA_OPTS:--XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx300m}"
  server=("$java" "${flags[@]}" -jar "${SLUICE_JAR:-$root/app/target/sluice.jar}")
  if "${server[@]}" server --help | grep -q -- --cluster-secret-file; then nodes=3; else nodes=1; fi
}

address() { echo "127.0.0.1:$((base + $1 * 10 + $2))"; } # node, purpose: 0 S3, 1 internal, 2 Raft, 3 Hazelcast

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
  SLUICE_ROOT_ACCESS_KEY=$access SLUICE_ROOT_SECRET_KEY=$secret MALLOC_ARENA_MAX=2 \
    "${server[@]}" server "${options[@]}" >>"$run/node-$1.out" 2>>"$run/node-$1.err" &
  node_pid[$1]=$!
  echo "$!" >"$run/pid-$1"
}

await_ready() { # number
  for _ in $(seq 900); do
    curl -fs -o /dev/null --max-time 2 "http://$(address "$1" 0)/_sluice/health/ready" && return
    kill -0 "${node_pid[$1]}" 2>/dev/null || break
    sleep 0.2
  done
  tail -n 20 "$run/node-$1.err" >&2
  fail "node $1 is not ready"
}

start_nodes() {
  head -c 48 /dev/urandom | base64 >"$run/secret"
  chmod 600 "$run/secret"
  for i in $(seq "$nodes"); do
    start_node "$i"
    # Three JVMs that start at once take longer than three that start in turn.
    [ "$i" = "$nodes" ] || sleep 3
  done
  for i in $(seq "$nodes"); do await_ready "$i"; done
}

s3() { # curl's arguments; prints the status
  curl -s -o "${out:-/dev/null}" -w '%{http_code}' --max-time 30 --aws-sigv4 aws:amz:us-east-1:s3 --user "$access:$secret" \
    -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$@" || true
}

start_haproxy() { # bucket that is made through it
  if ! command -v haproxy >/dev/null; then
    apt-get install -y -q --no-install-recommends haproxy >"$run/apt.log" 2>&1 ||
      { cat "$run/apt.log" >&2; fail "can't install haproxy"; }
  fi
  # Gateways that are not there are names of ports where nobody listens.
  SLUICE_FRONT=127.0.0.1:$base SLUICE_NODE_1=$(address 1 0) SLUICE_NODE_2=$(address 2 0) SLUICE_NODE_3=$(address 3 0) \
    haproxy -db -f "$root/deploy/haproxy.cfg" >"$run/haproxy.log" 2>&1 &
  haproxy_pid=$!
  local status=
  for _ in $(seq 100); do
    kill -0 "$haproxy_pid" 2>/dev/null || { cat "$run/haproxy.log" >&2; fail "haproxy ended"; }
    status=$(s3 -X PUT "$front/$1")
    [ "$status" = 200 ] && return
    sleep 0.2
  done
  fail "no bucket can be made through haproxy: status $status"
}
