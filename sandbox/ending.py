"""When a server in a process of its own ends: at Ctrl-C, at SIGTERM, and with its parent."""

import os
import signal
import threading


class Ending:
    """Set by a signal and, if `with_stdin`, by the end of standard input.

    However the parent ends, its end of that pipe closes: no orphan stays behind, on Windows either.
    """

    def __init__(self, *, with_stdin: bool) -> None:
        self._told = threading.Event()
        for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda *_: self._told.set())
        if with_stdin:
            threading.Thread(target=self._follow_stdin, daemon=True).start()

    def wait(self) -> None:
        """Wait until asked to end. Each wait has a timeout: on Windows a wait without one cannot be interrupted."""
        while not self._told.wait(0.2):
            pass

    def _follow_stdin(self) -> None:
        while os.read(0, 1024):  # not sys.stdin: its lock would be held when the interpreter ends
            pass
        self._told.set()
