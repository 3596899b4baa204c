#!/usr/bin/env bash
# Drives the AWS CLI, s3cmd and rclone against a Sluice that it starts, and compares every byte.
#   dev-support/clients.sh [aws] [s3cmd] [rclone]        all three unless named
# Installs what it needs: the AWS CLI and s3cmd from PyPI into a virtual environment under target/,
# rclone from the distribution's packages when it isn't there. Needs python3; for rclone apt-get and root.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$root/target/clients
tools=$work/tools
run=$work/run
port=${PORT:-9533}
endpoint=http://127.0.0.1:$port
export AWS_ACCESS_KEY_ID=CLIENTSACCESSKEY0000 AWS_SECRET_ACCESS_KEY=clients-secret-key-000000000000000000000
export AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true AWS_PAGER=''
unset AWS_CA_BUNDLE # for HTTPS; rclone can't live with it
export AWS_CONFIG_FILE=$run/aws-config AWS_SHARED_CREDENTIALS_FILE=$run/aws-credentials

passed=0
failed=0
server=
client=

check() { # name, command...
  local name=$1
  shift
  if "$@" >"$run/last.log" 2>&1; then
    passed=$((passed + 1))
    printf 'ok      %-7s %s\n' "$client" "$name"
  else
    failed=$((failed + 1))
    printf 'FAILED  %-7s %s\n' "$client" "$name"
    sed 's/^/        /' "$run/last.log" | tail -n 15
  fi
}

fails() { ! "$@"; }
same() { cmp "$1" "$2"; }
same_tree() { diff -r "$1" "$2"; }

start_server() {
  mkdir -p "$run"
  SLUICE_ROOT_ACCESS_KEY=$AWS_ACCESS_KEY_ID SLUICE_ROOT_SECRET_KEY=$AWS_SECRET_ACCESS_KEY \
    "$root/bin/sluice" server --data "$run/data" --address "127.0.0.1:$port" >"$run/server.out" 2>"$run/server.err" &
  server=$!
  for _ in $(seq 600); do
    grep -qs "^Sluice is ready" "$run/server.out" && return
    kill -0 "$server" 2>/dev/null || break
    sleep 0.5
  done
  echo "the server did not start:" >&2
  tail -n 20 "$run/server.err" >&2
  exit 1
}

stop_server() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ -z "$server" ] || wait "$server" 2>/dev/null || true
}
trap stop_server EXIT

make_files() {
  mkdir -p "$run/in/tree/a/b" "$run/in/tree/c d"
  : >"$run/in/empty"
  head -c 4096 /dev/urandom >"$run/in/small"
  head -c 300000 /dev/urandom >"$run/in/medium"
  head -c 20000003 /dev/urandom >"$run/in/large"
  for i in $(seq 12); do
    seq "$i" $((i * 700)) >"$run/in/tree/a/f$i"
    head -c $((i * 5000)) /dev/urandom >"$run/in/tree/a/b/g$i"
  done
  echo 'a name with spaces and ünïcödé' >"$run/in/tree/c d/ü (1)+&=.txt"
}

install_python_tool() { # package, command
  [ -x "$tools/bin/$2" ] && return
  [ -x "$tools/bin/pip" ] || python3 -m venv "$tools"
  "$tools/bin/pip" install -q --disable-pip-version-check "$1"
}

drive_aws() {
  client=aws
  install_python_tool awscli aws
  # Version 1 of the CLI presigns with Signature V2 for endpoints other than AWS unless told otherwise.
  printf '[default]\ns3 =\n    signature_version = s3v4\n' >"$AWS_CONFIG_FILE"
  aws() { "$tools/bin/aws" --endpoint-url "$endpoint" "$@"; }
  local b=s3://aws-bucket out=$run/out/aws
  mkdir -p "$out"
  check 'make bucket' aws s3 mb $b
  for f in empty small medium large; do
    check "put $f" aws s3 cp "$run/in/$f" "$b/$f"
    check "get $f" aws s3 cp "$b/$f" "$out/$f"
    check "same $f" same "$run/in/$f" "$out/$f"
  done
  check 'put from a pipe (multipart of unknown length)' bash -c "'$tools/bin/aws' --endpoint-url $endpoint s3 cp - $b/piped < '$run/in/large'"
  check 'get to a pipe' bash -c "'$tools/bin/aws' --endpoint-url $endpoint s3 cp $b/piped - | cmp - '$run/in/large'"
  check 'list' bash -c "'$tools/bin/aws' --endpoint-url $endpoint s3 ls $b/ | grep -q large"
  check 'sync up' aws s3 sync "$run/in/tree" $b/tree
  check 'sync up again sends nothing' bash -c "[ -z \"\$('$tools/bin/aws' --endpoint-url $endpoint s3 sync '$run/in/tree' $b/tree)\" ]"
  check 'sync down' aws s3 sync $b/tree "$out/tree"
  check 'same tree' same_tree "$run/in/tree" "$out/tree"
  check 'copy in the store' aws s3 cp $b/large $b/copied
  check 'get the copy' aws s3 cp $b/copied "$out/copied"
  check 'same copy' same "$run/in/large" "$out/copied"
  check 'move' aws s3 mv $b/copied $b/moved
  check 'presign' bash -c "curl -fsS \"\$('$tools/bin/aws' --endpoint-url $endpoint s3 presign $b/medium)\" | cmp - '$run/in/medium'"
  check 'range' bash -c "'$tools/bin/aws' --endpoint-url $endpoint s3api get-object --bucket aws-bucket --key large --range bytes=1000000-1999999 '$out/range' && cmp '$out/range' <(tail -c +1000001 '$run/in/large' | head -c 1000000)"
  check 'conditional put wins once' aws s3api put-object --bucket aws-bucket --key once --if-none-match '*' --body "$run/in/small"
  check 'conditional put loses after' fails aws s3api put-object --bucket aws-bucket --key once --if-none-match '*' --body "$run/in/small"
  check 'attributes' aws s3api get-object-attributes --bucket aws-bucket --key large --object-attributes ETag ObjectSize Checksum ObjectParts
  check 'checksum sha256' aws s3api put-object --bucket aws-bucket --key sha --checksum-algorithm SHA256 --body "$run/in/medium"
  check 'versions' aws s3api list-object-versions --bucket aws-bucket --max-items 5
  check 'not there' fails aws s3 cp $b/nothing "$out/nothing"
  check 'bucket not empty' fails aws s3 rb $b
  check 'remove all' aws s3 rm --recursive $b
  check 'remove bucket' aws s3 rb $b
}

