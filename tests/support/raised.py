"""The error that a call ends with."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import pytest

P = ParamSpec("P")
E = TypeVar("E", bound=BaseException)


def raised(kind: type[E], work: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> E:
    """The error that `work` raises with these arguments. Fails if it raises none of this kind."""
    with pytest.raises(kind) as caught:
        work(*args, **kwargs)
    return caught.value
