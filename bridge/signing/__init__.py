"""Keys that sign: from files, and from Key Vault with the app's managed identity."""
