"""A rotated key: Replace secret… tries the new secret first, keeps the old one when it fails, and uses the new one when it works."""

from desktop import Failed, run_scenario, step
from driver import Window
from key_form import fill, holders, look_up, nothing_holds, save
from sandbox_alone import SandboxAlone
import keyring_contents

# Both have the documented form, and are not the sandbox's.
OLD = "0123456789abcdef" * 4
MISTYPED = "fedcba9876543210" * 4


def scenario(desktop, program):
    sandbox = SandboxAlone(desktop, program)
    right = sandbox.client_secret
    with Window(desktop, program, title="rotated") as window:
        fill(window, sandbox, secret=OLD)
        save(window, OLD)
        window.type_into("SKU", "PRODUCT-001")
        window.press("Look up")
        window.wait_says("Key refused")
        window.screenshot("refused")
        step("the server refuses the old secret")

        window.press("Replace secret…")
        window.type_into("Client secret", MISTYPED)
        window.press("Save key")
        said = window.wait_says(r".*was not saved.*old one stays.*").group()
        step(f"a wrong new secret: {said}")
        window.screenshot("not-replaced")
        if len(keyring_contents.items()) != 1 or not holders(OLD):
            raise Failed("the keyring should still hold the old secret, and nothing else")

        window.type_into("Client secret", right)
        save(window, right)
        if len(keyring_contents.items()) != 1:
            raise Failed("the keyring should hold the new secret in place of the old one")
        look_up(window, "PRODUCT-001", "12.10")
        step("a right one takes its place, and the price comes without asking again")
        for secret in (OLD, MISTYPED, right):
            nothing_holds(secret, desktop, window)


run_scenario(scenario)
