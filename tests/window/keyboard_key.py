"""The main job without a mouse: a key is typed, saved, used and deleted with Tab, Space, Enter and Escape."""

import keyring_contents
from accessibility import BUTTONS, FIELDS, Role
from desktop import Failed, run_scenario, step, wait_for
from driver import Window
from key_form import holders
from sandbox_alone import SandboxAlone


def scenario(desktop, program):
    sandbox = SandboxAlone(desktop, program)
    secret = sandbox.client_secret

    with Window(desktop, program, title="keyboard") as window:

        def put(name, words):
            window.tab_to(FIELDS, name)
            window.key("ctrl+a")
            window.type(words)

        def push(name):
            window.tab_to(BUTTONS, name)
            window.key("space")

        put("Profile name", "By keyboard")
        put("Client ID", sandbox.client_id)
        put("Client secret", secret)
        push("URLs and CA file")
        put("Token URL", sandbox.token_url)
        put("API URL", sandbox.api_url)
        push("Save key")
        wait_for("the secret in the keyring", lambda: holders(secret))
        wait_for("the secret to leave its field", lambda: not window.look((Role.PASSWORD,), "Client secret"))
        step("a key is typed and saved")

        window.key("ctrl+l")
        wait_for("Ctrl+L to lead to the SKU", lambda: (held := window.focus()) and held.name == "SKU")
        window.type("PRODUCT-001")
        window.key("Return")
        window.wait_says(r"(?<![\d.])12\.10(?![\d.])")
        step("Ctrl+L, a SKU and Enter show the price")

        push("Delete key")
        window.find(BUTTONS, "Delete this key")
        window.key("Escape")
        wait_for("Escape to close the question", lambda: not window.look(BUTTONS, "Delete this key"))
        if not holders(secret):
            raise Failed("Escape should have kept the key")
        push("Delete key")
        window.find(BUTTONS, "Delete this key")
        push("Delete this key")
        wait_for("the keyring to be empty", lambda: not keyring_contents.items())
        step("the key is deleted, once it was asked")


run_scenario(scenario)
