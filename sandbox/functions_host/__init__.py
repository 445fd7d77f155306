"""A local Azure Functions host: serves a Python v2 `function_app.app` over HTTP as Core Tools would.

For machines without Core Tools, and for tests. What it imitates was read in the host's and the worker's sources
(azure-functions-host, azure-functions-python-worker) or measured; each place says which.
"""

from sandbox.functions_host.server import FunctionsHost

__all__ = ["FunctionsHost"]
