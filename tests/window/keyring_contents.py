"""Looks into the keyring of a desktop from outside the program, over the Secret Service interface.

Owns reading, locking, unlocking and doubling what is there; refuses to make up items, which is the program's own work.
Use it only inside a `Desktop`: it speaks to the session bus of this process's environment.
"""

import contextlib
import functools

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

SERVICE = "org.freedesktop.secrets"
ROOT = "/org/freedesktop/secrets"


@functools.cache
def _bus():
    # Held for good: the keyring forgets a session when the connection that opened it is gone.
    return Gio.bus_get_sync(Gio.BusType.SESSION)


def _call(path, interface, method, arguments, reply):
    reply_type = GLib.VariantType(reply)
    flags = Gio.DBusCallFlags.NO_AUTO_START
    return _bus().call_sync(SERVICE, path, interface, method, arguments, reply_type, flags, 10_000).unpack()


def _property(path, interface, name):
    arguments = GLib.Variant("(ss)", (f"org.freedesktop.Secret.{interface}", name))
    return _call(path, "org.freedesktop.DBus.Properties", "Get", arguments, "(v)")[0]


def _session():
    """The object path of a session in which secrets travel as they are, on a bus that is nobody else's.

    A new one each time: a keyring that was restarted knows none of the old ones.
    """
    plain = GLib.Variant("(sv)", ("plain", GLib.Variant("s", "")))
    return _call(ROOT, "org.freedesktop.Secret.Service", "OpenSession", plain, "(vo)")[1]


def items():
    """Every item of every collection: a list of (label, attributes, secret as text)."""
    found = []
    for collection in _property(ROOT, "Service", "Collections"):
        for item in _property(collection, "Collection", "Items"):
            # It may be deleted between two calls.
            with contextlib.suppress(GLib.Error):
                found.append(_read(item))
    return found


def _read(item):
    ((_, _, secret, _),) = _call(
        item, "org.freedesktop.Secret.Item", "GetSecret", GLib.Variant("(o)", (_session(),)), "((oayays))"
    )
    return _property(item, "Item", "Label"), _property(item, "Item", "Attributes"), bytes(secret).decode()


def duplicate(label, attributes, secret):
    """Puts an item with the same attributes beside one that `items` returned, as restoring a backup into a live keyring does."""
    properties = {
        "org.freedesktop.Secret.Item.Label": GLib.Variant("s", label),
        "org.freedesktop.Secret.Item.Attributes": GLib.Variant("a{ss}", attributes),
    }
    struct = (_session(), b"", secret.encode(), "text/plain")
    arguments = GLib.Variant("(a{sv}(oayays)b)", (properties, struct, False))
    _call(default_collection(), "org.freedesktop.Secret.Collection", "CreateItem", arguments, "(oo)")


def default_collection():
    """The object path of the collection that programs save into."""
    return _call(ROOT, "org.freedesktop.Secret.Service", "ReadAlias", GLib.Variant("(s)", ("default",)), "(o)")[0]


def is_locked():
    """Whether the default collection is locked."""
    return _property(default_collection(), "Collection", "Locked")


def lock_default():
    """Locks the default collection, as a desktop does when the user locks the keyring by hand."""
    collections = GLib.Variant("(ao)", ([default_collection()],))
    _call(ROOT, "org.freedesktop.Secret.Service", "Lock", collections, "(aoo)")
    if not is_locked():
        raise RuntimeError("the keyring did not lock its default collection")


def unlock_default(password):
    """Opens the default collection, as the user does by typing its password into the system's prompt."""
    # The daemon's own interface, which its prompt uses too: the standard one opens nothing without a prompt.
    secret = (_session(), b"", password.encode(), "text/plain")
    arguments = GLib.Variant("(o(oayays))", (default_collection(), secret))
    interface = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"
    _call(ROOT, interface, "UnlockWithMasterPassword", arguments, "()")
    if is_locked():
        raise RuntimeError("the keyring did not open with its password")