drive_s3cmd() {
  client=s3cmd
  install_python_tool s3cmd s3cmd
  s3cmd() {
    "$tools/bin/s3cmd" --config=/dev/null --no-progress --access_key="$AWS_ACCESS_KEY_ID" --secret_key="$AWS_SECRET_ACCESS_KEY" \
      --host="127.0.0.1:$port" --host-bucket="127.0.0.1:$port" --no-ssl --region=us-east-1 "$@"
  }
  local b=s3://s3cmd-bucket out=$run/out/s3cmd
  mkdir -p "$out"
  check 'make bucket' s3cmd mb $b
  for f in empty small medium large; do
    check "put $f" s3cmd --multipart-chunk-size-mb=5 put "$run/in/$f" "$b/$f"
    check "get $f" s3cmd --force get "$b/$f" "$out/$f"
    check "same $f" same "$run/in/$f" "$out/$f"
  done
  check 'list' s3cmd ls $b
  check 'info' s3cmd info $b/medium
  check 'sync up' s3cmd sync "$run/in/tree/" $b/tree/
  check 'sync down' s3cmd sync $b/tree/ "$out/tree/"
  check 'same tree' same_tree "$run/in/tree" "$out/tree"
  check 'copy' s3cmd cp $b/medium $b/copied
  check 'get the copy' s3cmd --force get $b/copied "$out/copied"
  check 'same copy' same "$run/in/medium" "$out/copied"
  check 'move' s3cmd mv $b/copied $b/moved
  presigned() { curl -fsS "$(s3cmd signurl $b/medium +600)" | cmp - "$run/in/medium"; }
  check 'presign (s3cmd signs with Signature V2, which is refused clearly)' fails presigned
  check 'delete' s3cmd del $b/moved
  check 'delete all' s3cmd del --recursive --force $b
  check 'remove bucket' s3cmd rb $b
}

drive_rclone() {
  client=rclone
  command -v rclone >/dev/null || { apt-get update -qq && apt-get install -y -qq rclone; } >/dev/null
  export RCLONE_CONFIG=$run/rclone.conf
  cat >"$RCLONE_CONFIG" <<R
[sluice]
type = s3
provider = Other
access_key_id = $AWS_ACCESS_KEY_ID
secret_access_key = $AWS_SECRET_ACCESS_KEY
endpoint = $endpoint
region = us-east-1
chunk_size = 5M
upload_cutoff = 5M
R
  local b=sluice:rclone-bucket out=$run/out/rclone
  mkdir -p "$out"
  check 'make bucket' rclone mkdir $b
  for f in empty small medium large; do
    check "put $f" rclone copyto "$run/in/$f" "$b/$f"
    check "get $f" rclone copyto "$b/$f" "$out/$f"
    check "same $f" same "$run/in/$f" "$out/$f"
  done
  check 'list' rclone lsf -R $b
  check 'sync up' rclone sync "$run/in/tree" $b/tree
  check 'check by hash' rclone check "$run/in/tree" $b/tree
  check 'check by content' rclone check --download "$run/in" $b --include '/{empty,small,medium,large}'
  check 'sync down' rclone sync $b/tree "$out/tree"
  check 'same tree' same_tree "$run/in/tree" "$out/tree"
  check 'copy in the store' rclone copyto $b/large $b/copied
  check 'get the copy' rclone copyto $b/copied "$out/copied"
  check 'same copy' same "$run/in/large" "$out/copied"
  check 'move' rclone moveto $b/copied $b/moved
  check 'presign' bash -c "curl -fsS \"\$(rclone link --expire 10m $b/medium)\" | cmp - '$run/in/medium'"
  check 'delete one' rclone deletefile $b/moved
  check 'purge' rclone purge $b
}

rm -rf "$run"
mkdir -p "$run/out"
make_files
start_server
[ $# -gt 0 ] || set -- aws s3cmd rclone
for name in "$@"; do "drive_$name"; done
stop_server
trap - EXIT
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
