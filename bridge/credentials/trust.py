"""Decides what a refused assertion means: an unknown user, or a system that no longer trusts the signer.

An OAuth token endpoint answers `invalid_grant` to both (RFC 6749 section 5.2). So the bridge remembers, for each
system, which subjects were accepted lately.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from bridge.base.store import Store
from bridge.remembered import TRUST_SECONDS

MAX_SUBJECTS = 4096
MAX_SYSTEMS = 256
REFUSED_USERS = 3
"""After this many different refused users, without a success in between, the trust counts as broken."""


class TrustHistory:
    """Which subjects each system accepted in the last hour. Subjects are hashes. Safe for threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock`: Unix time in seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._subjects: Store[tuple[str, str], bool] = Store(MAX_SUBJECTS, clock)
        self._refused: Store[str, tuple[frozenset[str], float]] = Store(MAX_SYSTEMS, clock)
        """System → subjects refused since its last success, and when that success is too old to count.

        A system without an entry is not known to trust the signer."""

    def accepted(self, system: str, subject: str) -> None:
        """The system gave an access token for the subject's assertion."""
        ends_at = self._clock() + TRUST_SECONDS
        with self._lock:
            self._subjects.put((system, subject), True, ends_at=ends_at)
            self._refused.put(system, (frozenset(), ends_at), ends_at=ends_at)

    def points_to_user(self, system: str, subject: str) -> bool:
        """Record that the system refused the subject's assertion. True if only this user can be the reason.

        False means that the trust may be broken, for everybody until the next success: nobody was accepted lately,
        or this subject was, or `REFUSED_USERS` users were refused since.
        """
        with self._lock:
            refused, ends_at = self._refused.get(system) or (None, 0.0)
            if refused is None:
                return False
            refused |= {subject}
            if self._subjects.get((system, subject)) or len(refused) >= REFUSED_USERS:
                self._subjects.drop(lambda key: key == (system, subject))
                self._refused.drop(lambda key: key == system)
                return False
            self._refused.put(system, (refused, ends_at), ends_at=ends_at)
            return True
