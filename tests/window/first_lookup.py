"""What `make run` does where there is no display: one lookup of PRODUCT-001 in the real window on the sandbox, with a picture.

Usage: first_lookup.py PROGRAM PICTURE
Exit status 0 when the window showed an outcome and an amount; 1, with what it showed instead, when it did not.
"""

import shutil
import sys

from desktop import run_scenario, step
from driver import Window

SKU = "PRODUCT-001"


def scenario(desktop, program):
    with Window(desktop, program, "--sandbox", title="first-lookup") as window:
        step("the window is open, with the sandbox as its server")
        window.type_into("SKU", SKU)
        window.press("Look up")
        outcome = window.wait_says(r"\bPriced\b")
        amount = window.wait_says(r"(?<![\d.])\d+\.\d\d(?![\d.])")
        step(f"looked {SKU} up: {outcome.group()}, {amount.group()}")
        shutil.copy(window.screenshot("done"), sys.argv[2])
        step(f"picture of the window: {sys.argv[2]}")


run_scenario(scenario)
