"""`.env.example`: every setting with its default, for whoever has the wheel and no source beside it."""

from pathlib import Path

NAME = ".env.example"


def example_file() -> str:
    """Return it from where the wheel has it, else from the repository."""
    packed = Path(__file__).with_name(NAME)
    source = packed if packed.is_file() else Path(__file__).parents[2] / NAME
    return source.read_text(encoding="utf-8")
