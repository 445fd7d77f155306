"""What one worker process keeps: the catalog from the start, the settings from their first use."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from bridge.catalog import Catalog, Operation
from bridge.errors import Misconfigured
from bridge.settings import Settings, SettingsError, instances, load

if TYPE_CHECKING:
    from bridge.app import App


class Runtime:
    """Settings are read late: an error at import would leave 404 on every route, and nobody would know why."""

    def __init__(self, env: Mapping[str, str], catalog: Catalog) -> None:
        self.catalog = catalog
        self.env = env
        self._instances = instances(env)
        self._lock = threading.Lock()
        self._app: App | SettingsError | None = None

    def operations(self) -> Iterator[tuple[str, Operation]]:
        """(system, operation) for all that may have a route: systems of the catalog, and those named otherwise."""
        for operation in self.catalog.operations.values():
            yield operation.system, operation
            yield from ((name, operation) for name, kind in self._instances.items() if kind == operation.system)

    def known_system(self, name: str | None) -> str | None:
        """`name`, if it is that of a system: what a caller writes is not repeated in a log."""
        return name if name in self.catalog.systems or name in self._instances else None

    def app(self) -> App:
        """The app. Raises `Misconfigured` if the settings are bad; the environment doesn't change, so that stays."""
        try:
            return self.checked_app()
        except SettingsError as error:
            names = ", ".join(sorted({problem.setting for problem in error.problems}))
            raise Misconfigured(
                "The bridge's settings have mistakes, so it can't serve anybody.",
                hint="Ask its administrator: `GET /api/check` names every problem with its fix.",
                operator=f"Settings with problems: {names}",
            ) from None

    def checked_app(self) -> App:
        """As `app`, but raises the `SettingsError` with every problem, for those who may see them."""
        with self._lock:
            if self._app is None:
                self._app = self._build()
        if isinstance(self._app, SettingsError):
            raise SettingsError(self._app.problems)
        return self._app

    @property
    def settings(self) -> Settings | None:
        """The settings, if they are good."""
        try:
            return self.checked_app().settings
        except SettingsError:
            return None

    def _build(self) -> App | SettingsError:
        from bridge.app import App  # with the libraries behind it as long as the rest of the start together

        try:
            return App(load(self.env, self.catalog), self.catalog)
        except SettingsError as error:
            return error
