"""An operator's regular expressions, accepted only if no text of `MAX_TEXT` characters can keep them busy.

Python's `re` backtracks, holds the GIL, and has no time limit: `([a-z]+\\.?)+@` takes hours for a text of 60 letters.
So the parsed expression is read as an automaton, one state for each character class in it. Two things cost time: a
repeat that can match one text in two ways (exponential), and repeats in a row that can share one text between them
(one power of its length each). The first is refused, the second is estimated and bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from math import factorial
from typing import Any, Final, NoReturn

MAX_TEXT: Final = 2000
"""Texts are cut to this many characters before an operator's pattern runs on them."""
MAX_PATTERN: Final = 1000
MAX_STEPS: Final = 2e8
"""The limit of the matcher's steps, estimated for the worst text of `MAX_TEXT` characters: a second or less."""
_MAX_STATES: Final = 400
_MAX_REPEATS: Final = 12
_MAX_COPIES: Final = 64

_BEYOND: Final = {"letter": 1 << 128, "digit": 1 << 129, "space": 1 << 130, "other": 1 << 131}
"""Beyond ASCII, one bit represents all characters of a kind."""
_ASCII: Final = (1 << 128) - 1
_ALL: Final = (1 << 132) - 1

_NESTED: Final = (
    "a part that repeats can match the same text in more than one way. Put a character between the repetitions that "
    r"only one of them takes, as in [a-z]+(\.[a-z]+)* in place of ([a-z]+\.?)+"
)
_IN_A_ROW: Final = (
    "several parts that repeat can match the same text. Take out what is not needed, such as .* at either end, and "
    "replace .* by what is really possible there, such as [^@]* or .{0,40}"
)


def compile_pattern(text: str, *, whole: bool = False) -> re.Pattern[str]:
    """`text` as a pattern that is safe on at most `MAX_TEXT` characters, with `whole` for `fullmatch` only.

    Raises ValueError: "is …" with a sentence that says what is wrong and what to write instead.
    """
    if len(text) > MAX_PATTERN:
        raise ValueError(f"is longer than {MAX_PATTERN} characters; write a shorter pattern")
    parser: Any = import_module("re._parser")
    try:
        pattern = re.compile(text)
        if pattern.flags & re.ASCII:
            _refuse("it sets the flag a. Write [A-Za-z0-9_] in place of \\w")
        tree = parser.parse(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"is not a regular expression ({error})") from None
    steps = _steps(tree, whole=whole)
    if steps > MAX_STEPS:
        _refuse(_IN_A_ROW)
    return pattern


def _refuse(why: str) -> NoReturn:
    raise ValueError(f"is a regular expression that can take too long: {why}")


def _steps(tree: Any, *, whole: bool) -> float:
    begins_anywhere = ("MAX_REPEAT", (0, MAX_TEXT, [("ANY", None)]))  # as `search` does
    anywhere = [] if whole or _is_anchored(tree) else [begins_anywhere]
    automaton = _Automaton(start=len(anywhere))
    automaton.sequence([*anywhere, *tree])
    return max(automaton.steps(), *automaton.lookarounds, 0.0)


