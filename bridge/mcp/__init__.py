"""The operations of the catalog as an MCP server (Model Context Protocol): JSON-RPC → JSON-RPC, over one HTTP route."""
