"""A token on the real clipboard, read by a second program: there after the question, marked as a secret, gone after Clear now,
after its 45 seconds, and when the window closes; another program's text stays."""

import re
import time

from accessibility import BUTTONS
from desktop import Failed, run_scenario, step, wait_for
from driver import Window
from key_form import look_up

JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
HELD = r"Token on the clipboard, cleared in 0:(\d\d)"
CLEARED = "The token was cleared from the clipboard"


def on_clipboard(desktop, target="UTF8_STRING"):
    """What a second program finds there; nothing when it is empty."""
    status, text = desktop.run("xclip", "-selection", "clipboard", "-out", "-target", target)
    return text if status == 0 else ""


def copy_token(window, desktop):
    window.press("Copy token")
    window.wait_says("It works like a password")
    window.press("Copy it")
    window.wait_says(HELD)
    token = on_clipboard(desktop)
    if not JWT.fullmatch(token):
        raise Failed(f"a token should be on the clipboard, and {len(token)} characters are that are none")
    return token


def is_empty(desktop):
    return not on_clipboard(desktop)


def scenario(desktop, program):
    with Window(desktop, program, "--sandbox", title="clipboard") as window:
        look_up(window, "PRODUCT-001", "12.10")
        window.press("Copy token")
        window.wait_says("It works like a password")
        if not is_empty(desktop):
            raise Failed("the question was not answered, and something is on the clipboard")
        window.press("Leave it")
        window.wait_gone(BUTTONS, "Leave it")

        started = time.monotonic()
        token = copy_token(window, desktop)
        window.screenshot("held")
        hint = on_clipboard(desktop, "x-kde-passwordManagerHint")
        if hint != "secret":
            raise Failed(f"clipboard histories should be told that it is a secret, and are told “{hint}”")
        step("a second program reads the token, and histories are told that it is a secret")
        if window.says(re.escape(token)) or any(token in words for words in window.descriptions()):
            raise Failed("the token can be read from the accessibility tree")

        wait_for("the token to go by itself", lambda: is_empty(desktop), 60)
        took = time.monotonic() - started
        window.wait_says(CLEARED)
        if took < 44:
            raise Failed(f"it was cleared after {took:.1f} seconds already")
        step(f"it was gone after {took:.1f} seconds")

        copy_token(window, desktop)
        window.press("Clear now")
        wait_for("Clear now to empty the clipboard", lambda: is_empty(desktop))
        window.wait_says(CLEARED)
        step("Clear now empties the clipboard")

        copy_token(window, desktop)
        other = desktop.root / "other.txt"
        other.write_text("of another program")
        # It answers for the clipboard until something else is copied.
        desktop.run("sh", "-c", f"xclip -selection clipboard -in {other} >/dev/null 2>&1")
        window.press("Clear now")
        window.wait_says("holds something else by now")
        if on_clipboard(desktop) != "of another program":
            raise Failed("what another program copied should have stayed")
        step("what another program copied stays")

        copy_token(window, desktop)
    wait_for("the clipboard to be empty after the window closed", lambda: is_empty(desktop))
    printed = window.log.read_text(errors="replace")
    if token in printed or JWT.search(printed):
        raise Failed("a token is in what the program printed")
    step("closing the window leaves no token behind")


run_scenario(scenario)
