"""The deployed app as `curl` sees it: health, the set-up check, WhoAmI."""

from __future__ import annotations

import io
import itertools
import json
import re
import zipfile

from tests.deploy.az.core import Json, Refused


def curl(cloud: Json, arguments: list[str]) -> str:
    """The output of `curl --write-out`. `cloud["web"]` overrides what the app responds."""
    web, url = cloud["web"], arguments[-1]
    pairs = itertools.pairwise(arguments)
    headers = [after.removeprefix("/dev/fd ") for before, after in pairs if before == "--header"]
    if cloud["published"] is None:
        raise Refused("curl: (22) The requested URL returned error: 503" if "--show-error" in arguments else "")
    if "--output" in arguments:
        return ""
    if url.endswith("/api/health"):
        return json.dumps({"version": web.get("running") or version_of(cloud["published"])})
    if url.endswith("/api/check"):
        ok = headers == ["x-functions-key: the-function-key"] and web.get("check", True)
        line = {"code": "x", "state": "ok" if ok else "failed", "title": "all settings can be read", "fix": ["Do it."]}
        return json.dumps({"ok": ok, "groups": [{"name": "Settings", "lines": [line]}]}) + "\n200"
    return str(web.get("whoami", '{"code": "no_token"}\n401'))


def version_of(package: bytes) -> str:
    """The version in a published package."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        [version] = re.findall(r'"(.+)"', archive.read("bridge/__init__.py").decode())
    return str(version)
