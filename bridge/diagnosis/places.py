"""The places that the mends name, each spelled once."""

REGISTRATIONS = "Entra admin center > App registrations"
ENTERPRISE = "Entra admin center > Enterprise applications"
SIGN_INS = "Entra admin center > Monitoring & health > Sign-in logs"
SECURITY_TAB = "make.powerapps.com > Custom connectors > your connector > Edit > Security"
TEST_TAB = "make.powerapps.com > Custom connectors > your connector > Edit > Test"
CONNECTIONS = "make.powerapps.com > Connections"
AGENT_CONNECTIONS = "Copilot Studio > your agent > Settings > Connection settings"
APP_SETTINGS = "Azure portal > your function app > Settings > Environment variables"

NEW_CONNECTION = f"{CONNECTIONS}: delete the connection and make a new one. An old connection keeps its old token."
