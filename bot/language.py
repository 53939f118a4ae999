"""Sentences for people: written in English in the code, rendered in the reader's language.

Every sentence that a member can see is made by `_("...")`. Rendering happens at the edge, where the reader is known,
from the gettext catalogues in `bot/locale/` (compiled by `make setup`); a missing catalogue means English.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import negotiate_locale
from babel.support import NullTranslations, Translations
from typing_extensions import override

LOCALE_DIR = Path(__file__).parent / "locale"
DOMAIN = "easel"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One translatable text with its values, not yet in any language."""

    text: str
    values: tuple[tuple[str, object], ...] = ()

    def render(self, locale: str | None = None) -> str:
        """The text in a locale of Discord's spelling ("en-US", "zh-CN"); English where there is no catalogue."""
        text = catalogue(locale or "en-US").gettext(self.text)
        values = {name: value.render(locale) if isinstance(value, Sentence) else value for name, value in self.values}
        return text.format(**values) if values else text

    @override
    def __str__(self) -> str:
        return self.render()


def _(text: str, /, **values: object) -> Sentence:
    """Mark a text for translation; values fill its `{names}` and may be sentences themselves."""
    return Sentence(text, tuple(values.items()))


@cache
def catalogue(locale: str) -> NullTranslations:
    """The catalogue of a Discord locale, loaded once."""
    return Translations.load(LOCALE_DIR, [locale.replace("-", "_")], DOMAIN)


def negotiate_language(preferred: Sequence[str]) -> str:
    """Choose among our languages the one that somebody likes best, in Discord's spelling; English where none fits.

    Args:
        preferred: what they read, best first, as browsers name it ("zh-TW", "zh", "en").
    """
    names = _languages()
    return names[(negotiate_locale(preferred, names, sep="-") or "en").casefold()]


@cache
def _languages() -> dict[str, str]:
    """English and the languages of all catalogues in Discord's spelling, by what browsers may call them."""
    names = [folder.name.replace("_", "-") for folder in LOCALE_DIR.iterdir()]
    return (
        {"en": "en-US"} | {name.partition("-")[0]: name for name in names} | {name.casefold(): name for name in names}
    )