def _is_anchored(tree: Any) -> bool:
    return bool(len(tree)) and str(tree[0][0]) == "AT" and str(tree[0][1]) in ("AT_BEGINNING", "AT_BEGINNING_STRING")


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the expression: whether it can be empty, and the states that it can begin and end with."""

    empty: bool = True
    first: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Repeat:
    """An outermost repeat: its states are `begin` up to `end`, and it goes round at most `times`."""

    begin: int
    end: int
    times: float
    weight: int
    """The cost of one step: a group costs the matcher more than a single class."""
    characters: int


@dataclass(slots=True)
class _Automaton:
    """States are character classes, as bit sets; `after` holds the states that can follow each.

    `start` is how many of the first repeats only stand for where a search begins.
    """

    start: int = 0
    classes: list[int] = field(default_factory=list)
    after: list[set[int]] = field(default_factory=list)
    repeats: list[_Repeat] = field(default_factory=list)
    choices: list[tuple[_Part, ...]] = field(default_factory=list)
    lookarounds: list[float] = field(default_factory=list)
    depth: int = 0
    ways: float = 1.0

    def sequence(self, items: Iterable[tuple[Any, Any]]) -> _Part:
        """The items, one after the other."""
        whole = _Part()
        for operator, argument in items:
            part = self.part(str(operator), argument)
            self._connect(whole.last, part.first)
            whole = _Part(
                whole.empty and part.empty,
                whole.first | part.first if whole.empty else whole.first,
                whole.last | part.last if part.empty else part.last,
            )
        return whole

    def part(self, operator: str, argument: Any) -> _Part:
        """One item of the parsed expression."""
        if operator in ("AT", "FAILURE"):
            return _Part()
        build = _PARTS.get(operator)
        return build(self, argument) if build else self._state(_characters(operator, argument))

    def _state(self, characters: int) -> _Part:
        if len(self.classes) >= _MAX_STATES:
            _refuse("it has too many parts. Write a shorter pattern")
        self.classes.append(characters)
        self.after.append(set())
        own = frozenset({len(self.classes) - 1})
        return _Part(False, own, own)

    def _connect(self, last: frozenset[int], first: frozenset[int]) -> None:
        for state in last:
            self.after[state] |= first

    def branch(self, argument: Any) -> _Part:
        """Alternatives."""
        parts = tuple(self.sequence(items) for items in argument[1])
        self._choose(*parts)
        self._can_be_empty(sum(part.empty for part in parts))
        return _Part(
            any(part.empty for part in parts),
            frozenset().union(*(part.first for part in parts)),
            frozenset().union(*(part.last for part in parts)),
        )

    def repeat(self, argument: Any) -> _Part:
        """`lowest` to `highest` times; a fixed number of times is written out."""
        lowest, highest, items = int(argument[0]), int(argument[1]), argument[2]
        if lowest == highest <= _MAX_COPIES:
            return self.sequence(item for _ in range(lowest) for item in items)
        if highest == 1:
            part = self.sequence(items)
            self._choose(part, _Part(first=part.last))
            self._can_be_empty(1 + part.empty)
            return _Part(True, part.first, part.last)
        part = self._looped(items, highest)
        self._can_be_empty(1 + part.empty)
        return _Part(part.empty or not lowest, part.first, part.last)

    def _looped(self, items: Any, highest: int) -> _Part:
        begin = len(self.classes)
        self.depth += 1
        part = self.sequence(items)
        self.depth -= 1
        if any(part.first & self.after[state] for state in part.last):
            _refuse(_NESTED)
        self._connect(part.last, part.first)
        if not self.depth:
            self._add_repeat(begin, highest)
        return part

    def _add_repeat(self, begin: int, highest: int) -> None:
        end = len(self.classes)
        if _is_ambiguous(self.classes, self.after, range(begin, end)):
            _refuse(_NESTED)
        if len(self.repeats) >= _MAX_REPEATS:
            _refuse(_IN_A_ROW)
        single = end - begin == 1
        times = min(highest, MAX_TEXT) if single else MAX_TEXT
        self.repeats.append(_Repeat(begin, end, times, 1 if single else 8, _union(self.classes[begin:end])))

    def _choose(self, *parts: _Part) -> None:
        if not self.depth:
            self.choices.append(parts)

    def _can_be_empty(self, ways: int) -> None:
        """In more ways than one: each doubles the steps, in a repeat again and again."""
        if ways > 1 and self.depth:
            _refuse(_NESTED)
        self.ways *= max(1, ways)

    def lookaround(self, argument: Any) -> _Part:
        """Costs its own steps; with a repeat in it only at the start, where nothing multiplies them."""
        inner = _Automaton()
        inner.sequence(argument[1])
        if inner.repeats:
            if self.depth or len(self.repeats) > self.start:
                _refuse("a lookahead with a repeat stands after or in another repeat. Write it at the start")
            self.lookarounds.append(MAX_TEXT * inner.steps())
        return _Part()

    def steps(self) -> float:
        """An upper estimate of the matcher's steps on the worst text."""
        return max(map(self._chain, range(len(self.repeats))), default=1.0) * self._choosing()

    def _choosing(self) -> float:
        """How much the alternatives that can begin with the same character multiply the steps."""
        ways = self.ways
        for parts in self.choices:
            firsts = [_union(self.classes[state] for state in self._firsts(part)) for part in parts]
            ways *= max(sum(1 for other in firsts if one & other) for one in firsts) or 1
        return ways

    def _firsts(self, part: _Part) -> Iterable[int]:
        if part.last or not part.first:
            return part.first
        return set().union(*(self.after[state] for state in part.first))  # what follows an optional part

    def _chain(self, index: int, ways: float = 1.0, length: int = 0) -> float:
        """The steps of the costliest chain of repeats from this one on that can share one text."""
        repeat = self.repeats[index]
        ways, length = ways * repeat.times, length + (repeat.times >= MAX_TEXT)
        worst = repeat.weight * ways / factorial(length)
        for later in range(index + 1, len(self.repeats)):
            distance = self._distance(repeat, self.repeats[later])
            if distance:
                worst = max(worst, self._chain(later, max(1.0, ways / distance), length))
        return worst

    def _distance(self, one: _Repeat, other: _Repeat) -> int:
        """How many characters lead from one repeat to the other while both could take them; 0 if none do."""
        shared = one.characters & other.characters
        reached, distance = set(range(one.begin, one.end)), 0
        seen = set(reached)
        while reached:
            distance += 1
            reached = {q for p in reached for q in self.after[p] if self.classes[q] & shared} - seen
            if any(other.begin <= state < other.end for state in reached):
                return distance
            seen |= reached
        return 0


