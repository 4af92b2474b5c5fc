"""No display at all, or one that does not answer: a readable sentence and an exit status, never a panic."""

import re
import subprocess

from desktop import DEADLINE_SECS, Failed, run_scenario, step


def scenario(desktop, program):
    nothing = {name: value for name, value in desktop.env.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    cases = {
        "no display is named": nothing,
        "no X server answers": nothing | {"DISPLAY": ":4321"},
        "no Wayland compositor answers": nothing | {"WAYLAND_DISPLAY": "wayland-4321"},
    }
    for case, env in cases.items():
        done = subprocess.run(
            [program], env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_SECS, text=True, check=False
        )
        said = done.stderr.strip()
        if done.returncode <= 0:
            raise Failed(f"{case}: the program should say that it failed, and ended with {done.returncode}")
        if "panicked" in said or re.search(r"\.rs:\d|/registry/", said):
            raise Failed(f"{case}: not a sentence for users:\n{said}")
        if not re.search(r"display", said, re.IGNORECASE) or "--help" not in said:
            raise Failed(f"{case}: neither the display nor a way on is named:\n{said}")
        step(f"{case}: {said.splitlines()[0]}")


run_scenario(scenario)
