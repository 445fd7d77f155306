"""The doctor page: `explain` in a browser, for people without Python. `page/` is what the browser loads."""
