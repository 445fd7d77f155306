"""The custom connector's two files, from the catalog."""
