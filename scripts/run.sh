#!/usr/bin/env bash
# `make run`: builds the program and opens its window on the sandbox. Where there is no display, starts a virtual one, looks
# one SKU up in the real window, and leaves a picture of it.
#
# The build is cargo's dev profile: the first one takes about half the time of a release build, and layout and painting are
# optimised in it (see Cargo.toml), so the window feels the same. `PROFILE=release make run` builds the other one.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${PROFILE:-dev}
[ $# -gt 0 ] || set -- --sandbox

# macOS and Windows always have a display. On Linux a set variable is taken at its word: if nothing answers there, the
# program says so itself.
if [ "$(uname -s)" = Linux ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    display=virtual
    scripts/setup.sh run test
else
    display=real
    scripts/setup.sh run
fi

cargo build --locked --profile "$profile" --bin quantaprice-explorer
target=${CARGO_TARGET_DIR:-target}
program=$target/$([ "$profile" = dev ] && echo debug || echo "$profile")/quantaprice-explorer

if [ "$display" = real ]; then
    exec "$program" "$@"
fi
echo "There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set): using a virtual one for one lookup."
export WINDOW_TEST_ARTEFACTS=$target/window-run
/usr/bin/python3 -B tests/window/first_lookup.py "$program" "$target/first-lookup.png" || {
    echo "The lookup of PRODUCT-001 in the real window did not succeed; what was seen instead is above." >&2
    exit 1
}
