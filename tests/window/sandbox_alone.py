"""Starts `quantaprice-explorer sandbox` as a process of its own and reads its URLs and demo key from what it prints.

Owns that process. Knows the documented form of a key, and nothing of the layout around it.
"""

import re

from desktop import artefacts, wait_for


class SandboxAlone:
    def __init__(self, desktop, program):
        self._output = artefacts() / "sandbox.log"
        self._output.unlink(missing_ok=True)
        desktop.start([program, "sandbox", "--port", "0"], self._output)
        self.token_url = self._wait("its token URL", r"http://\S*/token\b")
        self.api_url = self._wait("its API URL", r"http://\S*/api/v1\b")
        # 24 and 64 hexadecimal characters, with no further one beside them.
        self.client_id = self._wait("its client id", r"(?<![0-9a-fA-F])[0-9a-fA-F]{24}(?![0-9a-fA-F])")
        self.client_secret = self._wait("its client secret", r"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")

    def _wait(self, what, pattern):
        return wait_for(f"the sandbox to print {what}", lambda: re.search(pattern, self._output.read_text())).group()
