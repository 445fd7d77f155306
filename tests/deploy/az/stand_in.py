"""A stand-in for `az`: keeps a cloud, records each call, answers in the shape of the real one.

It runs inside the test; the program on the PATH is a few lines of bash that hand over the arguments (a Python process
for each of the hundred calls of a deployment would take most of the suite's time).
"""

from __future__ import annotations

import socketserver
import threading

import jmespath

from tests.deploy.az import azure, entra
from tests.deploy.az.core import SAML_APP, SAML_SCOPE, SAML_SP, Json, Refused, parse, play, shown

SIDES = (azure, entra)
"""Importing them registers their commands."""


PROGRAM = """\
#!/usr/bin/env bash
exec 3<>"/dev/tcp/127.0.0.1/$AZ_PORT"
printf '%d\\0' $# >&3
printf '%s\\0' "$@" >&3
read -r status <&3
if [ "$status" = 0 ]; then cat <&3; else cat <&3 >&2; fi
exit "$status"
"""


LISTS = (
    *("calls", "apps", "grants", "assigned", "roles", "vault_ids", "deleted"),
    *("providers", "policies", "contacts", "build_fails"),
)


class Az:
    """The stand-in at work. `state` is the cloud; `state["fails"]` names a command that fails until it is None."""

    def __init__(self) -> None:
        self.state = fresh()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def call(self, argv: list[str]) -> tuple[int, str]:
        """Exit status and output."""
        words, options = parse(argv)
        self.state["calls"].append(argv)
        try:
            result = play(self.state, words, options, argv)
        except Refused as error:
            return 1, f"ERROR: {error}\n"
        if query := options.get("query"):
            result = jmespath.search(query[0], result)
        return 0, shown(result, options.get("output", ["json"])[0])

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        call = self.call

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                count = int(self._text())
                status, output = call([self._text() for _ in range(count)])
                self.wfile.write(f"{status}\n{output}".encode())

            def _text(self) -> str:
                return b"".join(iter(lambda: self.rfile.read(1), b"\0")).decode()

        return Handler


def fresh() -> Json:
    """A cloud with a SAML app in its directory and nothing else."""
    saml = {
        "id": SAML_SP,
        "appId": SAML_APP,
        "appRoleAssignmentRequired": True,
        "oauth2PermissionScopes": [{"value": "user_impersonation", "id": SAML_SCOPE}],
    }
    lists: Json = {name: [] for name in LISTS}
    maps: Json = {name: {} for name in ("groups", "resources", "fics", "secrets", "certificates", "outputs")}
    rules: Json = {"fails": None, "graph_lag": 0, "role_lag": 0, "may_register": True, "changed": 0, "builds": 0}
    return {"sps": [saml], "graph": "https://graph.microsoft.com/", "published": None, **rules, **lists, **maps}
