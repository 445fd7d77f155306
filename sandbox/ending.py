"""The end of a server process: at Ctrl-C, at SIGTERM, and when its parent ends."""

import os
import signal
import threading


class Ending:
    """Set by a signal and, if `with_stdin`, by the end of standard input.

    Whenever the parent ends, its side of that pipe closes, so that no orphan remains, on Windows too.
    """

    def __init__(self, *, with_stdin: bool) -> None:
        self._asked = threading.Event()
        for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda *_: self._asked.set())
        if with_stdin:
            threading.Thread(target=self._follow_stdin, daemon=True).start()

    def wait(self) -> None:
        """Wait until asked to end. Each wait has a timeout: on Windows a wait without one cannot be interrupted."""
        while not self._asked.wait(0.2):
            pass

    def _follow_stdin(self) -> None:
        while os.read(0, 1024):  # not sys.stdin: its lock would be held when the interpreter ends
            pass
        self._asked.set()
