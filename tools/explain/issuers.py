"""Names of well-known issuers, and what differs between two issuers."""

from __future__ import annotations

import re

from bridge.tokens.claim_types import clouds, issuing_tenant

_CLOUD_NAMES = {"public": "", "usgov": " (US Government)", "china": " (China)"}
_NAMES = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"https://[^/]+\.b2clogin\.(com|us|cn)/", "Azure AD B2C"),
        (r"https://[^/]+\.ciamlogin\.com/", "Microsoft Entra External ID"),
        (r"https?://[^/]+/adfs(/|$)", "AD FS"),
        (r"https://(accounts\.google\.com|securetoken\.google\.com/.*)$|accounts\.google\.com$", "Google"),
        (r"https://api\.workos\.com|https://[^/]+\.authkit\.app", "WorkOS"),
        (r"https://[^/]+\.auth0\.com/", "Auth0"),
        (r"https://[^/]+\.okta(preview)?\.com|https://[^/]+\.okta-emea\.com", "Okta"),
        (r"https://token\.actions\.githubusercontent\.com", "GitHub Actions"),
        (r"https://github\.com/login/oauth", "GitHub"),
        (r"https://api\.botframework\.(com|us)", "Bot Framework"),
        (r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com/", "Amazon Cognito"),
        (r"https://[^/]+/realms/", "Keycloak"),
        (r"https://auth\.pingone\.[a-z]+/", "PingOne"),
        (r"https://[^/]+\.onelogin\.com/", "OneLogin"),
        (r"https://api\.([a-z0-9-]+\.)?descope\.com/", "Descope"),
        (r"https://[^/]+\.scalekit\.(com|dev|cloud)", "Scalekit"),
        (r"https://[^/]+\.customers\.stytch\.(com|dev)", "Stytch"),
        (r"https://[^/]+\.clerk\.accounts\.dev", "Clerk"),
        (r"https://appleid\.apple\.com", "Apple"),
        (r"https://gitlab\.com", "GitLab"),
        (r"https://kubernetes\.default\.svc|https://[^/]+\.oic\.prod-aks\.azure\.com/", "a Kubernetes cluster"),
        (r"https://[^/]+\.workday\.com", "Workday"),
    )
)
_POLICY = re.compile(r"b2c_1a?_[a-z0-9_.-]+", re.IGNORECASE)


def name_of(issuer: str) -> str:
    """The product behind an issuer, empty if unknown: `Microsoft Entra ID, v1`, `Azure AD B2C`, `Okta`."""
    found = sorted(clouds(issuer))
    if found:
        version = "v2" if issuer.endswith("/v2.0") else "v1"
        return f"Microsoft Entra ID, {version}{_CLOUD_NAMES[found[0]] if len(found) == 1 else ''}"
    return next((name for pattern, name in _NAMES if pattern.match(issuer)), "")


def with_name(issuer: str) -> str:
    """The issuer, followed by its name in brackets if that is known."""
    name = name_of(issuer)
    return f"{issuer} ({name})" if name else issuer


def policy_of(claims: dict[str, object]) -> str:
    """The user flow of a B2C token, from `tfp` or `acr`."""
    values = (claims.get(name) for name in ("tfp", "acr"))
    return next((value for value in values if isinstance(value, str) and _POLICY.fullmatch(value)), "")


def difference(found: str, expected: tuple[str, ...]) -> str | None:
    """The code of the verdict on an issuer; None if it is one of the expected, or if none is known."""
    if not expected or found in expected:
        return None
    if any(found.rstrip("/").casefold() == one.rstrip("/").casefold() for one in expected):
        return "issuer_near_miss"
    known = [one for one in expected if clouds(one)]
    if not clouds(found) or not known:
        return "foreign_issuer"
    if not any(clouds(found) & clouds(one) for one in known):
        return "wrong_cloud"
    if not any(issuing_tenant(found) == issuing_tenant(one) for one in known):
        return "wrong_tenant"
    return "token_version"
