"""`python -m sandbox.functions_host --app function_app.py --port 0`: serve until interrupted."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from sandbox.ending import Ending
from sandbox.functions_host.functions import App, AppError
from sandbox.functions_host.server import FunctionsHost

# A development tool installs it, and jsonschema then compiles its grammars for two seconds. Azure has no such package.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.functions_host", description=__doc__)
    parser.add_argument("--app", type=Path, default=Path("function_app.py"), help="the file with `app`")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one, named on the ready line")
    parser.add_argument("--function-key", help="ask for this key on functions that want one (default: leave them open)")
    parser.add_argument("--stop-with-stdin", action="store_true", help="stop when standard input ends")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    debug = os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING") == "1"  # as Microsoft's worker does
    logging.basicConfig(level=logging.DEBUG if debug else logging.INFO, format="%(message)s", stream=sys.stderr)
    ending = Ending(with_stdin=options.stop_with_stdin)
    try:
        host = FunctionsHost(port=options.port, function_key=options.function_key)
    except OSError as error:
        print(
            f"Port {options.port} cannot be used ({error.strerror}). Choose another one with --port.", file=sys.stderr
        )
        return 1
    with host:
        return serve(host, options.app, ending)


def serve(host: FunctionsHost, file: Path, ending: Ending) -> int:
    # Core Tools sets both before the app is imported (StartHostAction.GetConfigurationSettings).
    os.environ |= {"WEBSITE_HOSTNAME": host.address, "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}
    try:
        app = App.load(file)
    except AppError as error:
        print(f"The app cannot be served. {error}", file=sys.stderr)
        return 1
    host.serve(app)
    print(f"Functions host ready on {host.url} ({len(app.functions)} functions)", flush=True)
    ending.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
