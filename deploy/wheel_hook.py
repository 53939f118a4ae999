"""What hatchling does before it packs the wheel: it compiles the catalogues, which the repository has as text alone."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from typing_extensions import override


class Catalogues(BuildHookInterface[Any]):
    """Puts a compiled catalogue beside each that was written."""

    @override
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        for written in Path(self.root, "bot", "locale").glob("*/LC_MESSAGES/*.po"):
            part = written.with_suffix(".part")
            with written.open("rb") as source, part.open("wb") as target:
                write_mo(target, read_po(source))
            part.replace(written.with_suffix(".mo"))  # at once, as a bot that runs from here may be reading it
        build_data["artifacts"].append("*.mo")
