"""Two secrets for one key in the keyring: none is trusted, the window says so, and deleting the key removes both."""

import keyring_contents
from desktop import Failed, run_scenario, step, wait_for
from driver import Window
from key_form import confirm_deletion, fill, holders, save
from sandbox_alone import SandboxAlone


def scenario(desktop, program):
    sandbox = SandboxAlone(desktop, program)
    with Window(desktop, program, title="before") as window:
        fill(window, sandbox)
        save(window, sandbox.client_secret)
    label, attributes, _ = holders(sandbox.client_secret)[0]
    keyring_contents.duplicate(label, attributes, "0" * 64)
    if len(keyring_contents.items()) != 2:
        raise Failed("the keyring should hold two secrets for the key now")

    with Window(desktop, program, title="ambiguous") as window:
        window.type_into("SKU", "PRODUCT-001")
        window.press("Look up")
        said = window.wait_says(r".*holds 2 secrets for this key.*").group()
        step(f"the window says: {said}")
        window.screenshot("two-secrets")
        confirm_deletion(window)
        wait_for("the keyring to be empty", lambda: not keyring_contents.items())
        step("Delete key removes both")


run_scenario(scenario)
