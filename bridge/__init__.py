"""OBO-SAML bridge: lets a Copilot Studio agent act as the signed-in user in systems that don't take Entra tokens."""

__version__ = "0.2.0"
