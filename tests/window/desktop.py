"""A private desktop for one run of the real program: home folder, session bus, keyring, X server, accessibility.

Owns the processes and folders of that desktop, and ends and removes them. Refuses to touch anything of the desktop it was
started from: no variable but PATH is inherited, and the session bus can start nothing but the accessibility service.

One Python process can have one desktop, because GLib finds the session bus once and remembers it.
"""

import contextlib
import ctypes
import enum
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

# How long one step may take. Generous, because a loaded two-core machine draws the first frame late; a step that works
# takes milliseconds, so this costs time only where something is broken.
DEADLINE_SECS = float(os.environ.get("WINDOW_TEST_DEADLINE_SECS", "30"))

# Of the keyring itself; no key of the program.
KEYRING_PASSWORD = "open sesame"


class Keyring(enum.Enum):
    """What answers when the program asks the session bus for org.freedesktop.secrets."""

    UNLOCKED = "a gnome-keyring with an open default collection"
    # Without a prompter on the bus, the daemon answers that the prompt was dismissed.
    LOCKED = "a gnome-keyring whose default collection is locked"
    ABSENT = "nothing: no such service, and none can be started"
    # As under a sandbox such as Flatpak's, whose filter answers for the bus.
    DENIED = "a gnome-keyring that the session bus lets nobody speak to"


class Failed(Exception):
    """A promise was not kept; the message says which, and what was seen in its place."""


def wait_for(what, look, deadline_secs=None):
    """Calls `look` until it returns something truthy, and returns that."""
    end = time.monotonic() + (deadline_secs or DEADLINE_SECS)
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise Failed(f"waited in vain for {what}")
        time.sleep(0.05)


