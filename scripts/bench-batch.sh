#!/usr/bin/env bash
# The same requests by other programs: wrk, curl's parallel mode, hurl, a Python script with requests and one with aiohttp, and
# `lookup` of this program, against one nginx with static replies, 16 at once. Each is a process that starts, asks and ends; its
# time includes all of that. Prints a table of wall time, time a request and the ratio to wrk. `cargo bench --bench batch` holds
# the limits; this one shows where they lie. What is not installed is left out, and said.
#
# COUNT requests (5,000), RUNS each (5; the median counts). PYTHON names an interpreter that has requests and aiohttp, HURL a hurl.
set -euo pipefail
cd "$(dirname "$0")/.."
nginx=${NGINX:-/usr/sbin/nginx}
[ -x "$nginx" ] || { echo "bench-batch needs nginx: apt-get install nginx-light, or NGINX=PATH." >&2; exit 1; }
count=${COUNT:-5000}
runs=${RUNS:-5}
python=${PYTHON:-python3}
hurl=${HURL:-hurl}
program=${PROGRAM:-}
if [ -z "$program" ]; then
    cargo build --locked --release --bin quantaprice-explorer
    program=${CARGO_TARGET_DIR:-target}/release/quantaprice-explorer
fi

work=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
body=$(sed -n 's/^.*r#"\({"sku":"$arg_sku","price".*\)"#;$/\1/p' benches/support/nginx.rs)
[ -n "$body" ] || { echo "the reply was not found in benches/support/nginx.rs" >&2; exit 1; }
token=opaque-token-of-the-benchmark-server-0123456789
cat >"$work/nginx.conf" <<END
worker_processes 1;
daemon off;
pid $work/pid;
error_log $work/error.log;
events { worker_connections 1024; }
http {
  client_body_temp_path $work/a; proxy_temp_path $work/b; fastcgi_temp_path $work/c; uwsgi_temp_path $work/d; scgi_temp_path $work/e;
  access_log off;
  keepalive_requests 100000000;
  default_type application/json;
  server {
    listen 127.0.0.1:$port;
    location = /api/v1/prices { return 200 '$body'; }
    location = /oauth2/token { return 200 '{"access_token":"$token","token_type":"Bearer","expires_in":3600}'; }
  }
}
END
"$nginx" -c "$work/nginx.conf" -p "$work" 2>/dev/null &
server=$!
base=http://127.0.0.1:$port
until curl -sf -o /dev/null "$base/api/v1/prices?sku=0"; do sleep 0.05; done

export QUANTAPRICE_CLIENT_ID=0123456789abcdef01234567 QUANTAPRICE_CLIENT_SECRET=$(printf '5ec2e75e%.0s' 1 2 3 4 5 6 7 8)
export QUANTAPRICE_TOKEN_URL=$base/oauth2/token QUANTAPRICE_API_URL=$base/api/v1
seq -f 'SKU-%07g' "$count" >"$work/skus"
{
    printf 'header = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\n' "$token"
    sed "s|.*|url = \"$base/api/v1/prices?sku=&\"\noutput = /dev/null|" "$work/skus"
} >"$work/curl"
# hurl runs files side by side, not the requests of one file.
mkdir "$work/hurl"
split -n l/16 "$work/skus" "$work/hurl/part-"
for part in "$work"/hurl/part-*; do
    sed "s|.*|GET $base/api/v1/prices?sku=&\nAuthorization: Bearer $token\nContent-Type: application/json\nHTTP 200\n|" "$part" >"$part.hurl"
done
cat >"$work/with_requests.py" <<END
import sys, threading, queue, requests
skus = queue.SimpleQueue()
for sku in open(sys.argv[1]).read().split(): skus.put(sku)
def work():
    session = requests.Session()
    session.headers.update({"Authorization": "Bearer $token", "Content-Type": "application/json"})
    while True:
        try: sku = skus.get_nowait()
        except queue.Empty: return
        session.get("$base/api/v1/prices", params={"sku": sku}).json()
threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
END
cat >"$work/with_aiohttp.py" <<END
import sys, asyncio, aiohttp
skus = iter(open(sys.argv[1]).read().split())
async def work(session):
    for sku in skus:
        async with session.get("$base/api/v1/prices", params={"sku": sku}) as reply: await reply.json()
async def main():
    headers = {"Authorization": "Bearer $token", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=16)) as session:
        await asyncio.gather(*(work(session) for _ in range(16)))
asyncio.run(main())
END

by_program() { "$program" lookup --input "$work/skus" --format ndjson --concurrency 16; }
by_curl() { curl -s -Z --parallel-max 16 -K "$work/curl" 2>/dev/null; }
by_hurl() { "$hurl" --parallel --jobs 16 --no-output "$work"/hurl/*.hurl 2>/dev/null; }
by_requests() { "$python" "$work/with_requests.py" "$work/skus"; }
by_aiohttp() { "$python" "$work/with_aiohttp.py" "$work/skus"; }
names=("This program, lookup" "curl -Z" "hurl --parallel" "Python, aiohttp" "Python, requests, 16 threads")
calls=(by_program by_curl by_hurl by_aiohttp by_requests)
is_there() {
    case $1 in
        by_hurl) command -v "$hurl" >/dev/null ;;
        by_requests) "$python" -c 'import requests' 2>/dev/null ;;
        by_aiohttp) "$python" -c 'import aiohttp' 2>/dev/null ;;
        *) command -v curl >/dev/null ;;
    esac
}
for run in $(seq "$runs"); do
    for call in "${calls[@]}"; do
        is_there "$call" || continue
        start=$(date +%s%N)
        "$call" >/dev/null
        echo $(($(date +%s%N) - start)) >>"$work/$call.times"
    done
    # wrk asks for a time and not for a number; its time a request is what counts.
    command -v wrk >/dev/null && wrk -t2 -c16 -d1 -H "Authorization: Bearer $token" "$base/api/v1/prices?sku=SKU-0000001" |
        awk -v count="$count" '/Requests\/sec/ { printf "%.0f\n", count / $2 * 1e9 }' >>"$work/by_wrk.times"
done
median() { sort -n "$1" | sed -n "$(((runs + 1) / 2))p"; }
least=$( [ -e "$work/by_wrk.times" ] && median "$work/by_wrk.times" || echo 0)
echo
echo "$count requests, 16 at once, against nginx; medians of $runs runs"
echo
echo "| Who | Wall time | A request | Times wrk |"
echo "| --- | --- | --- | --- |"
row() {
    awk -v name="$1" -v time="$2" -v count="$count" -v least="$least" 'BEGIN {
        printf "| %s | %.2f s | %.0f µs | %s |\n", name, time / 1e9, time / 1e3 / count, least ? sprintf("%.1f", time / least) : ""
    }'
}
[ "$least" = 0 ] || row "wrk, 2 threads" "$least"
for at in "${!calls[@]}"; do
    if [ -e "$work/${calls[$at]}.times" ]; then row "${names[$at]}" "$(median "$work/${calls[$at]}.times")"; else echo "${names[$at]}: not installed, left out." >&2; fi
done
