"""A scope as it is asked for: is it one API's, written in full, and are the slashes right?"""

from __future__ import annotations

import re
from dataclasses import replace

from bridge.tokens.display import plain
from bridge.tokens.portal_paths import REGISTRATIONS, SECURITY_TAB
from bridge.tokens.resources import ENDING_IN_SLASH
from bridge.tokens.verdict import Failure, Verdict
from tools.explain.expectation import Expectation
from tools.explain.explanation import Explanation, Item

SIGN_IN_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9/._~:%+@-]+")
_GUID_SCOPE = re.compile(r"[0-9a-fA-F-]{36}/[A-Za-z0-9._-]+")
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,40}(?:[._][A-Za-z0-9-]{1,40}){1,3}(?<!Exception)(?<!Error)")


def _verdict(code: str, title: str, sentence: str, cause: str, *fix: str, az: str | None = None) -> Verdict:
    """What Entra's token endpoint says to a wrong scope is HTTP 400 invalid_scope (RFC 6749 section 5.2)."""
    return Verdict(
        code=code,
        title=title,
        sentence=sentence,
        cause=cause,
        fix=fix,
        az=az,
        status=400,
        oauth_error="invalid_scope",
    )


_IDENTIFIERS = "az ad app show --id SERVICE_APP_ID --query identifierUris"

SCOPE_VERDICTS = {
    verdict.code: verdict
    for verdict in (
        _verdict(
            "scope_two_slashes_right",
            "Two slashes are right here",
            "The identifier is {found} with its slash, so {expected} with two slashes is the right scope.",
            "The identifier's own slash and the one before .default follow each other. With one slash the token would "
            "come for the identifier without its slash, and the API would refuse it.",
            "Leave the scope as it is. The token's aud then ends in a slash, as the API expects.",
        ),
        _verdict(
            "scope_slash_too_many",
            "One slash too many",
            "The identifier {expected} has no slash at its end, so the scope {found} asks for another API.",
            "Two slashes before .default are right only if the identifier itself ends in one.",
            "In the client: write one slash before .default.",
            f"{REGISTRATIONS} > service app > Expose an API: see how the Application ID URI is written.",
            az=_IDENTIFIERS,
        ),
        _verdict(
            "scope_slash_missing",
            "A slash is missing",
            "The identifier {expected} ends in a slash, so the scope {found} asks for another audience.",
            "The identifier's own slash and the one before .default must both be there. The token comes for the "
            "identifier without its slash, and the API refuses it.",
            "In the client: write two slashes before .default.",
            az=_IDENTIFIERS,
        ),
        _verdict(
            "scope_two_slashes",
            "Two slashes: right only if the identifier ends in one",
            "The scope {found} is right exactly if the API's identifier is {expected}, with its slash.",
            "The identifier is taken as it stands and /.default is appended. Nobody can see from the scope alone how "
            "the identifier is registered.",
            f"{REGISTRATIONS} > service app > Expose an API: see how the Application ID URI is written. If it ends in "
            "/, two slashes are right; otherwise write one.",
            "Or tell it here: bridge explain SCOPE --expect aud=IDENTIFIER",
            az=_IDENTIFIERS,
        ),
        _verdict(
            "scope_without_api",
            "The scope does not name its API",
            "The scope {found} names no API, so Entra takes it for one of Microsoft Graph.",
            "A bare name always means Graph: the token comes for Graph, or AADSTS650053 says that Graph has no such "
            "scope.",
            f"{SECURITY_TAB}: write the scope in full, api://SERVICE_APP_ID/access_as_user.",
            f"{REGISTRATIONS} > service app > Expose an API: copy the scope's full name from there.",
            az=_IDENTIFIERS,
        ),
        _verdict(
            "scope_of_several_apis",
            "The scope names several APIs",
            "The scope names more than one API ({found}), but a token is for one only.",
            "Entra gives one access token a request, for one API (AADSTS28000, AADSTS70011).",
            "In the client: ask for each API in a request of its own.",
            f"{SECURITY_TAB}: leave only the service app's scope.",
        ),
        _verdict(
            "scope_default_mixed",
            ".default stands beside other scopes",
            "The scope mixes {found} with named scopes of the same API.",
            "/.default means all permissions that were consented to, and cannot be combined with single ones "
            "(AADSTS70011, AADSTS28003).",
            "In the client: ask either for /.default or for the named scopes.",
        ),
        _verdict(
            "scope_sign_in_only",
            "The scope asks for a sign-in, not for an API",
            "The scope holds only {found}: the answer is an ID token and a token for Microsoft Graph.",
            "openid, profile, email and offline_access belong to the sign-in.",
            f"{SECURITY_TAB}: add the API's scope in full, api://SERVICE_APP_ID/access_as_user.",
        ),
        _verdict(
            "scope_well_formed",
            "The scope is well formed",
            "The scope asks for {found}.",
            "Whether the API has that scope, and whether it was consented to, only Entra can tell.",
            "Nothing to fix here. If Entra refuses it, paste Entra's message.",
        ),
    )
}
_RIGHT = frozenset({"scope_two_slashes_right", "scope_well_formed"})