def _die_with_parent():
    """Runs in the child: a killed test must not leave daemons behind (PR_SET_PDEATHSIG is 1)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Desktop:
    """Use as a context manager; `env` is the environment of everything that runs in it."""

    def __init__(self, keyring=Keyring.UNLOCKED, size="1280x800"):
        self.keyring = keyring
        self.size = size
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with self._stack:
            self._enter()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *exception):
        self._stack.__exit__(*exception)

    def _enter(self):
        # Directly below /tmp: the path of a Unix socket may have 107 characters at most.
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="quantaprice-window-", dir="/tmp"))
        self._stack.callback(shutil.rmtree, self.root, ignore_errors=True)
        self.home = self.root / "home"
        runtime = self.root / "run"
        for folder in (self.home, runtime, self.root / "tmp", self.root / "services"):
            folder.mkdir(mode=0o700)
        self.env = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "HOME": str(self.home),
            "TMPDIR": str(self.root / "tmp"),
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_DATA_HOME": str(self.home / ".local/share"),
            "XDG_STATE_HOME": str(self.home / ".local/state"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_SESSION_TYPE": "x11",
            "GSETTINGS_BACKEND": "memory",
            # The same software renderer everywhere, so that a graphics card's driver is not under test.
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "RUST_BACKTRACE": "1",
        }
        self._start_bus()
        # Before any other client touches the bus: a gnome-keyring that is started later has no default collection.
        if self.keyring is not Keyring.ABSENT:
            self._start_keyring()
        self._start_display()
        # From here on the Python libraries in this process speak to this desktop, and to no other.
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "AT_SPI_BUS_ADDRESS"):
            os.environ.pop(name, None)
        os.environ.update(self.env)
        from accessibility import AccessibilityBus

        self.accessibility = AccessibilityBus()
        if self.keyring is Keyring.LOCKED:
            from keyring_contents import lock_default

            lock_default()

    def start(self, command, log, env=None, **popen):
        """Starts a process in this desktop, its output going to the file `log`; ended when the desktop ends."""
        with open(log, "ab") as output:
            popen = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output} | popen
            process = subprocess.Popen(
                [str(word) for word in command], env=self.env | (env or {}), preexec_fn=_die_with_parent, **popen
            )
        self._stack.callback(self.stop, process)
        return process

    @staticmethod
    def stop(process):
        """Asks the process to end, and insists after five seconds."""
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def run(self, *command):
        """Runs a command in this desktop to its end and returns (exit status, standard output)."""
        done = subprocess.run(
            [str(word) for word in command],
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=DEADLINE_SECS,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def _start_bus(self):
        # The accessibility service is the only one that the bus may start by itself. With the system's own folder of
        # services, asking for an absent keyring would start one.
        service = pathlib.Path("/usr/share/dbus-1/services/org.a11y.Bus.service")
        if service.exists():
            shutil.copy(service, self.root / "services")
        denied = '    <deny send_destination="org.freedesktop.secrets"/>\n' if self.keyring is Keyring.DENIED else ""
        config = self.root / "bus.conf"
        config.write_text(
            '<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"\n'
            ' "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">\n'
            "<busconfig>\n"
            "  <type>session</type>\n"
            f"  <listen>unix:path={self.root}/run/bus</listen>\n"
            f"  <servicedir>{self.root}/services</servicedir>\n"
            '  <policy context="default">\n'
            '    <allow send_destination="*" eavesdrop="true"/>\n'
            '    <allow eavesdrop="true"/>\n'
            '    <allow own="*"/>\n'
            f"{denied}"
            "  </policy>\n"
            "</busconfig>\n"
        )
        self.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={self.root}/run/bus"
        self._start_daemon(["dbus-daemon", "--nofork", f"--config-file={config}"])
        wait_for("the session bus", (self.root / "run/bus").is_socket)

    def _start_keyring(self):
        # A copy, which has lost the installed file's right to lock memory: in most containers nobody has that right to give,
        # and the system refuses to start a file that demands it.
        copy = shutil.copy(shutil.which("gnome-keyring-daemon") or "/usr/bin/gnome-keyring-daemon", self.root)
        daemon = self._start_daemon([copy, "--foreground", "--unlock", "--components=secrets"], stdin=subprocess.PIPE)
        # No newline: it would become part of the password.
        daemon.stdin.write(KEYRING_PASSWORD.encode())
        daemon.stdin.close()
        self.keyring_daemon = daemon
        wait_for("the default collection of the keyring", self._default_collection_is_there)

    def stop_keyring(self):
        """Ends the keyring's daemon, as logging out of a part of the desktop does; what it holds stays in its files."""
        self.stop(self.keyring_daemon)

    def start_keyring(self):
        """Starts the daemon again, with what it held before and with its default collection open."""
        self._start_keyring()

    def freeze_keyring(self):
        """Stops the daemon in the middle of whatever it does: it keeps its name on the bus, and never answers."""
        self.keyring_daemon.send_signal(signal.SIGSTOP)
        # A stopped process does not end when asked to.
        self._stack.callback(self.thaw_keyring)

    def thaw_keyring(self):
        """Lets the daemon go on; it answers all that was asked meanwhile."""
        self.keyring_daemon.send_signal(signal.SIGCONT)

    def _default_collection_is_there(self):
        # gdbus, not a library: this process must not meet the bus before its environment is complete. First the question
        # who owns the name, because a call to a service that is only starting would be an error.
        call = ("gdbus", "call", "--session", "--dest")
        _, owned = self.run(
            *call, "org.freedesktop.DBus", "--object-path", "/org/freedesktop/DBus",
            "--method", "org.freedesktop.DBus.NameHasOwner", "org.freedesktop.secrets",
        )  # fmt: skip
        if "true" not in owned or self.keyring is Keyring.DENIED:
            return "true" in owned
        _, alias = self.run(
            *call, "org.freedesktop.secrets", "--object-path", "/org/freedesktop/secrets",
            "--method", "org.freedesktop.Secret.Service.ReadAlias", "default",
        )  # fmt: skip
        return "/collection/" in alias

    def _start_display(self):
        # Only root can make this folder the proper way, and on a machine that never had a display nobody did.
        with contextlib.suppress(OSError):
            os.mkdir("/tmp/.X11-unix")
            os.chmod("/tmp/.X11-unix", 0o1777)
        # The server picks a free number itself and writes it down once it accepts connections.
        ours, its = os.pipe()
        self._start_daemon(
            ["Xvfb", "-displayfd", its, "-screen", "0", f"{self.size}x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=[its],
        )
        os.close(its)
        with open(ours, encoding="ascii") as number:
            line = number.readline().strip()
        if not line:
            raise Failed(f"Xvfb did not start:\n{(self.root / 'Xvfb.log').read_text()}")
        self.env["DISPLAY"] = f":{line}"

    def _start_daemon(self, command, **popen):
        return self.start(command, self.root / f"{pathlib.Path(command[0]).name}.log", **popen)


def artefacts():
    """Where logs and pictures go; kept after the run."""
    folder = pathlib.Path(os.environ.get("WINDOW_TEST_ARTEFACTS", "target/window-tests"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def step(sentence):
    """Says on standard output what has been shown so far, so that a failure has a place."""
    print(f"  {sentence}", flush=True)


def run_scenario(scenario, keyring=Keyring.UNLOCKED):
    """Runs `scenario(desktop, program)`, the program's path being the script's first argument; exits with 1 when it fails."""
    try:
        with Desktop(keyring) as desktop:
            scenario(desktop, pathlib.Path(sys.argv[1]).resolve())
    except Failed as failed:
        print(f"FAILED: {failed}", flush=True)
        sys.exit(1)
