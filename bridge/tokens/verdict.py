"""Advice, the row type of the tables of verdicts, and `Failure`, which is such a row filled in for one token."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.tokens.display import plain

LONGEST_DETAIL = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What is wrong, why, and how it is fixed. `sentence` and `fix` may hold `{found}` and `{expected}`.

    `fix` is a list of steps, each naming its place in a portal; `az` is a command that shows or fixes it.
    """

    code: str
    title: str
    sentence: str
    cause: str
    fix: tuple[str, ...]
    az: str | None = None

    @property
    def public_code(self) -> str:
        """What callers read in `code`."""
        return self.code

    @property
    def anchor(self) -> str:
        """The page of the documentation about it."""
        return f"docs/errors/{self.code}.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Advice):
    """Why a token is rejected. `status` and `oauth_error` are what RFC 6750 section 3.1 asks for.

    `reported_as` is the public code of a verdict that is a special case of another.
    """

    status: int = 401
    oauth_error: str | None = "invalid_token"
    reported_as: str | None = None

    @property
    def public_code(self) -> str:
        """What callers read in `code`; `verdict` is finer. Every scope mistake is `insufficient_scope` (RFC 6750)."""
        return self.reported_as or ("insufficient_scope" if self.oauth_error == "insufficient_scope" else self.code)


@dataclass(frozen=True, slots=True)
class Failure:
    """A verdict on one token: what was found against what was expected. Both are made safe to show."""

    verdict: Verdict
    found: str | None = None
    expected: str | None = None

    def __post_init__(self) -> None:
        """Make what came from the token safe to show, here for every place that shows it."""
        for name in ("found", "expected"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, plain(value))

    @property
    def detail(self) -> str:
        """One sentence, filled in."""
        return self._fill(self.verdict.sentence)

    @property
    def hint(self) -> str:
        """The next step."""
        return self._fill(self.verdict.fix[0])

    @property
    def steps(self) -> tuple[str, ...]:
        """All steps of the fix, filled in."""
        return tuple(self._fill(step) for step in self.verdict.fix)

    def _fill(self, text: str) -> str:
        return plain(
            text.format(found=self.found or "(nothing)", expected=self.expected or "what the API expects"),
            LONGEST_DETAIL,
        )


class Rejection(Exception):
    """A token that was refused, with the finding that says why."""

    def __init__(self, finding: Failure) -> None:
        super().__init__(finding.verdict.code)
        self.finding = finding
