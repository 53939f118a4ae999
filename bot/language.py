"""Sentences for people: written in English in the code, rendered in the reader's language.

Every sentence that a member can see is made by `_("...")`. Rendering happens at the edge, where the reader is known,
from the gettext catalogues in `bot/locale/` (compiled by `make setup`); a missing catalogue means English.
"""

import gettext
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations
from pathlib import Path

from typing_extensions import override

LOCALE_DIR = Path(__file__).parent / "locale"
DOMAIN = "easel"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One translatable text with its values, not yet in any language."""

    text: str
    values: tuple[tuple[str, object], ...] = ()
    plural: str = ""  # what is said of any count but one

    def render(self, locale: str | None = None) -> str:
        """The text in a locale of Discord's spelling ("en-US", "zh-CN"); English where there is no catalogue."""
        texts = catalogue(locale or "en-US")
        if self.plural:
            count = dict(self.values)["count"]
            text = texts.ngettext(self.text, self.plural, count)  # type: ignore[arg-type]
        else:
            text = texts.gettext(self.text)
        values = {name: value.render(locale) if isinstance(value, Sentence) else value for name, value in self.values}
        return text.format(**values) if values else text

    @override
    def __str__(self) -> str:
        return self.render()


def _(text: str, /, **values: object) -> Sentence:
    """Mark a text for translation; values fill its `{names}` and may be sentences themselves."""
    return Sentence(text, tuple(values.items()))


def ngettext(one: str, many: str, /, *, count: int, **values: object) -> Sentence:
    """Mark what is said of one and of several; catalogues have as many forms as their language. Fills in `{count}`."""
    return Sentence(one, (("count", count), *values.items()), many)


@cache
def catalogue(locale: str) -> NullTranslations:
    """The catalogue of a Discord locale, loaded once; that of its language where the country has none ("es-ES")."""
    return gettext.translation(DOMAIN, LOCALE_DIR, [negotiate_language([locale]).replace("-", "_")], fallback=True)


def catalogue_files() -> list[Path]:
    """List what the catalogues are read from, always in the same order."""
    return sorted(LOCALE_DIR.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))


def translation(text: str, locale: str) -> str | None:
    """A text of a command in a Discord locale; None where that has no other words for it than English."""
    translated = catalogue(locale).gettext(text)
    return None if translated == text else translated


def negotiate_language(preferred: Sequence[str]) -> str:
    """Choose among our languages the one that somebody likes best, in Discord's spelling; English where none fits.

    Args:
        preferred: what they read, best first, as browsers name it ("zh-TW", "zh", "en").
    """
    return choose_language(preferred, _catalogue_names())


def choose_language(preferred: Sequence[str], catalogues: Sequence[str]) -> str:
    """Choose as above, among English and these catalogues ("zh_CN").

    A language alone stands for the first of its countries: "zh" for zh-CN, also where there is a zh-TW.
    """
    names = [name.replace("_", "-") for name in sorted(catalogues, reverse=True)]
    called = (
        {"en": "en-US"} | {name.partition("-")[0]: name for name in names} | {name.casefold(): name for name in names}
    )
    from babel import negotiate_locale  # noqa: PLC0415 - loaded by the first sentence that somebody reads

    return called[(negotiate_locale(preferred, called, sep="-") or "en").casefold()]


@cache
def _catalogue_names() -> tuple[str, ...]:
    return tuple(folder.name for folder in LOCALE_DIR.iterdir())
