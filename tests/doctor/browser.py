"""A real browser, headless, driven over its DevTools protocol through a pipe: needs no package beside the browser."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
LOADING_SECONDS = 120
_OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"),
)
_START = """
import os, sys
read, write = int(sys.argv[1]), int(sys.argv[2])
os.dup2(read, 3)
os.dup2(write, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""


def executable() -> str | None:
    """The browser's program: CHROMIUM, or one of the usual names on the PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One tab. `events`: (method, parameters) of each event of the browser, the oldest first."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._write, self._read = os.fdopen(to_browser, "wb", buffering=0), from_browser
        self._buffer, self._number, self._session = b"", 0, ""
        self.events = list[tuple[str, dict[str, Any]]]()
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "DOM", "Accessibility"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """A command and its result. Raises AssertionError with the browser's own words if it was refused."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters}
        self._write.write(
            json.dumps(message | ({"sessionId": self._session} if self._session else {})).encode() + b"\0"
        )
        while True:
            reported = self._receive()
            if reported.get("id") == number:
                assert "error" not in reported, reported["error"]
                result: dict[str, Any] = reported["result"]
                return result
            self.events.append((reported.get("method", ""), reported.get("params", {})))

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            chunk = os.read(self._read, 1 << 20)
            assert chunk, "the browser has ended"
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        reported: dict[str, Any] = json.loads(message)
        return reported

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited."""
        reported = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in reported, reported["exceptionDetails"]
        return reported["result"].get("value")

    def wait(self, expression: str, *, seconds: float = 20) -> None:
        """Until the expression is true. Raises AssertionError if it never is."""
        end = time.monotonic() + seconds
        while not self.run(expression):
            assert time.monotonic() < end, f"never: {expression}"
            time.sleep(0.05)

    def open(self, address: str) -> None:
        """Load a page, from a blank one, so that a new fragment loads it anew."""
        self.send("Page.navigate", url="about:blank")
        self.send("Page.navigate", url=address)

    def press(self, key: str, code: int, *, text: str = "", modifiers: int = 0) -> None:
        """A key, as from a keyboard. `code`: the Windows virtual key code; modifiers: 1 Alt, 2 Ctrl, 8 Shift."""
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        self.send("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def insert(self, text: str) -> None:
        """Text into what has the focus, as a paste or an input method does."""
        self.send("Input.insertText", text=text)

    def screen(self, width: int, height: int, *, dark: bool = False) -> None:
        """The window's size, and the colour scheme."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.wait(f"innerWidth === {width}")

    def picture(self, file: Path) -> None:
        """The whole page as a PNG."""
        reported = self.send("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(reported["data"]))


@contextmanager
def browser(program: str, folder: Path) -> Iterator[Browser]:
    """A browser with a fresh profile in `folder`."""
    commands, to_browser = os.pipe()
    from_browser, messages = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (commands, messages)]
    os.close(commands)
    os.close(messages)
    command = [program, *_OPTIONS, f"--user-data-dir={folder}"]
    with subprocess.Popen(
        [sys.executable, "-c", _START, *map(str, high), *command],
        pass_fds=high,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        for end in high:
            os.close(end)
        tab = Browser(to_browser, from_browser)
        try:
            yield tab
        finally:
            tab._write.close()
            os.close(from_browser)
            process.terminate()
