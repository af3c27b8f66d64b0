"""The cluster of a session: opened when it is known that runs are asked for, left when the session ends."""

from typing import TYPE_CHECKING

import pytest

from stablebert.project.options import PREFIX, Settings

if TYPE_CHECKING:
    from stablebert.project import Project
    from stablebert.workers.driver import Driver


class SessionCluster:
    """What sends the runs of one session to a cluster, where it has one.

    Args:
        config: Of the session.
        settings: The options in force.
        name: What names the session in the store.

    Attributes:
        driver: Sends runs; None where this machine makes them, and before `open`.
    """

    def __init__(self, config: pytest.Config, settings: Settings, name: str) -> None:
        self.driver: Driver | None = None
        self._config, self._settings, self._name = config, settings, name

    def open(self, project: "Project") -> str | None:
        """Open it, once, where the session has one; return why it cannot be had, or None."""
        if self._settings.engine == "local" or self._config.option.collectonly:
            return None
        from stablebert.workers.engines import driver_of

        try:
            self.driver = driver_of(self._settings, project.store, self._name)
        except ValueError as error:
            return str(error)
        if self.driver is not None:
            self._config.add_cleanup(self.driver.close)
        return None

    def check(self) -> None:
        """Refuse workers of pytest-xdist, each of which would send the runs of all.

        Raises:
            pytest.UsageError: there are some.
        """
        engine, config = self._settings.engine, self._config
        if engine != "local" and (hasattr(config, "workerinput") or config.pluginmanager.hasplugin("dsession")):
            raise pytest.UsageError(f"--{PREFIX}-engine {engine} shares the runs out itself: leave out -n")
