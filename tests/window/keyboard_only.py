"""A price without a mouse: Tab reaches the SKU field, Enter looks up, and Tab and Space work the token's buttons."""

from accessibility import BUTTONS, FIELDS
from desktop import run_scenario, step
from driver import Window


def scenario(desktop, program):
    with Window(desktop, program, "--sandbox", title="keyboard") as window:
        window.tab_to(FIELDS, "SKU")
        window.key("ctrl+a")
        window.type("PRODUCT-001")
        window.key("Return")
        window.wait_says(r"\bPriced\b")
        window.wait_says(r"(?<![\d.])12\.10(?![\d.])")
        step("Tab, a SKU and Enter show the price")
        window.screenshot("price")

        window.tab_to(FIELDS, "SKU")
        window.tab_to(BUTTONS, "Parameter", limit=1)
        window.tab_to(BUTTONS, "Look up", limit=1)
        step("Tab goes from the SKU over Parameter to Look up, as they are read")

        window.tab_to(BUTTONS, "Forget token")
        window.key("space")
        window.wait_says(r"No token")
        step("Tab and Space forget the token")
        window.tab_to(BUTTONS, "Get token")
        window.key("space")
        window.wait_says(r"\bValid\b")
        step("and fetch a new one")


run_scenario(scenario)
