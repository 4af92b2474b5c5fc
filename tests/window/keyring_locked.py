"""A locked keyring: the window says so and keeps what was typed; once the keyring is open, saving works without a restart."""

import keyring_contents
from desktop import KEYRING_PASSWORD, Failed, Keyring, run_scenario, step, wait_for
from driver import Window
from key_form import fill, nothing_holds, save_in_vain, still_typed
from sandbox_alone import SandboxAlone


def scenario(desktop, program):
    sandbox = SandboxAlone(desktop, program)
    with Window(desktop, program, title="locked-keyring") as window:
        fill(window, sandbox)
        said = save_in_vain(window, r"(?i)\block(ed)?\b|unlock")
        step(f"the window says that the keyring is locked: {said}")
        window.screenshot("locked")
        still_typed(window, sandbox)
        if not keyring_contents.is_locked():
            raise Failed("the keyring was opened without its password")
        nothing_holds(sandbox.client_secret, desktop, window)

        keyring_contents.unlock_default(KEYRING_PASSWORD)
        window.press("Save key")
        wait_for(
            "the secret in the keyring",
            lambda: any(sandbox.client_secret in secret for _, _, secret in keyring_contents.items()),
        )
        step("once the keyring is open, Save key works without a restart")


run_scenario(scenario, Keyring.LOCKED)
