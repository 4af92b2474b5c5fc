"""What several scenarios do with the key form, and what they all demand of a secret. Names on screen are those of the design."""

import base64
import re
import urllib.parse

import keyring_contents
from accessibility import BUTTONS, FIELDS, Role
from desktop import Failed, wait_for

PROFILE = "Window test"
URLS = re.compile(r"URLs and CA file")


def fill(window, sandbox, name=PROFILE, secret=None):
    """Types a whole key into the form, the way a user does who has it on paper. The secret is the right one without another."""
    window.type_into("Profile name", name)
    window.type_into("Client ID", sandbox.client_id)
    window.type_into("Client secret", secret or sandbox.client_secret)
    if not window.look(FIELDS, "Token URL"):
        # Folded away, because the vendor's own URLs are the default. Its role is the folding widget's own affair.
        wait_for("the URLs to unfold", lambda: _pressable(window, URLS)).press()
    window.type_into("Token URL", sandbox.token_url)
    window.type_into("API URL", sandbox.api_url)


def _pressable(window, pattern):
    return next((node for node in window.nodes() if pattern.search(node.name) and node.can_be_pressed), None)


def save_in_vain(window, pattern):
    """Presses *Save key* and waits for the refusal: words that match and were not in the window before. Returns them."""
    before = set(window.texts())
    window.press("Save key")

    def refusal():
        return next((words for words in window.texts() if words not in before and re.search(pattern, words)), None)

    return wait_for(f"a new sentence with “{pattern}”", refusal)


def still_typed(window, sandbox):
    """Fails when something that was typed is gone: a failed save must not cost the user the secret that is shown only once."""
    expected = {
        "Profile name": PROFILE,
        "Client ID": sandbox.client_id,
        "Client secret": "•" * len(sandbox.client_secret),
        "Token URL": sandbox.token_url,
        "API URL": sandbox.api_url,
    }
    for name, words in expected.items():
        found = window.find(FIELDS, name).text
        if found != words:
            raise Failed(f"“{name}” should still hold what was typed, and holds {len(found)} characters that differ")


def save(window, secret):
    """Presses *Save key*, and waits until the keyring holds the secret and the form has let go of it."""
    window.press("Save key")
    wait_for("the secret in the keyring", lambda: holders(secret))
    # What replaces the field of a saved key has its name too, and is no field to type into.
    wait_for("the secret to leave its field", lambda: not window.look((Role.PASSWORD,), "Client secret"))


def holders(secret):
    """The items of the keyring that hold the secret."""
    return [item for item in keyring_contents.items() if secret in item[2]]


def look_up(window, sku, amount):
    """Looks one SKU up and waits for the outcome and that amount, as written by the server."""
    window.type_into("SKU", sku)
    window.press("Look up")
    window.wait_says(r"\bPriced\b")
    window.wait_says(rf"(?<![\d.]){re.escape(amount)}(?![\d.])")


def confirm_deletion(window):
    """Presses *Delete key*, and then the button of the question that comes up: the last one whose name begins with Delete."""

    def deleting():
        return [node for node in window.nodes() if node.role in BUTTONS and node.name.startswith("Delete")]

    before = len(deleting())
    window.press("Delete key")
    wait_for("the question whether to delete the key", lambda: len(now := deleting()) > before and now[-1]).press()


def nothing_holds(secret, desktop, *windows):
    """Fails when a file under the home folder, or anything a window says, holds the secret raw, base64, hex or URL-encoded."""
    raw = secret.encode()
    forms = {raw, base64.b64encode(raw).rstrip(b"="), bytes.fromhex(secret), raw.hex().encode()}
    forms |= {urllib.parse.quote(secret).encode(), "".join(f"%{byte:02X}" for byte in raw).encode()}
    for folder in (desktop.home, desktop.root / "run", desktop.root / "tmp"):
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                if any(form in content for form in forms):
                    raise Failed(f"the secret is in the file {path.relative_to(desktop.root)}")
    if secret in desktop.run("xclip", "-selection", "clipboard", "-out")[1]:
        raise Failed("the secret is on the clipboard")
    for window in windows:
        if window.says(re.escape(secret)) or any(secret in words for words in window.descriptions()):
            raise Failed("the secret can be read from the accessibility tree")
        if secret in window.log.read_text(errors="replace"):
            raise Failed("the secret is in what the program printed")
