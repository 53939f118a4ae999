"""Files of prompts, as editors and spreadsheets write them."""

import contextlib
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.prompts.batch_files import COLUMNS, NAME_LIMIT, BatchRow, read_batch_file

TABLE = "prompt,engine,params,repeat,name\na red fox,,--ar 3:2,2,Fox\n\n一只狐狸,ideogram,,,\n"
ROWS = [
    BatchRow(2, "a red fox", "", "--ar 3:2", 2, "Fox"),
    BatchRow(4, "一只狐狸", "ideogram"),
]


def read(text: str | bytes, name: str = "prompts.csv", most: int = 100) -> list[BatchRow]:
    return read_batch_file(text.encode() if isinstance(text, str) else text, name, most)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_table_is_read_as_spreadsheets_write_it(encoding: str, separator: str, ending: str) -> None:
    data = TABLE.replace(",", separator).replace("\n", ending).encode(encoding)

    assert read(data) == ROWS


def test_a_text_has_a_prompt_a_line_commas_and_all() -> None:
    assert read("a fox, asleep\n\n  a cat; awake  \r\n", "prompts.txt") == [
        BatchRow(1, "a fox, asleep"),
        BatchRow(3, "  a cat; awake  "),
    ]


def test_a_prompt_with_a_separator_and_lines_stands_in_quotes() -> None:
    rows = read('prompt,name\n"a ""red"" fox,\nasleep",Fox\na cat,Cat\n')

    assert [(row.number, row.prompt, row.name) for row in rows] == [
        (2, 'a "red" fox,\nasleep', "Fox"),
        (4, "a cat", "Cat"),
    ]


def test_a_column_of_prompts_alone_is_a_table() -> None:
    assert [row.prompt for row in read('prompt\n"a fox, asleep"\na cat\n')] == ["a fox, asleep", "a cat"]


def test_columns_may_stand_in_any_order_and_be_left_out() -> None:
    assert read(" Name ;PROMPT;;\nFox;a fox;;\n") == [BatchRow(2, "a fox", name="Fox")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a fox\na cat\n", "must name its columns"),
        ("prompt,prompts\na,b\n", "a column “prompts” that is not known"),
        ("prompt,name,prompt\na,b,c\n", "a column “prompt” that is not known, or is there twice"),
        ('prompt,name\na fox,"Fox\n', "Line 2 cannot be read"),
        ('prompt,name\na cat,x\n"a" fox,Fox\n', "Line 3 cannot be read"),
        ("prompt,name\n", "no prompt in this file"),
        ("", "must name its columns"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not text"),
        ("prompt\n" + "a fox\n" * 101, "more than 100 prompts"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(text: str | bytes, says: str) -> None:
    with pytest.raises(UserError, match=says):
        read(text)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a fox, asleep,,,,1", "more cells"),
        (",,,,Fox", "no prompt"),
        ("a fox,,,0,", "no number of repeats"),
        ("a fox,,,many,", "no number of repeats"),
        ("a fox,,,-1,", "no number of repeats"),
        ("a fox,,,99999,", "no number of repeats"),
    ],
)
def test_a_line_that_cannot_be_read_says_why_and_spares_the_others(line: str, says: str) -> None:
    first, second = read(f"{','.join(COLUMNS)}\n{line}\na cat,,,,\n")

    assert first.problem is not None
    assert says in str(first.problem)
    assert second == BatchRow(3, "a cat")


def test_names_are_on_one_line_and_short() -> None:
    (row,) = read(f'prompt,name\na fox,"Red\nfox {"x" * 200}"\n')

    assert row.name.startswith("Red fox x")
    assert len(row.name) == NAME_LIMIT


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)


@given(st.lists(st.tuples(WORDS.filter(str.strip), WORDS), min_size=1, max_size=20), st.sampled_from([",", ";", "\t"]))
def test_what_a_spreadsheet_wrote_comes_back(rows: list[tuple[str, str]], separator: str) -> None:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=separator)
    writer.writerows([("prompt", "name"), *rows])

    found = read(written.getvalue())

    assert [row.prompt for row in found] == [prompt.strip() for prompt, _name in rows]
    assert [row.name for row in found] == [" ".join(name.split())[:NAME_LIMIT] for _prompt, name in rows]


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode), st.sampled_from(["a.csv", "a.txt"]))
def test_whatever_it_is_there_are_rows_or_a_sentence(data: bytes, name: str) -> None:
    with contextlib.suppress(UserError):
        assert 0 < len(read_batch_file(data, name, 50)) <= 50
