"""A table of cases as one test: every case runs, and all that fail are shown at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import pytest

T = TypeVar("T")


def check_each(cases: Mapping[str, T], check: Callable[[T], None]) -> None:
    """Run `check` on each case. Fails with the names and the messages of all cases for which it raised."""
    assert cases
    failed: list[str] = []
    for name, case in cases.items():
        try:
            check(case)
        except (Exception, pytest.fail.Exception) as error:
            failed.append(f"{name}: {type(error).__name__}: {error}")
    assert not failed, f"{len(failed)} of {len(cases)} cases:\n" + "\n".join(failed)


def for_each(
    cases: Mapping[str, Any] | Iterable[Any], name: Callable[[Any], str] = repr
) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Makes one test of a function that takes one case, or the parts of a case that is a tuple; without fixtures.

    For functions that only compute. `name` gives the name of a case where `cases` is no mapping.
    """
    table = dict(cases) if isinstance(cases, Mapping) else {name(case): case for case in cases}

    def decorated(check: Callable[..., None]) -> Callable[[], None]:
        def test() -> None:
            check_each(table, lambda case: check(*case) if isinstance(case, tuple) else check(case))

        test.__name__, test.__doc__, test.__module__ = check.__name__, check.__doc__, check.__module__
        return test

    return decorated
