"""The operations of the catalog as an MCP server (Model Context Protocol): JSON-RPC → JSON-RPC, over one HTTP route."""

ROUTE = "mcp"
WELL_KNOWN = ".well-known/oauth-protected-resource"
"""The route of the resource metadata (RFC 9728 section 3)."""
