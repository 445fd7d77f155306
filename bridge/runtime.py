"""What one worker process keeps: the routes from its start, the catalog and the settings from their first use."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from bridge.errors import Misconfigured
from bridge.routes import (
    OperationRoute,
    catalog_folder,
    catalog_kinds,
    configured_systems,
    operation_routes,
    raw_systems,
)

if TYPE_CHECKING:
    from bridge.app import App
    from bridge.catalog import Catalog
    from bridge.settings import Settings, SettingsError


class Runtime:
    """Settings are read late: an error at import would answer 404 on every route, without a reason. Thread-safe."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self._systems = configured_systems(env)
        self._folder = catalog_folder(env)
        self._kinds = catalog_kinds(self._folder)
        self._lock = threading.RLock()
        self._catalog: Catalog | None = None
        self._app: App | None = None
        self._mistakes: SettingsError | None = None

    def operation_routes(self) -> Iterator[tuple[str, OperationRoute]]:
        """(system, operation) for each operation of each system that settings name."""
        routes = {kind: operation_routes(kind, self._folder) for kind in set(self._systems.values())}
        for system, kind in self._systems.items():
            yield from ((system, route) for route in routes[kind])

    def raw_systems(self) -> list[str]:
        """The systems that have settings for the pass-through."""
        return raw_systems(self.env)

    def without_routes(self) -> list[str]:
        """The systems of the catalog that no setting names."""
        return [kind for kind in self._kinds if kind not in self._systems]

    def known_system(self, name: str | None) -> str | None:
        """`name` if a system has it, else None: other text of a caller is not repeated in a log."""
        return name if name in self._systems or name in self._kinds else None

    @property
    def catalog(self) -> Catalog:
        """The systems that settings name, with the mistakes of the customer's folder. Other systems are not read."""
        from bridge.catalog import load

        with self._lock:
            if self._catalog is None:
                self._catalog = load(self._folder, systems=frozenset(self._systems.values()))
            return self._catalog

    def whole_catalog(self) -> Catalog:
        """Every system, for the set-up check: it suggests their names and reports every mistake."""
        from bridge.catalog import load

        return load(self._folder)

    def app(self) -> App:
        """The app. Raises `Misconfigured` if the settings have mistakes, and then always: they are read once."""
        with self._lock:
            if self._app is None and self._mistakes is None:
                self._build()
        if self._app is not None:
            return self._app
        names = sorted({problem.setting for problem in self._mistakes.problems}) if self._mistakes else []
        raise Misconfigured(
            "The bridge's settings have mistakes, so it can't serve requests.",
            operator=f"Settings with problems: {', '.join(names)}",
        )

    @property
    def settings(self) -> Settings | None:
        """The settings; None if they have mistakes."""
        try:
            return self.app().settings
        except Misconfigured:
            return None

    def _build(self) -> None:
        from bridge.app import App  # takes as long as the rest of the start
        from bridge.settings import SettingsError, load

        try:
            self._app = App(load(self.env, self.catalog), self.catalog)
        except SettingsError as error:
            self._mistakes = error