def is_scope(pasted: str) -> bool:
    """Whether this looks like a scope: every word is a URI, a GUID with a name, a sign-in scope or a dotted name."""
    words = pasted.split(" ")
    return len(words) <= 20 and all(
        _URI.fullmatch(word) or _GUID_SCOPE.fullmatch(word) or word in SIGN_IN_SCOPES or _BARE.fullmatch(word)
        for word in words
    )


def explain_scope(scope: str, expectation: Expectation) -> Explanation:
    """What Entra will make of a scope."""
    code, found, expected = _judge(scope, expectation)
    item = Item.of_finding(Failure(SCOPE_VERDICTS[code], found, expected))
    return Explanation("scope", recognised=True, items=(replace(item, problem=code not in _RIGHT),))


def _judge(scope: str, expectation: Expectation) -> tuple[str, str, str | None]:
    words = [word for word in scope.split(" ") if word]
    own = [word for word in words if word not in SIGN_IN_SCOPES]
    if not own:
        return "scope_sign_in_only", scope, None
    unnamed = [word for word in own if not _names_api(word)]
    if unnamed:
        return "scope_without_api", unnamed[0], None
    apis = sorted({_split(word)[0] for word in own})
    if len(apis) > 1:
        return "scope_of_several_apis", " and ".join(plain(api, 80) for api in apis[:3]), None
    defaults = [word for word in own if _split(word)[1] == ".default"]
    if defaults and len(own) > 1:
        return "scope_default_mixed", defaults[0], None
    return _slashes(own[0], apis[0], expectation) if defaults else ("scope_well_formed", " ".join(own), None)


def _slashes(scope: str, identifier: str, expectation: Expectation) -> tuple[str, str, str | None]:
    """Whether two slashes are right depends on how the identifier is registered, which may be known."""
    bare = identifier.rstrip("/")
    known = [audience for audience in expectation.audiences if audience.rstrip("/") == bare]
    if f"{bare}/" in known or f"{bare}/" in ENDING_IN_SLASH:
        right = identifier == f"{bare}/"
        return ("scope_two_slashes_right", identifier, scope) if right else ("scope_slash_missing", scope, f"{bare}/")
    if not identifier.endswith("/"):
        return "scope_well_formed", f"everything that was consented to at {identifier}", None
    if known:
        return "scope_slash_too_many", scope, bare
    return "scope_two_slashes", scope, identifier


def _names_api(word: str) -> bool:
    return "/" in word


def _split(word: str) -> tuple[str, str]:
    """(identifier, name). The identifier keeps its own slash: of two slashes the first is its."""
    identifier, _, name = word.rpartition("/")
    return identifier, name
