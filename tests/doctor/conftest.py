"""The page in a real browser: built once, served, opened once for each test file."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.doctor.browser import LOADING_SECONDS, Browser, browser, executable
from tools.dev import ROOT
from tools.dev.doctor import Handler, build, cache_folder, fetch_pyodide

NOW = 1_790_000_000
"""What the page's clock says, in Unix seconds, so that ages in its texts are those of the command line."""

_PASTE = """(text => {
  const box = document.getElementById('input');
  box.value = text;
  box.dispatchEvent(new InputEvent('input', {inputType: 'insertFromPaste', bubbles: true}));
})"""
_SHOWN = """(() => {
  const verdict = document.getElementById('verdict');
  const texts = (place, selector) => [...place.querySelectorAll(selector)].map(element => element.textContent);
  return {
    code: verdict.dataset.code, verdict: verdict.dataset.verdict, state: verdict.dataset.state,
    titles: texts(verdict, 'h2 > span:last-child'), steps: texts(verdict, 'li'), values: texts(verdict, 'dd'),
    claims: texts(document.getElementById('claims'), 'dt'), kind: document.getElementById('kind').textContent,
    notes: texts(verdict, '.notes p')};
})()"""


class _Logging(Handler):
    """Writes down every request."""

    def __init__(self, log: list[str], *arguments: Any, **named: Any) -> None:
        self._log = log
        super().__init__(*arguments, **named)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        self._log.append(self.path)


@dataclass
class Page:
    """The page, opened. `requests`: the path of every request that its server got."""

    browser: Browser
    address: str
    folder: Path
    requests: list[str] = field(default_factory=list)

    def open(self, fragment: str = "") -> None:
        """Load it anew, and wait for the input box."""
        self.browser.open(self.address + fragment)
        self.browser.wait("document.getElementById('desk')?.hidden === false", seconds=LOADING_SECONDS)
        self.browser.run(f"Date.now = () => {NOW * 1000}")

    def paste(self, text: str) -> dict[str, Any]:
        """What is shown after a paste: `code`, `verdict`, `state`, `titles`, `steps`, `values`, `claims`, `kind`."""
        return self.paste_all([text])[0]

    def paste_all(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """The same for many texts, one after the other."""
        script = f"{json.dumps(list(texts))}.map(text => {{ {_PASTE}(text); return {_SHOWN}; }})"
        shown: list[dict[str, Any]] = self.browser.run(script)
        return shown

    def expect(self, fragment: str) -> None:
        """State what the API expects, by the address's fragment; an empty one states nothing."""
        self.browser.run(f"location.hash = {json.dumps(fragment)}")
        self.browser.run("new Promise(done => setTimeout(done, 50))")
        if not fragment:
            self.browser.run("(b => { b.value = 'none'; b.dispatchEvent(new Event('change')); })(preset)")

    def rejected_loads(self) -> list[str]:
        """What the browser says that it blocked since the last call."""
        texts = [reported["entry"]["text"] for name, reported in self.browser.events if name == "Log.entryAdded"]
        self.browser.events.clear()
        return [text for text in texts if "Content Security Policy" in text]


def needed(what: str | None, reason: str) -> str:
    """What a test needs; without it the test is skipped, but in CI it fails."""
    if what is None and os.environ.get("CI"):
        pytest.fail(f"CI needs {reason}")
    if what is None:
        pytest.skip(reason)
    return what


@pytest.fixture(scope="session")
def chromium() -> str:
    return needed(executable(), "Chromium: apt install chromium, or its path in CHROMIUM")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's folder, with the real Pyodide."""
    made = tmp_path_factory.mktemp("doctor") / "doctor"
    try:
        package = fetch_pyodide(cache_folder())
    except SystemExit as error:
        needed(None, f"Pyodide's npm package: {error}")
        raise
    build(ROOT, made, package)
    return made


@pytest.fixture(scope="module")
def page(chromium: str, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    log = list[str]()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Logging, log, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with browser(chromium, tmp_path_factory.mktemp("profile")) as tab:
            opened = Page(tab, f"http://127.0.0.1:{server.server_address[1]}/", folder, log)
            opened.open()
            yield opened
        server.shutdown()
