"""The places that the fixes name, and the steps that many share, each spelled once."""

REGISTRATIONS = "Entra admin center > App registrations"
ENTERPRISE = "Entra admin center > Enterprise applications"
SIGN_INS = "Entra admin center > Monitoring & health > Sign-in logs"
SECURITY_TAB = "make.powerapps.com > Custom connectors > your connector > Edit > Security"
TEST_TAB = "make.powerapps.com > Custom connectors > your connector > Edit > Test"
CONNECTIONS = "make.powerapps.com > Connections"
AGENT_CONNECTIONS = "Copilot Studio > your agent > Settings > Connection settings"
APP_SETTINGS = "Azure portal > your function app > Settings > Environment variables"

API_CONNECTIONS = "fe053c5f-3692-4f14-aef2-ee34fc081cae"
"""The application id of Azure API Connections, which is Power Platform's connector service."""

SIGN_IN_AGAIN = f"{AGENT_CONNECTIONS}: open the connection and sign in again."
NEW_CONNECTION = f"{CONNECTIONS}: delete the connection and make a new one. An old connection keeps its old token."
