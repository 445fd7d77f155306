"""HTTP sessions of tests that call from many threads."""

from __future__ import annotations

import threading

import requests


class ThreadSession(threading.local):
    """`session` is one for each thread, without the proxies of the machine."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
