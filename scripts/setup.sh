#!/usr/bin/env bash
# Makes sure that what the program or its tests need from the system is there: `scripts/setup.sh run`, `scripts/setup.sh run test`.
#
# Debian and Ubuntu: installs the missing packages with apt, through sudo when not root. Elsewhere: installs nothing, lists what
# is missing and fails. Silent when nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

# One line a need: the Debian package, then how to see the same thing on another system
# (lib: a shared library, cmd: a command, gi: a namespace that /usr/bin/python3 can import).
run_needs='
gcc                  cmd:cc
libc6-dev            cmd:cc
ca-certificates      any
libx11-6             lib:libX11.so.6
libx11-xcb1          lib:libX11-xcb.so.1
libxcursor1          lib:libXcursor.so.1
libxi6               lib:libXi.so.6
libxkbcommon-x11-0   lib:libxkbcommon-x11.so.0
libgl1               lib:libGL.so.1
libdbus-1-3          lib:libdbus-1.so.3
'
test_needs='
xvfb                 cmd:Xvfb
dbus-daemon          cmd:dbus-daemon
at-spi2-core         any
libglib2.0-bin       cmd:gdbus
python3-gi           gi:Gio
xdotool              cmd:xdotool
xclip                cmd:xclip
imagemagick          cmd:import
gnome-keyring        cmd:gnome-keyring-daemon
libsecret-tools      cmd:secret-tool
xdg-desktop-portal-gtk any
'

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

needs=
for set in "$@"; do
    case $set in
        run) needs+=$run_needs ;;
        test) needs+=$test_needs ;;
        *) die "unknown set '$set'; the sets are run and test." ;;
    esac
done

# --- Rust ------------------------------------------------------------------------------------------------------------------
rust_wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
command -v cargo >/dev/null ||
    die "cargo is not in PATH or in ~/.cargo/bin. Install Rust $rust_wanted or newer from https://rustup.rs, then open a new shell."
rust_found=$(rustc --version | cut -d' ' -f2)
[ "$(printf '%s\n' "$rust_wanted" "$rust_found" | sort -V | head -n1)" = "$rust_wanted" ] ||
    die "Rust $rust_found is too old, $rust_wanted or newer is needed. Run: rustup update stable"

# --- Not Linux: the window needs nothing beyond the system's own libraries ---------------------------------------------------
[ "$(uname -s)" = Linux ] || exit 0

# --- Linux without apt: look for the things themselves -----------------------------------------------------------------------
present() {
    case $1 in
        any) true ;;
        cmd:*) command -v "${1#cmd:}" >/dev/null ;;
        gi:*) /usr/bin/python3 -c "import gi; gi.require_version('${1#gi:}', '2.0')" 2>/dev/null ;;
        # No ldconfig, no answer: let the program itself say what it misses.
        lib:*) ! ldconfig=$(PATH=$PATH:/sbin:/usr/sbin command -v ldconfig) || "$ldconfig" -p | grep -qF "${1#lib:} " ;;
    esac
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    missing=
    while read -r package sign; do
        [ -z "$package" ] || present "$sign" || missing+="  ${sign#*:} (on Debian in the package $package)"$'\n'
    done <<<"$needs"
    [ -z "$missing" ] || die "this is not Debian or Ubuntu, so please install these with your own package manager:
$missing"
    exit 0
fi

# --- Debian and Ubuntu --------------------------------------------------------------------------------------------------------
mapfile -t wanted < <(awk 'NF { print $1 }' <<<"$needs")
# dpkg-query fails when one of the packages is unknown to it, and still prints the others.
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/ installed$//p') || true
mapfile -t missing < <(printf '%s\n' "${wanted[@]}" | grep -vxF -e "$installed" || true)
[ ${#missing[@]} -gt 0 ] || exit 0

# needrestart would ask which services to restart, on a terminal that may not be there.
apt=(env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get)
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
        die "not root, and there is no sudo. Run this as root, then try again:
  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    # Without a terminal sudo cannot ask for a password, and would fail with a sentence about askpass.
    if [ -t 0 ]; then apt=(sudo "${apt[@]}"); else apt=(sudo -n "${apt[@]}"); fi
fi

say "installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A failed update is no reason to stop: the package lists at hand may do.
"${apt[@]}" update >"$log" 2>&1 </dev/null || true
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 </dev/null || {
    tail -n 25 "$log" >&2
    die "apt could not install them; its last words are above. By hand:
  sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
}
