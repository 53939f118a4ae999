"""How much of each catalogue is done; as a program, it brings the table in docs/languages.md up to date."""

from pathlib import Path

from babel import Locale
from babel.messages.pofile import read_po

from bot.language import DOMAIN, LOCALE_DIR

PAGE = Path(__file__).parents[2] / "docs" / "languages.md"
HEAD = "| language | catalogue | done |\n|---|---|---|\n"


def table() -> str:
    """Build the table; whole percents, rounded down."""
    return HEAD + "".join(
        f"| {Locale.parse(path.parts[-3]).english_name} | `{path.parts[-3]}` | {_percent(path)} % |\n"
        for path in sorted(LOCALE_DIR.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
    )


def _percent(path: Path) -> int:
    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    done = sum(all(message.string or ()) and bool(message.string) for message in messages)
    return 100 * done // len(messages)


if __name__ == "__main__":
    PAGE.write_text(PAGE.read_text(encoding="utf-8").partition(HEAD)[0] + table(), encoding="utf-8")
