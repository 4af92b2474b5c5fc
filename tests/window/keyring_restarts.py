"""A keyring that is absent at start, comes later, and is restarted: the program meets it each time without a restart of its own."""

from desktop import run_scenario, step, wait_for
from driver import Window
from key_form import fill, holders, save, save_in_vain, still_typed
from sandbox_alone import SandboxAlone


def scenario(desktop, program):
    sandbox = SandboxAlone(desktop, program)
    desktop.stop_keyring()
    with Window(desktop, program, title="late-keyring") as window:
        fill(window, sandbox)
        said = save_in_vain(window, r"does not answer")
        step(f"without a keyring: {said}")
        still_typed(window, sandbox)
        desktop.start_keyring()
        save(window, sandbox.client_secret)
        step("the keyring came later, and Save key works")

        desktop.stop_keyring()
        desktop.start_keyring()
        window.press("New")
        fill(window, sandbox, "Second")
        window.press("Save key")
        wait_for("both secrets in the keyring", lambda: len(holders(sandbox.client_secret)) == 2)
        step("the keyring was restarted, and Save key works")


run_scenario(scenario)
