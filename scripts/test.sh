#!/usr/bin/env bash
# `make test`: every test, the real-window tests included. Its last lines are the test runner's own.
#
# The tests get an empty home folder and neither display nor session bus, so that they cannot read or change the settings and
# the keyring of whoever runs them. Each real-window test makes a desktop of its own (see tests/window/desktop.py).
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh run test

features=(--features real-window)
if [ "$(uname -s)" != Linux ]; then
    echo "The real-window tests need Linux; running all others."
    features=()
fi

# The tools stay where they are when the home folder changes.
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}
[ ! -d "$HOME/.rustup" ] || export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME=$home
unset DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME
unset QUANTAPRICE_CLIENT_ID QUANTAPRICE_CLIENT_SECRET QUANTAPRICE_TOKEN_URL QUANTAPRICE_API_URL

# One build with the feature on, where a second one without it would compile the whole crate twice. Documentation first, so
# that the log ends with the tests; a failure in either does not hide the other.
# One after the other: real windows that share two cores with each other miss key presses.
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-1}
status=0
cargo test --locked ${features[@]+"${features[@]}"} --doc </dev/null || status=$?
cargo test --locked ${features[@]+"${features[@]}"} --no-fail-fast --tests </dev/null || status=$?
exit "$status"
