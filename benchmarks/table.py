"""The figures as one table."""

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value with its bar; smaller is better everywhere."""

    name: str
    value: float
    unit: str
    must: float
    how: str = ""

    @property
    def verdict(self) -> str:
        """How it stands to its bar."""
        return "held" if self.value <= self.must else "MISSED"


def show(figures: list[Figure]) -> bool:
    """Print the table; True when no must is missed."""
    table = Table(title="Easel, measured on this machine (smaller is better)", show_lines=True)
    for heading in ("figure", "measured", "must", "verdict", "how"):
        table.add_column(heading, justify="right" if heading in ("measured", "must") else "left")
    for one in figures:
        numbers = (f"{number:.3g} {one.unit}".strip() for number in (one.value, one.must))
        table.add_row(one.name, *numbers, one.verdict, one.how)
    Console(width=150).print(table)
    return all(one.verdict != "MISSED" for one in figures)
