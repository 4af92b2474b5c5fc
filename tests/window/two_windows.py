"""Two windows on one settings file: what each saves is there afterwards, whichever wrote last."""

import re

from desktop import Failed, run_scenario, step, wait_for
from driver import Window
from key_form import fill, holders, look_up, save
from sandbox_alone import SandboxAlone


def scenario(desktop, program):
    sandbox = SandboxAlone(desktop, program)
    secret = sandbox.client_secret
    with Window(desktop, program, title="one") as one, Window(desktop, program, title="other") as other:
        one.take_keyboard()
        fill(one, sandbox, "From one")
        save(one, secret)
        look_up(one, "PRODUCT-001", "12.10")
        # This window has read the settings before there was any key.
        other.take_keyboard()
        fill(other, sandbox, "From the other")
        other.press("Save key")
        wait_for("both secrets in the keyring", lambda: len(holders(secret)) == 2)
        look_up(other, "PRODUCT-001", "12.10")
        one.take_keyboard()
        look_up(one, "PRODUCT-001", "12.10")
        step("each window saved a key and looked a price up")
    with Window(desktop, program, title="third") as third:
        for name in ("From one", "From the other"):
            third.wait_says(re.escape(name))
    step("a third window knows both keys")
    aside = [path.name for path in desktop.home.rglob("*") if "damaged" in path.name or "broken" in path.name]
    if aside:
        raise Failed(f"the settings were taken for damaged: {aside}")


run_scenario(scenario)
