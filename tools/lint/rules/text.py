"""Rules of the texts that people and agents read and choose by.

Sources: Microsoft Learn "Connector string guidance", "Coding standards", "Verified publisher certification process".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.lint.document import Node, Path
from tools.lint.grammar import words
from tools.lint.rule import Rule, Severity, wrong

MAX_TITLE = 30
MAX_SUMMARY = 80
_PRODUCTS = re.compile(
    r"\b(?:Power ?(?:Apps?|Automate|BI|Pages|Platform|Virtual Agents)|Microsoft Flow|Copilot Studio)\b", re.IGNORECASE
)
_API = re.compile(r"\bAPIs?\b", re.IGNORECASE)
_CONNECTOR = re.compile(r"\bconnectors?\b", re.IGNORECASE)
_SUMMARY_CHARACTERS = re.compile(r"[A-Za-z0-9() ]*")
_SMALL_WORDS = frozenset(words("a an and as at but by for from in into of on or per the to via vs with"))
_TEXT_KEYS = ("title", "summary", "x-ms-summary", "description")


def label(node: Node) -> str:
    """What designers show as the name of a field or an operation."""
    if node.kind == "operation":
        return node.text("summary")
    return node.text("x-ms-summary") or (node.text("title") if node.kind != "parameter" else "")


def _is_field(node: Node) -> bool:
    return node.kind == "parameter" or node.is_property


def _is_hidden(node: Node) -> bool:
    operation = node.operation
    inside = operation is not None and operation.node.text("x-ms-visibility") == "internal"
    return inside or node.text("x-ms-visibility") == "internal"


def _not_english(node: Node) -> Iterator[Path]:
    for key in _TEXT_KEYS:
        if any(char.isalpha() and ord(char) > 0x24F for char in node.text(key)):
            yield (key,)


def _restricted_words(node: Node) -> Iterator[Path]:
    for key in _TEXT_KEYS:
        text = node.text(key)
        in_info = node.kind == "info" and (_API.search(text) or (key == "title" and _CONNECTOR.search(text)))
        if in_info or _PRODUCTS.search(text):
            yield (key,)


def _ends_oddly(text: str) -> bool:
    return bool(text) and not (text[-1].isascii() and (text[-1].isalnum() or text[-1] == ")"))


def _description_length(node: Node) -> Iterator[Path]:
    if not 30 <= len(node.text("description")) <= 500:
        yield ("description",) if "description" in node.value else ()


def _has_label(node: Node) -> bool:
    return node.text("in") == "body" or _is_hidden(node) or bool(label(node).strip())


def _no_label(node: Node) -> Iterator[Path]:
    is_chosen = node.kind == "operation" or (_is_field(node) and node.is_input)
    if is_chosen and not _has_label(node):
        yield ()


def _no_output_label(node: Node) -> Iterator[Path]:
    if node.is_property and not node.is_input and not _has_label(node):
        yield ()


def _no_description(node: Node) -> Iterator[Path]:
    is_read = node.kind == "operation" or (_is_field(node) and node.is_input)
    if is_read and not _is_hidden(node) and not node.text("description").strip():
        yield ()


def _label_too_long(node: Node) -> Iterator[Path]:
    if len(node.text("x-ms-summary")) > MAX_SUMMARY:
        yield ("x-ms-summary",)


def _is_not_title_case(text: str) -> bool:
    words = [word.strip("()") for word in text.split()]
    return any(word[:1].islower() and (place == 0 or word not in _SMALL_WORDS) for place, word in enumerate(words))


def _description_repeats(node: Node) -> Iterator[Path]:
    description, name = node.text("description"), label(node)
    if name and description.strip().rstrip(".").casefold() == name.strip().casefold():
        yield ("description",)


def _is_no_sentence(text: str) -> bool:
    ending = text.rstrip().rstrip("\"')”’")[-1:]
    return len(text.split()) > 1 and ending not in (".", "!", "?")


def _no_sentence(node: Node) -> Iterator[Path]:
    if (node.kind == "operation" or _is_field(node)) and _is_no_sentence(node.text("description")):
        yield ("description",)


RULES = (
    Rule(
        "FieldLengthExceeded",
        Severity.WARNING,
        "info",
        wrong("title", lambda text: len(text) > MAX_TITLE),
        f"Give the connector a title of at most {MAX_TITLE} characters.",
    ),
    Rule(
        "FieldLengthNotInRange",
        Severity.WARNING,
        "info",
        _description_length,
        "Describe what the connector is for in 30 to 500 characters.",
    ),
    Rule(
        "ValueMustEndWithAlphanumeric",
        Severity.WARNING,
        "info operation",
        lambda node: [
            *wrong("title", lambda text: not text[-1:].isalnum())(node),
            *wrong("summary", _ends_oddly)(node),
        ],
        "End it with a letter or a digit, without punctuation or space.",
    ),
    Rule(
        "ValueContainsRestrictedWords",
        Severity.WARNING,
        "info operation parameter schema",
        _restricted_words,
        "Say it without product names of the platform; the connector's own texts also without API and Connector.",
    ),
    Rule(
        "ValueMustBeInEnglish",
        Severity.WARNING,
        "info operation parameter schema",
        _not_english,
        "Write it in English; the platform translates from there.",
    ),
    Rule(
        "SummaryMissing",
        Severity.WARNING,
        "operation parameter schema",
        _no_label,
        "Give it a name that people read: summary for an operation, x-ms-summary for a field.",
    ),
    Rule(
        "OutputSummaryMissing",
        Severity.NOTICE,
        "schema",
        _no_output_label,
        "Give the field of the answer an x-ms-summary, or people read its technical name.",
    ),
    Rule(
        "DescriptionMissing",
        Severity.WARNING,
        "operation parameter schema",
        _no_description,
        "Describe it in a sentence: agents choose operations and fill in values by their descriptions.",
    ),
    Rule(
        "OperationSummaryTooLong",
        Severity.WARNING,
        "operation",
        wrong("summary", lambda text: len(text) > MAX_SUMMARY),
        f"Shorten the summary to {MAX_SUMMARY} characters.",
    ),
    Rule(
        "RestrictedCharactersInSummary",
        Severity.WARNING,
        "operation",
        wrong("summary", lambda text: not _SUMMARY_CHARACTERS.fullmatch(text.rstrip(".,:;!? "))),
        "Use only letters, digits, spaces and parentheses in a summary.",
    ),
    Rule(
        "SummaryTooLong",
        Severity.WARNING,
        "parameter schema",
        _label_too_long,
        f"Shorten x-ms-summary to {MAX_SUMMARY} characters.",
    ),
    Rule(
        "SummaryNotTitleCase",
        Severity.WARNING,
        "parameter schema",
        wrong("x-ms-summary", _is_not_title_case),
        "Write x-ms-summary in Title Case, as in Postal Code.",
    ),
    Rule(
        "DescriptionSameAsSummary",
        Severity.WARNING,
        "operation parameter schema",
        _description_repeats,
        "Let the description say more than the name: what it is, its form, an example.",
    ),
    Rule(
        "DescriptionNotASentence",
        Severity.WARNING,
        "operation parameter schema",
        _no_sentence,
        "Write a full sentence that ends in punctuation.",
    ),
)
