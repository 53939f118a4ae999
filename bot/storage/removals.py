"""Word of jobs that are gone, for whoever keeps something of theirs outside of the database that has to go, too."""

from collections.abc import Callable


class Removals:
    """Tells this process that jobs were removed, erased or emptied, once it is committed; others find it by looking."""

    def __init__(self) -> None:
        self._heard: list[Callable[[], None]] = []

    def subscribe(self, heard: Callable[[], None]) -> None:
        """Call `heard` whenever jobs are gone."""
        self._heard.append(heard)

    def tell(self) -> None:
        """Say that some are."""
        for heard in self._heard:
            heard()
