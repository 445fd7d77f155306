"""A stand-in for `az`, `curl` and `dev.py`: keeps a cloud, records each call, answers in the shape of the real ones.

It runs inside the test. In the scripts they are functions of bash that hand over the arguments, because a process for
each of the hundred calls of a deployment would take most of the suite's time.
"""

from __future__ import annotations

import io
import socketserver
import threading
import zipfile
from pathlib import Path
from typing import Any

import jmespath

from tests.deploy.az import azure, entra
from tests.deploy.az.core import SAML_APP, SAML_SCOPE, SAML_SP, Interrupted, Json, Refused, parse, play, shown
from tests.deploy.az.web import curl

SIDES = (azure, entra)
"""Importing them registers their commands."""


FUNCTIONS = """\
stand_in() { # PROGRAM ARGUMENTS
    local fd status text
    exec {fd}<>"/dev/tcp/127.0.0.1/$STAND_IN_PORT"
    printf '%d\\0' $# >&"$fd"
    printf '%s\\0' "$@" >&"$fd"
    IFS= read -r status <&"$fd"
    IFS= read -r -d '' text <&"$fd" || true
    exec {fd}>&-
    [[ $status != 130 ]] || kill -TERM $$ # as Ctrl-C, or a closed terminal
    if [[ $status == 0 ]]; then printf '%s' "$text"; else printf '%s' "$text" >&2; fi
    return "$status"
}
with_contents() { # PROGRAM ARGUMENTS: the contents of a file descriptor follow its name
    local argument arguments=()
    for argument; do
        [[ $argument != @(|@)/dev/fd/* ]] || argument="/dev/fd $(<"${argument#@}")"
        arguments+=("$argument")
    done
    stand_in "${arguments[@]}"
}
az() { with_contents az "$@"; }
curl() { with_contents curl "$@"; }
python3() { if [[ $1 == dev.py ]]; then stand_in dev.py "$PWD" "${@:2}"; else "$STAND_IN_PYTHON" "$@"; fi; }
sleep() { :; }
"""


LISTS = (
    *("calls", "apps", "grants", "assigned", "roles", "vault_ids", "deleted", "paused"),
    *("providers", "policies", "contacts", "build_fails", "interrupted"),
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
        program, *arguments = argv
        try:
            if program == "curl":
                return 0, curl(self.state, arguments)
            if program == "dev.py":
                return 0, dev(self.state, arguments)
            return 0, self._az(arguments)
        except Interrupted as error:
            return 130, str(error)
        except Refused as error:
            return 1, f"ERROR: {error}\n" if str(error) else ""

    def _az(self, argv: list[str]) -> str:
        words, options = parse(argv)
        self.state["calls"].append(["/dev/fd/63" if text.startswith("/dev/fd ") else text for text in argv])
        result = play(self.state, words, options, argv)
        if query := options.get("query"):
            result = jmespath.search(query[0], result)
        return shown(result, options.get("output", ["json"])[0])

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


def dev(cloud: Json, arguments: list[str]) -> str:
    """`dev.py package`, and `dev.py bridge ledger …` as far as its exit status goes."""
    folder, *words = arguments
    cloud["calls"].append(["dev.py", *words])
    if words[:2] == ["bridge", "ledger"]:
        if cloud["ledger_refuses"]:
            raise Refused("bridge ledger: the role Storage Table Data Contributor is missing")
        cloud["paused"] = [words[-1]] if words[2] == "pause" else []
        return ""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("bridge/__init__.py", f'__version__ = "{cloud["version"]}"\n')
    (Path(folder) / "dist").mkdir(exist_ok=True)
    (Path(folder) / "dist" / "obo-saml-bridge.zip").write_bytes(package.getvalue())
    return ""


def fresh() -> Json:
    """A cloud with a SAML app in its directory and nothing else."""
    saml = {
        "id": SAML_SP,
        "appId": SAML_APP,
        "appRoleAssignmentRequired": True,
        "oauth2PermissionScopes": [{"value": "user_impersonation", "id": SAML_SCOPE}],
    }
    lists: Json = {name: [] for name in LISTS}
    maps: Json = {name: {} for name in ("groups", "resources", "fics", "secrets", "certificates", "outputs", "web")}
    lags = dict.fromkeys(("graph_lag", "list_lag", "role_lag", "network_lag"), 0)
    rules: dict[str, Any] = {
        "fails": None,
        "refusal": "not now",
        "may_register": True,
        "changed": 0,
        "builds": 0,
        "ledger_refuses": False,
    }
    rules["interrupts"] = False
    start = {"version": "1.0", "graph": "https://graph.microsoft.com/", "published": None}
    return {"sps": [saml], **start, **lags, **rules, **lists, **maps}
