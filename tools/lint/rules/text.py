"""Rules of the texts by which people and agents choose operations and fill in fields.

Sources: Microsoft Learn "Connector string guidance", "Coding standards", "Verified publisher certification process".
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tools.lint.condition import Check
from tools.lint.document import Node
from tools.lint.grammar import words
from tools.lint.rule import Checks, text, whole

_PRODUCTS = re.compile(
    r"\b(?:Power ?(?:Apps?|Automate|BI|Pages|Platform|Virtual Agents)|Microsoft Flow|Copilot Studio)\b", re.IGNORECASE
)
_API = re.compile(r"\bAPIs?\b", re.IGNORECASE)
_CONNECTOR = re.compile(r"\bconnectors?\b", re.IGNORECASE)
_SMALL_WORDS = frozenset(words("a an and as at but by for from in into of on or per the to via vs with"))
_FOREIGN_WORDS = frozenset(
    words(
        "der das und ist nicht mit für eine einen einer wird werden auf aus von dem den des zum zur oder beim "
        "über alle kann nach são não uma para com dos pela pelo você ou seu sua os um una los las del con por que "
        "está el como su sus y les une pour avec est dans sur vous votre et aux qui il lo gli della delle degli "
        "nel che per sono het een van voor niet met zijn wordt em da na ao às nas nos lê seus meine mein ihre sie "
        "ich wenn sind kein keine anzeigen"
    )
)
_ENGLISH_WORDS = frozenset(
    words("the of to and is for this that with are be it from by or as if an all which when your you not in a on")
)
_TEXT_KEYS = ("title", "summary", "x-ms-summary", "description")


def label(node: Node) -> str:
    """The name of a field or an operation in designers; empty if it has none."""
    if node.kind == "operation":
        return node.text("summary")
    return node.text("x-ms-summary") or (node.text("title") if node.kind != "parameter" else "")


def _is_field(node: Node) -> bool:
    return node.kind == "parameter" or node.is_property


def _is_hidden(node: Node) -> bool:
    operation = node.operation
    inside = operation is not None and operation.node.text("x-ms-visibility") == "internal"
    return inside or node.text("x-ms-visibility") == "internal"


def is_foreign(value: str) -> bool:
    """Whether a text is not English, by its script or by its most frequent words."""
    if any(char.isalpha() and ord(char) > 0x24F for char in value):
        return True
    words = re.findall(r"[^\W\d_]+", value.lower())
    foreign = len(_FOREIGN_WORDS & set(words))
    return foreign >= 2 and foreign > len(_ENGLISH_WORDS & set(words))


def _texts(is_wrong: Callable[[Node, str, str], object]) -> Check:
    """The check for each text that people read: node, key, text."""
    return lambda node: [(key,) for key in _TEXT_KEYS if node.text(key) and is_wrong(node, key, node.text(key))]


def _is_restricted(node: Node, key: str, value: str) -> object:
    in_info = node.kind == "info" and (_API.search(value) or (key == "title" and _CONNECTOR.search(value)))
    return in_info or _PRODUCTS.search(value)


def _has_label(node: Node) -> bool:
    return _is_hidden(node) or bool(label(node).strip())


def _is_chosen(node: Node) -> bool:
    """Whether people or agents choose it (an operation) or fill it in (an input)."""
    return node.kind == "operation" or (_is_field(node) and node.is_input)


def _has_no_description(node: Node) -> bool:
    return _is_chosen(node) and not _is_hidden(node) and not node.text("description").strip()


def _is_not_title_case(value: str) -> bool:
    words = [word.strip("()") for word in value.split()]
    return any(word[:1].islower() and (place == 0 or word not in _SMALL_WORDS) for place, word in enumerate(words))


def _description_repeats(node: Node) -> bool:
    description, name = node.text("description"), label(node)
    return bool(name) and description.strip().rstrip(".").casefold() == name.strip().casefold()


def _is_no_sentence(node: Node) -> bool:
    description = node.text("description")
    is_sentence = description.rstrip().rstrip("\"')”’").endswith((".", "!", "?"))
    return (node.kind == "operation" or _is_field(node)) and len(description.split()) > 1 and not is_sentence


CHECKS: Checks = (
    ("ValueContainsRestrictedWords", _texts(_is_restricted)),
    ("ValueMustBeInEnglish", _texts(lambda node, key, value: is_foreign(value))),
    ("SummaryMissing", whole(lambda node: _is_chosen(node) and not _has_label(node))),
    (
        "OutputSummaryMissing",
        whole(lambda node: node.is_property and not node.is_input and not _has_label(node)),
    ),
    ("DescriptionMissing", whole(_has_no_description)),
    ("SummaryNotTitleCase", text("x-ms-summary", _is_not_title_case)),
    ("DescriptionSameAsSummary", whole(_description_repeats, "description")),
    ("DescriptionNotASentence", whole(_is_no_sentence, "description")),
)
