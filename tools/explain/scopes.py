"""A requested scope: whether it names one API, in full, with the right slashes."""

from __future__ import annotations

import re

from bridge.tokens.display import plain
from bridge.tokens.resources import ENDING_IN_SLASH
from tools.explain.expectation import Expectation
from tools.explain.explanation import Explanation, Item

SIGN_IN_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
_EITHER_SLASH = frozenset({"https://management.azure.com", "https://management.core.windows.net"})
"""Azure Resource Manager accepts its audience with and without the slash at the end, as Dataverse does."""

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9/._~:%+@-]+")
_GUID_SCOPE = re.compile(r"[0-9a-fA-F-]{36}/[A-Za-z0-9._/-]+")
_VERB = r"(?:Read|Write|Send|Manage|Create|Invoke|FullControl|Access|Submit|Initiate|All|Selected|Default)"
_BARE = re.compile(
    rf"access_as_user|user_impersonation|(?:user|mail|files|calendars|sites|directory|group)\.(?:read|send|write)\w*|"
    rf"(?=[A-Za-z.-]*\.{_VERB})[A-Z][A-Za-z-]*(?:\.[A-Z][A-Za-z-]*){{1,4}}"
)
"""Names of scopes without their API. Other words with dots or underscores are hosts, classes and errors."""


def is_scope(pasted: str) -> bool:
    """Whether this looks like a scope: every word is a URI, a GUID with a name, or a scope's known name."""
    words = pasted.split(" ")
    return (
        len(words) <= 20
        and all(_is_scope_word(word) for word in words)
        and any(_BARE.fullmatch(word) or word in SIGN_IN_SCOPES or _names_api(word) for word in words)
    )


def _is_scope_word(word: str) -> bool:
    uri = _URI.fullmatch(word) and "?" not in word
    return bool(uri or _GUID_SCOPE.fullmatch(word) or word in SIGN_IN_SCOPES or _BARE.fullmatch(word))


def explain_scope(scope: str, expectation: Expectation) -> Explanation:
    """How Entra will treat a scope."""
    return Explanation.of("scope", Item.of_code(*_judge(scope, expectation)))


def _judge(scope: str, expectation: Expectation) -> tuple[str, str, str | None]:
    words = [word for word in scope.split(" ") if word]
    own = [word for word in words if word not in SIGN_IN_SCOPES]
    if not own:
        return "scope_sign_in_only", scope, None
    unnamed = [word for word in own if not _names_api(word)]
    if unnamed:
        return "scope_without_api", unnamed[0], None
    twice = next((word for word in own if word.count("/.default") > 1), None)
    if twice:
        return "scope_default_twice", twice, twice.partition("/.default")[0] + "/.default"
    apis = sorted({_split(word)[0] for word in own})
    if len(apis) > 1:
        return "scope_of_several_apis", " and ".join(plain(api, 80) for api in apis[:3]), None
    defaults = [word for word in own if _split(word)[1] == ".default"]
    if defaults and len(own) > 1:
        return "scope_default_mixed", defaults[0], None
    return _slashes(own[0], apis[0], expectation) if defaults else ("scope_well_formed", " ".join(own), None)


def _slashes(scope: str, identifier: str, expectation: Expectation) -> tuple[str, str, str | None]:
    """Two slashes are right if the registered identifier ends in one, which the expectation may say."""
    bare = identifier.rstrip("/")
    known = [audience for audience in expectation.audiences if audience.rstrip("/") == bare]
    well_formed = ("scope_well_formed", f"all permissions that were granted at {identifier}", None)
    if (bare in _EITHER_SLASH or bare.endswith(".dynamics.com")) and not known:
        return well_formed
    if f"{bare}/" in known or f"{bare}/" in ENDING_IN_SLASH:
        right = identifier == f"{bare}/"
        return ("scope_two_slashes_right", identifier, scope) if right else ("scope_slash_missing", scope, f"{bare}/")
    if not identifier.endswith("/"):
        return well_formed
    if known:
        return "scope_slash_too_many", scope, bare
    return "scope_two_slashes", scope, identifier


def _names_api(word: str) -> bool:
    return "/" in word


def _split(word: str) -> tuple[str, str]:
    """(identifier, name). Of two slashes the first belongs to the identifier."""
    identifier, _, name = word.rpartition("/")
    return identifier, name
