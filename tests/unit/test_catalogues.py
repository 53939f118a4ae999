"""The catalogues: complete for every sentence that members see, and no promise in them that the code does not keep."""

import io
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.language import DOMAIN, LOCALE_DIR, catalogue
from bot.ui.components.modals import TITLE_LIMIT
from bot.ui.flows.entry_points import CONTEXT_MENUS
from tests.support.languages import table
from tests.support.sentence_page import PAGE, page
from tests.support.sentences import PLURAL, SENTENCE, command_texts, extract, unmarked, unreadable

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "cogs")
COGS = sorted((ROOT / "cogs").glob("*.py"))
CODE = [*sorted((ROOT / "bot" / "ui").rglob("*.py")), *sorted((ROOT / "bot" / "web").rglob("*.py")), *COGS]
FOR_PROGRAMS = {ROOT / "bot" / "web" / name for name in ("connections.py", "server.py")}  # what no browser shows
MENU_LIMIT, LABEL_LIMIT, OPTION_LIMIT = 32, 80, 100  # Discord's, in characters
READER = "tests.support.sentences:extract"  # as pyproject.toml names it
Key = str | tuple[str, ...]
PATHS = sorted(LOCALE_DIR.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
LOCALES = [path.parent.parent.name for path in PATHS]


def said() -> set[Key]:
    """Every sentence that is marked in the code; a pair where it has a plural."""
    return {
        text
        for folder in FOLDERS
        for _file, _line, text, _comments, _context in extract_from_dir(
            ROOT / folder, [("**.py", READER)], keywords={SENTENCE: None, PLURAL: (1, 2)}
        )
    }


def said_in(path: Path) -> set[Key]:
    """The sentences of one file."""
    with path.open("rb") as file:
        return {text for _line, _marker, text, _comments in extract(file, (), (), {})}


def forms(message: Message) -> list[tuple[str, str]]:
    """Each form of a translation that is there, beside what it translates."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))] if message.string else []
    return [(message.id[1], text) for text in message.string or () if text]


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


def test_every_sentence_is_translated_into_simplified_chinese() -> None:
    known = {message.id for message in sentences(PATHS[LOCALES.index("zh_CN")]) if forms(message) and not message.fuzzy}

    assert said() - known == set(), "run `make words` and fill in what is empty"


@pytest.mark.parametrize("path", PATHS, ids=LOCALES)
def test_catalogues_have_the_sentences_of_the_code_and_no_others(path: Path) -> None:
    assert {message.id for message in sentences(path)} == said(), "run `make words`"


@pytest.mark.parametrize("path", PATHS, ids=LOCALES)
def test_translations_fill_in_the_same_names(path: Path) -> None:
    wrong = [
        m.id
        for m in sentences(path)
        for english, text in forms(m)
        if names(text) not in (names(english), names(m.id[0]) if m.pluralizable else None)  # "one job" has no number
    ]

    assert wrong == []


@pytest.mark.parametrize("path", PATHS, ids=LOCALES)
def test_plurals_have_all_forms_of_their_language_or_none(path: Path) -> None:
    catalogue = translated(path)
    wrong = [m.id for m in catalogue if m.pluralizable and len(forms(m)) not in (0, catalogue.num_plurals)]

    assert wrong == []


@pytest.mark.parametrize("path", PATHS, ids=LOCALES)
def test_translations_keep_commands_and_settings_as_they_are(path: Path) -> None:
    words = ("/imagine", "/jobs", "/easel resume", "RELAY_API_KEY", "--zoom", "Ctrl+Z", "Discord")
    wrong = [
        m.id
        for m in sentences(path)
        for english, text in forms(m)
        for word in words
        if (word in english) != (word in text)
    ]

    assert wrong == []


@pytest.mark.parametrize("path", PATHS, ids=LOCALES)
def test_translations_fit_where_they_are_shown(path: Path) -> None:
    in_modals = said_in(ROOT / "bot" / "ui" / "components" / "modals.py")
    of_commands = {text for cog in COGS for text in command_texts(cog.read_text(encoding="utf-8"))}
    menus = {name for name in of_commands if name in CONTEXT_MENUS}

    def limit(english: str) -> int:
        if english in menus:
            return MENU_LIMIT
        is_label = len(english) <= LABEL_LIMIT and not english.endswith(".") and "\n" not in english
        if english in in_modals:
            return TITLE_LIMIT if is_label else OPTION_LIMIT
        if english in of_commands:
            return OPTION_LIMIT
        return LABEL_LIMIT if is_label else 10_000

    everything = [
        pair for m in sentences(path) for english, text in forms(m) for pair in ((english, text), (english,) * 2)
    ]
    assert [(english, len(text)) for english, text in everything if len(text) > limit(english)] == []


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_escapes_the_catalogues(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    assert unreadable(source) == []
    assert unmarked(source) == [] or path in FOR_PROGRAMS


def test_sentences_in_f_strings_and_in_decorators_are_found() -> None:
    source = (
        b'@app_commands.command(description="Paint")\n@app_commands.describe(prompt="What")\ndef f():\n'
        b"    return f\"[{_('Open').render(x)}]\" + ngettext('{count} job', '{count} jobs', count=2)\n"
    )

    found = {text for _line, _marker, text, _comments in extract(io.BytesIO(source), (), (), {})}

    assert found == {"Paint", "What", "Open", ("{count} job", "{count} jobs")}


@pytest.mark.parametrize(
    "source", ["_(text)", '_(f"{n} jobs")', "command(description=TEXT)", "describe(prompt=f'{a}')"]
)
def test_a_sentence_that_stands_elsewhere_is_noticed(source: str) -> None:
    assert unreadable(source) == [1]


@pytest.mark.parametrize("source", ['Button(label="Go on")', 'TextDisplay(f"Hello {name}")', 'UserError("No.")'])
def test_a_sentence_without_its_mark_is_noticed(source: str) -> None:
    assert len(unmarked(source)) == 1


def test_the_share_that_is_done_is_told_in_the_documentation() -> None:
    assert (ROOT / "docs" / "languages.md").read_text(encoding="utf-8").endswith(table()), "run `make words`"


def test_the_compiled_catalogue_is_what_people_read() -> None:
    assert catalogue("zh-CN").gettext("Repaint") == "重绘", "make setup compiles the catalogues"


def test_the_page_of_all_sentences_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make words`"
