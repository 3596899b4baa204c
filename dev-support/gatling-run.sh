#!/usr/bin/env bash
# Gatling against three nodes behind HAProxy: uploads, a mix, and a mix while a node is killed and comes back.
#   dev-support/gatling-run.sh [SECONDS] [USERS]         30 and 16 unless given; SECONDS for each simulation
# Requests are signed, and none is tried again, by Gatling; HAProxy repeats reads at another gateway. Printed are
# Gatling's figures, and for the kill the share of failed requests and the dip in the rate; HTML reports are left
# under load-tests/target/gatling. Fails when a request of the first two fails, or more than MAX_FAILED_PERCENT
# (1) of the third's.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seconds=${1:-30}
users=${2:-16}
run=$(mktemp -d "${TMPDIR:-/tmp}/sluice-gatling.XXXXXX")
base=${PORT:-9680}
# shellcheck source=cluster.sh
. "$root/dev-support/cluster.sh"
trap finish_cluster EXIT

simulate() { # simulation, more properties
  local simulation=$1
  shift
  echo "gatling-run: $simulation, $users users, $seconds s"
  AWS_ACCESS_KEY_ID=$access AWS_SECRET_ACCESS_KEY=$secret "$root/mvnw" -q -B ${MAVEN_ARGS:-} -f "$root/pom.xml" -pl load-tests \
    test-compile gatling:test -Dgatling.simulationClass="io.sluice.load.gatling.$simulation" \
    -Dendpoint="$front" -Dusers="$users" -Dduration="$seconds" "$@" >"$run/$simulation.log" 2>&1 ||
    { tail -n 40 "$run/$simulation.log" >&2; fail "$simulation"; }
  # The last of the summaries that Gatling prints, and what the failover simulation adds.
  awk '/---- Requests/ { text = "" } /---- Requests/, /^=====/ { text = text $0 "\n" } END { printf "%s", text }' "$run/$simulation.log" | sed '$d'
  grep -E '^> (request count|mean throughput|mean response time|response time (95|99)th)|^failover:' "$run/$simulation.log" || true
}

find_server
start_nodes
start_haproxy gatling
echo "gatling-run: $(haproxy -v | head -n 1), $nodes nodes, ${server[*]:0:$((${#server[@]} - 2))}"
simulate UploadSimulation
simulate MixedSimulation

victim=$((RANDOM % nodes + 1))
echo "gatling-run: node-$victim is killed after $((seconds / 3)) s"
(
  # Comes back: two thirds of the run show that too.
  while kill -0 "${node_pid[$victim]}" 2>/dev/null; do sleep 0.2; done
  sleep 5
  start_node "$victim"
) &
simulate FailoverSimulation -Dhook="kill -9 ${node_pid[$victim]}" -DhookAt=$((seconds / 3)) \
  -DmaxFailedPercent="${MAX_FAILED_PERCENT:-1}"
node_pid[$victim]=$(cat "$run/pid-$victim")
await_ready "$victim"