_PARTS: Final[Mapping[str, Callable[[_Automaton, Any], _Part]]] = {
    "BRANCH": _Automaton.branch,
    "MAX_REPEAT": _Automaton.repeat,
    "MIN_REPEAT": _Automaton.repeat,
    "POSSESSIVE_REPEAT": _Automaton.repeat,
    "ATOMIC_GROUP": _Automaton.sequence,
    "SUBPATTERN": lambda automaton, argument: automaton.sequence(argument[3]),
    "ASSERT": _Automaton.lookaround,
    "ASSERT_NOT": _Automaton.lookaround,
    "GROUPREF": lambda *_: _refuse("it refers back to a group. Write the pattern without a back reference"),
    "GROUPREF_EXISTS": lambda *_: _refuse("it depends on a group. Write the pattern without a condition"),
}


def _is_ambiguous(classes: list[int], after: list[set[int]], states: range) -> bool:
    """Whether two different ways through these states can take the same text and meet again."""
    waiting = [(state, state) for state in states]
    seen = set(waiting)
    while waiting:
        p, q = waiting.pop()
        for one in after[p]:
            for other in after[q]:
                if one not in states or other not in states or not classes[one] & classes[other]:
                    continue
                if one == other and p != q:
                    return True
                pair = (min(one, other), max(one, other))
                if pair not in seen:
                    seen.add(pair)
                    waiting.append(pair)
    return False


def _union(classes: Iterable[int]) -> int:
    union = 0
    for characters in classes:
        union |= characters
    return union


def _characters(operator: str, argument: Any) -> int:
    """The characters that a class may match, as bits: with their upper and lower case, in case it is ignored."""
    if operator == "NOT_LITERAL":
        return _ALL & ~_surely("LITERAL", argument)
    if operator == "IN" and str(argument[0][0]) == "NEGATE":
        return _ALL & ~_union(_surely(str(name), value) for name, value in argument[1:])
    if operator == "IN":
        return _union(_characters(str(name), value) for name, value in argument)
    if operator == "LITERAL":
        return _cases(_span(argument, argument))
    if operator == "RANGE":
        return _cases(_span(*argument))
    return _category(str(argument)) if operator == "CATEGORY" else _ALL


def _surely(operator: str, argument: Any) -> int:
    """The characters that one entry of a negated class keeps out for certain."""
    if operator == "CATEGORY":
        return _category(str(argument))
    return _ASCII & (_span(argument, argument) if operator == "LITERAL" else _span(*argument))


def _span(low: int, high: int) -> int:
    within = _union(1 << code for code in range(low, min(high, 127) + 1))
    if high < 128:
        return within
    return within | (_BEYOND[_kind(chr(low))] if low == high else _ALL & ~_ASCII)


def _cases(characters: int) -> int:
    letters = [chr(code) for code in range(128) if characters >> code & 1 and chr(code).isalpha()]
    return characters | _union(1 << ord(one.swapcase()) for one in letters)


def _kind(one: str) -> str:
    return "digit" if one.isdecimal() else "space" if one.isspace() else "letter" if one.isalnum() else "other"


_CATEGORIES: Final[Mapping[str, frozenset[str]]] = {
    "DIGIT": frozenset({"digit"}),
    "SPACE": frozenset({"space"}),
    "WORD": frozenset({"digit", "letter"}),
}


@cache
def _category(name: str) -> int:
    r"""The class of \d, \s, \w and their opposites."""
    kind = name.removeprefix("CATEGORY_")
    kinds = _CATEGORIES.get(kind.removeprefix("NOT_"))
    if kinds is None:
        return _ALL
    found = _union(1 << code for code in range(128) if _kind(chr(code)) in kinds)
    found |= _union(_BEYOND[one] for one in kinds) | (1 << ord("_") if "letter" in kinds else 0)
    return _ALL & ~found if kind.startswith("NOT_") else found
