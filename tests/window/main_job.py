"""The main job: save a key, see it rest in the keyring only, start again, look a price up, read it, delete the key."""

import keyring_contents
from accessibility import BUTTONS, FIELDS
from desktop import Failed, run_scenario, step, wait_for
from driver import Window
from key_form import PROFILE, confirm_deletion, fill, holders, look_up, nothing_holds, save
from sandbox_alone import SandboxAlone


def scenario(desktop, program):
    sandbox = SandboxAlone(desktop, program)
    secret = sandbox.client_secret
    step("the sandbox runs as a process of its own")

    with Window(desktop, program, title="first-start") as window:
        fill(window, sandbox)
        window.screenshot("form")
        window.press("Show secret")
        window.find(BUTTONS, "Hide secret")
        window.screenshot("revealed")
        nothing_holds(secret, desktop, window)
        window.focus_on(FIELDS, "Profile name")
        window.find(BUTTONS, "Show secret")
        step("the letters of the secret are for the eye only, and are dots again once its field is left")

        save(window, secret)
        saved = holders(secret)
        if len(saved) != 1:
            raise Failed(f"one item should hold the secret, {len(saved)} do")
        _, attributes, _ = saved[0]
        # A second witness, which shares no code with this test.
        query = [word for pair in attributes.items() if pair[0] != "xdg:schema" for word in pair]
        status, found = desktop.run("secret-tool", "search", "--all", *query)
        if status != 0 or f"secret = {secret}" not in found:
            raise Failed(f"secret-tool does not find the secret by {query}")
        step(f"the keyring holds the secret under {attributes}")
        nothing_holds(secret, desktop, window)
        step("no file, no object of the window and no log line holds it")

    with Window(desktop, program, title="second-start") as window:
        window.wait_says(PROFILE)
        look_up(window, "PRODUCT-001", "12.10")
        window.screenshot("price")
        step("after a restart the price 12.10 of PRODUCT-001 is in the window")
        nothing_holds(secret, desktop, window)
        status, said = desktop.run(program, "lookup", "--profile", PROFILE, "PRODUCT-001")
        if status != 0 or "12.10" not in said or secret in said:
            raise Failed(f"the command line should find the same key and price; status {status}, it said:\n{said}")
        step("the command line uses the same key")

        confirm_deletion(window)
        wait_for("the keyring to be empty", lambda: not keyring_contents.items())
        status, found = desktop.run("secret-tool", "search", "--all", *query)
        if found:
            raise Failed("secret-tool still finds something after the key was deleted")
        nothing_holds(secret, desktop, window)
        step("after Delete key the keyring holds nothing")


run_scenario(scenario)
