#!/usr/bin/env bash
# `make bench-window`: the program's window beside the smallest eframe window with the same features (examples/smallest.rs):
# time until it is shown, memory, and CPU time while idle. Fails when one is beyond 1.3 times the smallest's.
#
# Both are release builds, draw with Mesa's software OpenGL on a virtual display of their own, and take turns; each run gets an
# empty home folder, no session bus, and no sandbox. RUNS and IDLE_SECS say how often and for how long; figures are medians.
# A second round has both draw once a second: the program with a token of its sandbox and a price on screen, after one lookup.
# There, software OpenGL counts each pixel that is painted, and the smallest window paints next to none.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(uname -s)" = Linux ] || { echo "bench-window reads /proc and needs Xvfb, so it needs Linux." >&2; exit 1; }
scripts/setup.sh run test
runs=${RUNS:-7}
idle_secs=${IDLE_SECS:-10}
limit=1.3

cargo build --locked --release --bin quantaprice-explorer --example smallest
target=${CARGO_TARGET_DIR:-target}/release

work=$(mktemp -d)
children=()
cleanup() {
    [ ${#children[@]} -eq 0 ] || kill "${children[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

# Xvfb writes the number of the display that it took; without -noreset it would start afresh whenever its last window closes.
mkfifo "$work/display"
Xvfb -displayfd 3 -screen 0 1400x900x24 -nolisten tcp -noreset 3>"$work/display" 2>/dev/null &
children+=($!)
read -r number <"$work/display"
display=:$number

ticks_per_sec=$(getconf CLK_TCK)

# CPU time so far in clock ticks, user and system. The command's name, in brackets, may hold spaces.
ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }
# A line of smaps_rollup in KiB.
# The program lets no other program of its user read it (K9), so this takes root's rights.
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
memory() { ${as_root[@]+"${as_root[@]}"} cat "/proc/$1/smaps_rollup" | awk -v name="$2:" '$1 == name { print $2 }'; }

# begin NAME TITLE PROGRAM [ARGUMENT]: starts it and sets `pid` and, in ms, `start_ms`: the time until its window is shown.
begin() {
    local name=$1 title=$2 started shown
    shift 2
    home=$(mktemp -d "$work/home.XXXX")
    started=$EPOCHREALTIME
    env -i PATH="$PATH" HOME="$home" DISPLAY="$display" LIBGL_ALWAYS_SOFTWARE=1 "$@" >"$work/$name.log" 2>&1 &
    pid=$!
    children+=("$pid")
    # eframe shows its window when the first frame is painted.
    until DISPLAY=$display xdotool search --onlyvisible --name "^$title\$" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null || { echo "$name ended before it showed a window:" >&2; cat "$work/$name.log" >&2; exit 1; }
    done
    shown=$EPOCHREALTIME
    start_ms=$(awk -v from="$started" -v to="$shown" 'BEGIN { printf "%.1f", (to - from) * 1000 }')
}

end() {
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    rm -rf "$home"
}

# Adds the CPU time of the next IDLE_SECS to a file.
watch() {
    local before
    before=$(ticks "$pid")
    sleep "$idle_secs"
    echo $(($(ticks "$pid") - before)) >>"$1"
}

# measure NAME TITLE PROGRAM: adds one run to the files NAME.start_ms, NAME.rss_kib, NAME.pss_kib and NAME.idle_ticks.
measure() {
    local name=$1
    begin "$@"
    # What belongs to the start (the keychain's probe, the first frames) ends before the idle time is measured.
    sleep 3
    watch "$work/$name.idle_ticks"
    memory "$pid" Rss >>"$work/$name.rss_kib"
    memory "$pid" Pss >>"$work/$name.pss_kib"
    echo "$start_ms" >>"$work/$name.start_ms"
    end
}

# count_down NAME TITLE PROGRAM [ARGUMENT]: the same for a window that draws once a second, after Return was pressed in it.
count_down() {
    local name=$1
    begin "$@"
    sleep 2
    DISPLAY=$display xdotool search --onlyvisible --name "^$2\$" windowfocus --sync key Return
    sleep 3
    watch "$work/$name.counting_ticks"
    memory "$pid" Pss >>"$work/$name.counting_pss_kib"
    end
}

# The first run of each reads the program from the disk, so it is not counted.
for run in $(seq 0 "$runs"); do
    measure smallest "Smallest window" "$target/examples/smallest"
    measure program "Quantaprice Explorer" "$target/quantaprice-explorer"
    count_down smallest "Smallest window" env SMALLEST_COUNTDOWN=1 "$target/examples/smallest"
    count_down program "Quantaprice Explorer" "$target/quantaprice-explorer" --sandbox
    [ "$run" -gt 0 ] || rm -f "$work"/*.start_ms "$work"/*_kib "$work"/*_ticks
    echo "run $run of $runs" >&2
done

median() { sort -n "$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

missed=0
# row WHAT UNIT FILE SCALE ALLOWANCE: a line of the table; a figure may exceed the limit by the allowance, in UNIT.
row() {
    local what=$1 unit=$2 file=$3 scale=$4 allowance=$5
    awk -v what="$what" -v unit="$unit" -v limit="$limit" -v allowance="$allowance" \
        -v ours="$(median "$work/program.$file")" -v peers="$(median "$work/smallest.$file")" -v scale="$scale" 'BEGIN {
        ours *= scale; peers *= scale
        within = ours <= peers * limit + allowance
        ratio = peers > 0 ? sprintf("%.2f", ours / peers) : "n/a"
        printf "| %s | %.1f %s | %.1f %s | %s | %s | %s |\n", what, ours, unit, peers, unit, ratio, limit,
            within ? "within" : "BEYOND"
        exit !within
    }' || missed=1
}

echo "| What | Program | Smallest | Ratio | At most | |"
echo "| --- | --- | --- | --- | --- | --- |"
row "Until the window is shown" ms start_ms 1 0
row "Memory, proportional (PSS)" MiB pss_kib 0.0009765625 0
row "Memory, resident (RSS)" MiB rss_kib 0.0009765625 0
# One tick is the smallest time that the system counts: zero beside one tick is no difference.
row "CPU time in $idle_secs s of idleness" ms idle_ticks "$((1000 / ticks_per_sec))" "$((1000 / ticks_per_sec))"
row "Memory after a lookup, PSS" MiB counting_pss_kib 0.0009765625 0
# Not idle, so no limit holds: the smallest window paints one line anew, and this one all of its parts.
drawing() { echo $(($(median "$work/$1.counting_ticks") * 1000 / ticks_per_sec)); }
echo "| CPU time in $idle_secs s, one frame a second | $(drawing program) ms | $(drawing smallest) ms | | | |"
exit "$missed"
