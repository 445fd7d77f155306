"""How callers see the bridge: HTTP answers, the connector's definition, the command line."""
