"""A local Azure Functions host: serves a Python v2 `function_app.app` over HTTP as Core Tools would.

For machines without Core Tools, and for tests. Its behaviour is from the sources of the host and the worker
(azure-functions-host, azure-functions-python-worker) or from measurements; each place names its source.
"""

from sandbox.functions_host.server import FunctionsHost

__all__ = ["FunctionsHost"]
