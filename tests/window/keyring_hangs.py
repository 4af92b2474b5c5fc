"""A keyring that takes every call and answers none: the window goes on, Cancel works, nothing is lost, and it closes at once."""

import time

import keyring_contents
from accessibility import FIELDS
from desktop import Failed, run_scenario, step, wait_for
from driver import Window
from key_form import fill, holders, look_up, nothing_holds, save, still_typed
from sandbox_alone import SandboxAlone

# As slow as a window may answer while something behind it hangs.
ANSWER_SECS = 1.0
# A busy machine may be slow once; a window that hangs with its keyring is slow each time.
TRIES = 3


def answers(what, act):
    """Does something that waits for its effect, and fails when that took too long for a window that is alive."""
    times = []
    for _ in range(TRIES):
        start = time.monotonic()
        act()
        times.append(time.monotonic() - start)
        if times[-1] <= ANSWER_SECS:
            return
    raise Failed(f"{what} took {min(times):.1f} s at best while the keyring hangs")


def scenario(desktop, program):
    sandbox = SandboxAlone(desktop, program)
    secret = sandbox.client_secret

    with Window(desktop, program, title="save-hangs") as window:
        fill(window, sandbox)
        desktop.freeze_keyring()
        window.press("Save key")
        window.wait_says("Saving the key")
        answers("typing a SKU", lambda: window.type_into("SKU", "007 + A"))
        answers("the Token tab", lambda: (window.show_tab("Token"), window.wait_gone(FIELDS, "SKU")))
        answers("the Prices tab", lambda: (window.show_tab("Prices"), window.find(FIELDS, "SKU")))
        step("while Save hangs, typing and tabs answer within a second")
        window.wait_says(r"\d+ s\. A password prompt may be waiting")
        window.screenshot("saving")
        window.press("Cancel")
        wait_for("the end of the work", lambda: not window.says("Saving the key"))
        still_typed(window, sandbox)
        step("Cancel works, and all that was typed is still there")

        desktop.thaw_keyring()
        # The call was already in the daemon's hands; what it wrote is taken back.
        time.sleep(1)
        wait_for("the cancelled save to leave nothing behind", lambda: not keyring_contents.items())
        save(window, secret)
        step("once the keyring answers again, the cancelled save is undone and a new one works, without a restart")

    with Window(desktop, program, title="read-hangs") as window:
        desktop.freeze_keyring()
        window.type_into("SKU", "PRODUCT-001")
        window.press("Look up")
        said = window.wait_says(r".*did not answer within 5 s.*").group()
        step(f"a lookup ends with: {said}")
        window.press("Look up")
        said = window.wait_says(r".*still busy with an earlier call.*", 2).group()
        step(f"the next fails at once: {said}")
        window.screenshot("busy")
        desktop.thaw_keyring()
        time.sleep(0.5)
        look_up(window, "PRODUCT-001", "12.10")
        step("once the keyring answers again, a lookup works, without a restart")
        nothing_holds(secret, desktop, window)

    with Window(desktop, program, title="close-hangs") as window:
        window.press("New")
        fill(window, sandbox, "Second")
        desktop.freeze_keyring()
        window.press("Save key")
        window.wait_says("Saving the key")
    step("the window closes with status 0 while Save hangs")
    desktop.thaw_keyring()
    if len(holders(secret)) > 2:
        raise Failed("a save that was closed away left more than its own secret")


run_scenario(scenario)
