"""The system's own file dialogs: a list is opened and an export saved through the desktop portal, as on a desktop with GTK.

Owns the portal of this desktop: its bus starts no service by itself, so both halves are started here.
"""

import pathlib

from desktop import Failed, artefacts, run_scenario, step, wait_for
from driver import Window

SKUS = ["PRODUCT-001", "00012345", "=1+1"]
LIBEXEC = pathlib.Path("/usr/libexec")


def start_portal(desktop):
    # The half that draws the dialogs first: the other asks for it.
    for name, owned in [
        ("xdg-desktop-portal-gtk", "org.freedesktop.impl.portal.desktop.gtk"),
        ("xdg-desktop-portal", "org.freedesktop.portal.Desktop"),
    ]:
        desktop.start([LIBEXEC / name], artefacts() / f"{name}.log", env={"XDG_CURRENT_DESKTOP": "gnome"})
        wait_for(f"{name} on the bus", lambda owned=owned: is_owned(desktop, owned))


def is_owned(desktop, name):
    _, said = desktop.run(
        "gdbus", "call", "--session", "--dest", "org.freedesktop.DBus", "--object-path", "/org/freedesktop/DBus",
        "--method", "org.freedesktop.DBus.NameHasOwner", name,
    )  # fmt: skip
    return "true" in said


def dialog(desktop, title):
    """The window of a dialog, once it is there, with the keyboard."""

    def seen():
        status, ids = desktop.run("xdotool", "search", "--onlyvisible", "--name", f"^{title}$")
        return ids.split()[-1] if status == 0 and ids.split() else None

    found = wait_for(f"the dialog “{title}”", seen)
    desktop.run("xdotool", "windowraise", found)
    status, _ = desktop.run("xdotool", "windowfocus", "--sync", found)
    if status != 0:
        raise Failed(f"the dialog “{title}” does not take the keyboard")
    return found


def answer(desktop, window, title, path):
    """Types a whole path into a dialog and accepts it, as somebody does who knows the path."""
    found = dialog(desktop, title)
    window.screenshot(title.replace(" ", "-").lower())
    # In both dialogs this is the way to the field for a path.
    desktop.run("xdotool", "key", "--delay", "40", "ctrl+l")
    desktop.run("xdotool", "key", "--delay", "40", "ctrl+a")
    desktop.run("xdotool", "type", "--delay", "12", "--", str(path))
    window.screenshot(title.replace(" ", "-").lower() + "-typed")
    desktop.run("xdotool", "key", "Return")
    wait_for(f"the dialog “{title}” to close", lambda: is_gone(desktop, found))
    window.take_keyboard()


def is_gone(desktop, found):
    status, ids = desktop.run("xdotool", "search", "--onlyvisible", "--name", ".*")
    return status != 0 or found not in ids.split()


def scenario(desktop, program):
    start_portal(desktop)
    listed = desktop.home / "assortment.csv"
    listed.write_text("name;sku\n" + "".join(f"Thing;{sku}\n" for sku in SKUS))
    exported = desktop.home / "prices of today.csv"
    with Window(desktop, program, "--sandbox", title="file-dialogs") as window:
        window.press("Batch")
        window.press("Open list…")
        answer(desktop, window, "Open a list of SKUs", listed)
        window.wait_says("assortment.csv, column sku")
        step("a list was opened through the system's dialog")

        window.press("Open list…")
        found = dialog(desktop, "Open a list of SKUs")
        desktop.run("xdotool", "key", "Escape")
        wait_for("the dialog to close", lambda: is_gone(desktop, found))
        window.take_keyboard()
        window.wait_says("No file was chosen")
        window.wait_says("assortment.csv, column sku")
        step("a dialog that is cancelled leaves the list as it was")

        window.press("Look up 3 SKUs")
        window.wait_says("Batch finished, 3 of 3")
        window.press("Export…")
        window.press("CSV")
        window.press("Save…")
        answer(desktop, window, "Export the table", exported)
        window.wait_says("saved as")
        rows = exported.read_text()
        for sku in SKUS:
            if sku not in rows:
                raise Failed(f"{sku} is not in the export:\n{rows}")
        step("the rows were saved through the system's dialog")


run_scenario(scenario)
