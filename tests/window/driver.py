"""Drives the real program from outside, as a screen reader and a keyboard do: AT-SPI to find, read and press, xdotool to type.

Owns one running program and its window. Refuses to know any promise of the program: those are in the scenarios beside it.
Use it only inside a `Desktop`, whose X server and session bus it speaks to.

How the tree of an egui program looks from here, which is not obvious:
- The application carries the executable's name; its window is a FRAME, which has no name unless the program gives it one.
- A label and the field it labels have the same name, so look things up by role and name.
- A masked field has the role PASSWORD and shows bullets only.
- Tabs are TABs, as far as the program says so; other selectable labels are TOGGLE_BUTTONs.
- Without a window manager nobody gives the window the keyboard: see `windowfocus` below.
"""

import re
import subprocess
import time

import close_button
from accessibility import BUTTONS, FIELDS, TABS, Role
from desktop import Failed, artefacts, wait_for

# The first Tab can have nowhere to go yet, so the focus need not move; a busy machine takes a while to move it.
MOVING_SECS = 3
# A program that waits longer than this for its keyring or server before it ends has hung, to whoever closed it.
CLOSING_SECS = 5


class Window:
    """The program, started with `arguments`; use as a context manager, so that it is ended.

    `title` names its log and its pictures among the artefacts.
    """

    def __init__(self, desktop, program, *arguments, env=None, title="window"):
        self.desktop = desktop
        self.title = title
        self.log = artefacts() / f"{title}.log"
        self.log.unlink(missing_ok=True)
        self.process = desktop.start([program, *arguments], self.log, env=env)
        try:
            self._program = wait_for("the program's accessibility tree", self._find_program)
            self.id = wait_for("the program's window", self._find_window)
            self.take_keyboard()
        except Exception:
            print(f"picture: {self.screenshot('no-window')}{self._last_words()}", flush=True)
            desktop.stop(self.process)
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is None:
            self.close()
        else:
            self.explain()
            self.desktop.stop(self.process)

    # --- Looking ---

    def nodes(self):
        """Every object of the window, in tree order."""
        self._demand_life()
        return self._program.nodes()

    def look(self, roles, name):
        """The first object with one of the roles and that name (a string, or a pattern to find in it), or None."""
        return next((node for node in self.nodes() if node.role in roles and _matches(name, node.name)), None)

    def find(self, roles, name, deadline_secs=None):
        """Like `look`, but waits for it."""
        words = "/".join(role.name.lower() for role in roles)
        return wait_for(f"{words} “{_shown(name)}”", lambda: self.look(roles, name), deadline_secs)

    def texts(self):
        """All that the window says, in tree order: the names of all objects, and what is in the fields."""
        said = []
        for node in self.nodes():
            said.append(node.name)
            if node.role in FIELDS:
                said.append(node.text)
        return [words for words in said if words]

    def says(self, pattern):
        """The first match of the regular expression in anything the window says, or None."""
        return next(filter(None, (re.search(pattern, words) for words in self.texts())), None)

    def wait_says(self, pattern, deadline_secs=None):
        """Waits until the window says something that matches, and returns the match."""
        return wait_for(f"the words “{pattern}”", lambda: self.says(pattern), deadline_secs)

    def descriptions(self):
        """What a screen reader says after the names: one more question an object, so ask only where it matters."""
        return [words for node in self.nodes() if (words := node.description)]

    def focus(self):
        """The object that has the keyboard, or None."""
        # The frame counts as focused too when nothing in it is; the innermost one is meant.
        holders = [node for node in self.nodes() if node.focused]
        return holders[-1] if holders else None

    # --- Doing ---

    def take_keyboard(self):
        """Makes this window the one that the keyboard goes to, in front of any other: a covered one draws no frames."""
        self._xdotool("windowraise", self.id)
        self._xdotool("windowfocus", "--sync", self.id)

    def press(self, name, roles=BUTTONS):
        """Presses a button, as soon as it can be pressed, the way a screen reader does."""

        def ready():
            node = self.look(roles, name)
            return node if node and node.enabled and node.can_be_pressed else None

        wait_for(f"the button “{_shown(name)}” to be there and enabled", ready).press()

    def show_tab(self, name):
        """Chooses one of the centre's tabs."""
        self.press(name, TABS)

    def wait_gone(self, roles, name):
        """Waits until there is no such object."""
        wait_for(f"“{_shown(name)}” to go", lambda: not self.look(roles, name))

    def focus_on(self, roles, name):
        """Gives the keyboard to an object and waits until it has it."""

        def holds():
            node = self.look(roles, name)
            if node and not node.focused:
                # Asked again each time: egui numbers its objects by their place, so one that moved in this very frame is
                # another object now.
                node.grab_focus()
            return node if node and node.focused else None

        return wait_for(f"“{_shown(name)}” to have the focus", holds)

    def type_into(self, name, words, roles=FIELDS):
        """Replaces what is in a field by typing on the keyboard, and waits until all of it has arrived."""
        self.focus_on(roles, name)
        self.key("ctrl+a")
        self.type(words)

        def arrived():
            node = self.look(roles, name)
            text = node.text if node else ""
            # A masked field tells its length only.
            return len(text) == len(words) if node and node.role == Role.PASSWORD else text == words

        wait_for(f"what was typed to be in the field “{name}”", arrived)

    def type(self, words):
        """Types on the keyboard; the focus decides where it goes."""
        self._xdotool("type", "--delay", "4", "--", words)

    def key(self, *keys):
        """Presses keys one after the other, in X's names: `Return`, `ctrl+k`."""
        self._xdotool("key", "--delay", "20", *keys)

    def tab_to(self, roles, name, limit=150):
        """Presses Tab until the named object has the focus, as somebody without a mouse does."""
        seen = {}
        for pressed in range(limit + 1):
            node = self.focus()
            if node and node.role in roles and _matches(name, node.name):
                return node
            seen[str(node)] = True
            if pressed < limit:
                self._tab(node)
        raise Failed(f"{limit} times Tab did not reach “{_shown(name)}”; the focus went over {', '.join(seen)}")

    def _tab(self, before):
        """Presses Tab and waits for the focus to move, so that no Tab is still on its way when the goal is reached."""
        self.key("Tab")
        end = time.monotonic() + MOVING_SECS
        while (now := self.focus()) and before and now.path == before.path and time.monotonic() < end:
            time.sleep(0.02)

    # --- Showing ---

    def screenshot(self, name):
        """Saves a picture of the whole display, and returns its path."""
        path = artefacts() / f"{self.title}-{name}.png"
        self.desktop.run("import", "-silent", "-window", "root", path)
        return path

    def dump(self):
        """The tree as text: role, name, state and content, one object a line."""
        lines = []
        for node in self._program.nodes():
            state = ("" if node.enabled else " (disabled)") + (" (focused)" if node.focused else "")
            content = f" = {node.text!r}" if node.role in FIELDS else ""
            lines.append(f"{'  ' * node.depth}{node}{state}{content}")
        return "\n".join(lines)

    def explain(self):
        """After a failure: where the picture is, the tree, and the program's last words, on standard output."""
        tree = self.dump() if self.process.poll() is None else "the program has ended"
        print(f"\npicture: {self.screenshot('failed')}\nthe window:\n{tree}{self._last_words()}\n", flush=True)

    def close(self):
        """Closes the window by its close button, and demands that the program ends by itself and in order."""
        close_button.press(self.desktop.env["DISPLAY"], int(self.id))
        try:
            status = self.process.wait(CLOSING_SECS)
        except subprocess.TimeoutExpired:
            raise Failed(f"the program still runs {CLOSING_SECS} seconds after its window was closed") from None
        if status != 0:
            raise Failed(f"closing the window ended the program with status {status}{self._last_words()}")

    # --- Below ---

    def _demand_life(self):
        if self.process.poll() is not None:
            raise Failed(f"the program ended with status {self.process.returncode}{self._last_words()}")

    def _find_program(self):
        self._demand_life()
        return self.desktop.accessibility.program(self.process.pid)

    def _find_window(self):
        status, ids = self.desktop.run("xdotool", "search", "--onlyvisible", "--pid", self.process.pid)
        return ids.split()[-1] if status == 0 and ids.split() else None

    def _xdotool(self, *arguments):
        status, _ = self.desktop.run("xdotool", *arguments)
        if status != 0:
            raise Failed(f"xdotool {arguments[0]} failed{self._last_words()}")

    def _last_words(self):
        words = self.log.read_text(errors="replace").strip() if self.log.exists() else ""
        return f"\nthe program's last words:\n{words[-4000:]}" if words else ""


def _matches(wanted, name):
    return wanted.search(name) is not None if isinstance(wanted, re.Pattern) else wanted == name


def _shown(name):
    return name.pattern if isinstance(name, re.Pattern) else name
