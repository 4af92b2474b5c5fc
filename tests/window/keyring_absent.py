"""No keyring at all: the window says which store is missing, keeps what was typed, and offers to keep the key for this run."""

import re

from accessibility import BUTTONS
from desktop import Keyring, run_scenario, step, wait_for
from driver import Window
from key_form import PROFILE, fill, look_up, nothing_holds, save_in_vain, still_typed
from sandbox_alone import SandboxAlone

# The offer is a button; its name must say that it is for this run.
FOR_THIS_RUN = re.compile(r"this run|memory|session", re.IGNORECASE)


def scenario(desktop, program):
    sandbox = SandboxAlone(desktop, program)
    with Window(desktop, program, title="no-keyring") as window:
        fill(window, sandbox)
        said = save_in_vain(window, r"(?i)secret service|keyring")
        step(f"the window names the missing store: {said}")
        still_typed(window, sandbox)
        window.screenshot("offer")
        window.press(FOR_THIS_RUN)
        wait_for("the offer to go once it was taken", lambda: not window.look(BUTTONS, FOR_THIS_RUN))
        look_up(window, "PRODUCT-001", "12.10")
        window.screenshot("price")
        step("kept in memory, the key looks a price up")
        nothing_holds(sandbox.client_secret, desktop, window)

    with Window(desktop, program, title="no-keyring-again") as window:
        nothing_holds(sandbox.client_secret, desktop, window)
        if window.says(re.escape(PROFILE)):
            step("the profile is remembered, its secret is not")
        step("after a restart nothing holds the secret")


run_scenario(scenario, Keyring.ABSENT)
