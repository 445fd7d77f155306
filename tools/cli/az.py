"""The Azure CLI of this machine, with the sign-in of the person at it."""

from __future__ import annotations

import shutil
import subprocess

_SECONDS = 120


def az(*words: str) -> str:
    """What `az` prints. Raises ValueError with the last line of its error message."""
    program = shutil.which("az")
    if program is None:
        raise ValueError("the Azure CLI (az) is not installed: https://aka.ms/installazurecli")
    command = [program, *words, "--output", "tsv"]
    try:
        done = subprocess.run(  # noqa: S603  (no shell)
            command, check=False, capture_output=True, encoding="utf-8", errors="replace", timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"az {' '.join(words[:3])} did not end within {_SECONDS} seconds") from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ValueError(f"az {' '.join(words[:3])}: {reason}")
    return done.stdout.strip()
