"""What the bridge remembers, and for how many seconds.

Every memory is bounded and belongs to one process, except the rows of the write ledger. A validated access token and a
credential are remembered until they expire, and the result of a read as long as its catalog file says (`remember`).
"""

from __future__ import annotations

from typing import Final

LOOKUP_SECONDS: Final = 3600
"""The result of a lookup, such as the worker id, for one user at one system."""
USER_NAME_SECONDS: Final = 3600.0
"""A user's name from Microsoft Graph, for one system."""
TRUST_SECONDS: Final = 3600.0
"""That a system accepted an assertion of a user."""
OAUTH_UNSUPPORTED_SECONDS: Final = 900.0
"""That a system does not accept Entra's access tokens, so that `auto` uses SAML."""
APP_WIDE_SECONDS: Final = 30.0
"""A refusal of Entra's that every caller would get."""
LOOP_SECONDS: Final = (60, 120, 300)
"""That Entra reported a request loop of a caller: longer each time in a row."""
KEYS_SECONDS: Final = 3600.0
"""Entra's signing keys. After that time they are fetched again in the background."""
UNKNOWN_KEY_SECONDS: Final = 300.0
"""That Entra does not have a signing key with an id."""
DERIVED_KEY_SECONDS: Final = 600
"""A write without an Idempotency-Key: until then, the same request is a repeat."""
GIVEN_KEY_SECONDS: Final = 86_400
"""A write with an Idempotency-Key."""
PAUSES_SECONDS: Final = 10.0
"""The pauses of writes."""
