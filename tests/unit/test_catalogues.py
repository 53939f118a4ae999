"""The catalogues: complete for every sentence that members see, and no promise in them that the code does not keep."""

import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.language import DOMAIN, LOCALE_DIR, _, catalogue

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "cogs")
PATHS = sorted(LOCALE_DIR.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
LOCALES = [path.parent.parent.name for path in PATHS]


def said() -> set[str]:
    """Every sentence that is marked in the code."""
    found = set()
    for folder in FOLDERS:
        for _file, _line, text, _comments, _context in extract_from_dir(ROOT / folder, keywords={"_": None}):
            assert isinstance(text, str)
            found.add(text)
    return found


def translated(path: Path) -> Catalog:
    """A catalogue as it stands in the repository."""
    with path.open("rb") as file:
        return read_po(file)


def sentences(path: Path) -> list[Message]:
    """Its messages without the header."""
    return [message for message in translated(path) if message.id]


def names(text: str) -> list[str]:
    """The names that a text has filled in."""
    return sorted(name for _text, name, _form, _conversion in string.Formatter().parse(text) if name is not None)


def test_simplified_chinese_is_there() -> None:
    assert "zh_CN" in LOCALES


@pytest.mark.parametrize("path", PATHS, ids=LOCALES)
def test_every_sentence_is_translated(path: Path) -> None:
    known = {str(message.id) for message in sentences(path) if message.string and not message.fuzzy}

    assert said() - known == set(), "run `make words` and fill in what is empty"


@pytest.mark.parametrize("path", PATHS, ids=LOCALES)
def test_no_sentence_is_left_from_before(path: Path) -> None:
    assert {str(message.id) for message in sentences(path)} - said() == set(), "run `make words`"


@pytest.mark.parametrize("path", PATHS, ids=LOCALES)
def test_translations_fill_in_the_same_names(path: Path) -> None:
    wrong = [m.id for m in sentences(path) if names(str(m.string)) != names(str(m.id))]

    assert wrong == []


@pytest.mark.parametrize("path", PATHS, ids=LOCALES)
def test_translations_keep_commands_and_settings_as_they_are(path: Path) -> None:
    words = ("/imagine", "/jobs", "/easel resume", "RELAY_API_KEY", "--zoom", "Ctrl+Z", "Discord")
    wrong = [m.id for m in sentences(path) for word in words if (word in str(m.id)) != (word in str(m.string))]

    assert wrong == []


def test_labels_fit_into_buttons() -> None:
    assert all(
        len(label) <= 80 for label in (_("Draw the region").render("zh-CN"), _("Upload a mask...").render("zh-CN"))
    )


def test_the_compiled_catalogue_is_what_people_read() -> None:
    assert catalogue("zh-CN").gettext("Repaint") == "重绘", "make setup compiles the catalogues"
