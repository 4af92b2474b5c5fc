"""Reads and works the accessibility tree of one program over AT-SPI's own D-Bus protocol.

Owns the connection to the accessibility bus, and what one object looks like. Knows no window, no field and no promise.

Why not libatspi: it asks for every role, name and state one by one, four milliseconds an object, which for a whole window and a
deadline is slow, and it remembers what it once read. AccessKit answers one `GetItems` with the whole tree as it is now.
"""

import dataclasses
import enum

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

ATSPI = "org.a11y.atspi"
ROOT = "/org/a11y/atspi/accessible/root"
PROPERTIES = "org.freedesktop.DBus.Properties"
CALL_MILLISECONDS = 10_000


class Role(enum.IntEnum):
    """The roles that matter here, by AT-SPI's numbers (`AtspiRole` in its reference)."""

    CHECK_BOX = 7
    COMBO_BOX = 11
    DIALOG = 16
    FRAME = 23
    LABEL = 29
    LIST_ITEM = 32
    MENU_ITEM = 35
    TAB = 37
    PANEL = 39
    PASSWORD = 40
    BUTTON = 43
    RADIO_BUTTON = 44
    TEXT = 61
    TOGGLE_BUTTON = 62
    APPLICATION = 75
    ENTRY = 79
    LINK = 88


class State(enum.IntEnum):
    """Bits of a state set, by AT-SPI's numbers (`AtspiStateType`)."""

    ENABLED = 8
    FOCUSED = 12
    SELECTED = 23
    SENSITIVE = 24


# What a field to type into, and a thing to press, may call itself.
FIELDS = (Role.ENTRY, Role.TEXT, Role.PASSWORD)
TABS = (Role.TAB,)
BUTTONS = (Role.BUTTON, Role.TOGGLE_BUTTON, Role.RADIO_BUTTON, Role.LINK)


@dataclasses.dataclass(frozen=True)
class Node:
    """One object, as it was when it was read."""

    program: "Program"
    path: str
    role: int
    name: str
    states: int
    interfaces: tuple
    depth: int

    def has(self, state):
        return bool(self.states >> state & 1)

    @property
    def enabled(self):
        return self.has(State.ENABLED) and self.has(State.SENSITIVE)

    @property
    def focused(self):
        return self.has(State.FOCUSED)

    @property
    def can_be_pressed(self):
        return f"{ATSPI}.Action" in self.interfaces

    @property
    def text(self):
        """What is in a field now; bullets for a masked one, and nothing for an object that holds no text or is gone."""
        if f"{ATSPI}.Text" not in self.interfaces:
            return ""
        try:
            count = self._call(PROPERTIES, "Get", "(ss)", (f"{ATSPI}.Text", "CharacterCount"))[0]
            return self._call(f"{ATSPI}.Text", "GetText", "(ii)", (0, count))[0] if count else ""
        except GLib.Error:
            return ""

    @property
    def description(self):
        """What belongs to the object beside its name, such as what is wrong with a field."""
        try:
            return self._call(PROPERTIES, "Get", "(ss)", (f"{ATSPI}.Accessible", "Description"))[0]
        except GLib.Error:
            return ""

    def press(self):
        """Does the object's first action, which is its click."""
        self._call(f"{ATSPI}.Action", "DoAction", "(i)", (0,))

    def grab_focus(self):
        self._call(f"{ATSPI}.Component", "GrabFocus", "()", ())

    def _call(self, interface, method, signature, arguments):
        return self.program.call(self.path, interface, method, signature, arguments)

    def __str__(self):
        role = Role(self.role).name.lower().replace("_", " ") if self.role in list(Role) else f"role {self.role}"
        return f"{role} “{self.name}”"


class Program:
    """A process on the accessibility bus."""

    def __init__(self, bus, name):
        self._bus = bus
        self._name = name

    def call(self, path, interface, method, signature, arguments):
        return _call(self._bus, self._name, path, interface, method, signature, arguments)

    def nodes(self):
        """Every object, parents before children and in the order of the tree."""
        (items,) = self.call("/org/a11y/atspi/cache", f"{ATSPI}.Cache", "GetItems", "()", ())
        children = {}
        for item in items:
            # By bus name and path: the root of every program, and of the registry above them, has the same path.
            _, _, parent, index, *_ = item
            children.setdefault(parent, []).append((index, item))
        found = []

        def visit(item, depth):
            me, _, _, _, _, interfaces, name, role, _, states = item
            bits = states[0] | (states[1] << 32 if len(states) > 1 else 0)
            found.append(Node(self, me[1], role, name, bits, tuple(interfaces), depth))
            for _, child in sorted(children.get(me, ()), key=lambda entry: entry[0]):
                visit(child, depth + 1)

        for item in items:
            if item[0][1] == ROOT:
                visit(item, 0)
        return found


class AccessibilityBus:
    """The bus that programs show their trees on; its address is asked from the session bus of this process's environment."""

    def __init__(self):
        session = Gio.bus_get_sync(Gio.BusType.SESSION)
        # AccessKit builds no tree before somebody says that it will be read.
        enabled = ("org.a11y.Status", "IsEnabled", GLib.Variant("b", True))
        _call(session, "org.a11y.Bus", "/org/a11y/bus", PROPERTIES, "Set", "(ssv)", enabled)
        (address,) = _call(session, "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", "()", ())
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self._bus = Gio.DBusConnection.new_for_address_sync(address, flags)
        self._session = session

    def program(self, process_id):
        """The program with that process id once it is registered with a window, or None."""
        (children,) = _call(self._bus, f"{ATSPI}.Registry", ROOT, f"{ATSPI}.Accessible", "GetChildren", "()", ())
        for name, _ in children:
            try:
                about = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
                (its_id,) = _call(self._bus, *about, "GetConnectionUnixProcessID", "(s)", (name,))
                program = Program(self._bus, name)
                if its_id == process_id and len(program.nodes()) > 1:
                    return program
            except GLib.Error:
                # It left the bus between two calls.
                continue
        return None


def _call(bus, name, path, interface, method, signature, arguments):
    """Calls and waits for the answer, as plain Python values."""
    arguments = GLib.Variant(signature, arguments)
    return bus.call_sync(
        name, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, CALL_MILLISECONDS, None
    ).unpack()
