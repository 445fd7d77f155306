"""The custom connector's two files, generated from the catalog and the settings."""
