"""A keyring that this program may not use: a sentence of its own, and the key works from memory."""

from desktop import Keyring, run_scenario, step
from driver import Window
from key_form import fill, look_up, nothing_holds, save_in_vain, still_typed
from sandbox_alone import SandboxAlone


def scenario(desktop, program):
    sandbox = SandboxAlone(desktop, program)
    with Window(desktop, program, title="denied") as window:
        fill(window, sandbox)
        said = save_in_vain(window, r"(?i)\brefused\b|\bdenied\b")
        step(f"the window says that it was refused: {said}")
        still_typed(window, sandbox)
        window.press("Keep for this run only")
        look_up(window, "PRODUCT-001", "12.10")
        step("kept in memory, the key looks a price up")
        nothing_holds(sandbox.client_secret, desktop, window)


run_scenario(scenario, Keyring.DENIED)
