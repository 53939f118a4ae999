"""Finds the sentences in the code: what Babel's own reader does, and also f-strings and the texts of commands.

`pyproject.toml` names `extract` to Babel as the reader of all Python files.
"""

import ast
from collections.abc import Iterator
from typing import IO

SENTENCE, PLURAL = "_", "ngettext"
# Where discord.py takes a text of a command, and by which keywords; None = by all of them.
COMMAND_TEXTS: dict[str, frozenset[str] | None] = {
    "command": frozenset({"description"}),
    "Group": frozenset({"description"}),
    "Choice": frozenset({"name"}),
    "ContextMenu": frozenset({"name"}),
    "describe": None,
}
# Where people are shown a text: by these keywords, or as what is handed to these.
SHOWN_KEYWORDS = frozenset({"label", "placeholder", "title", "content", "caption"})
SHOWING = frozenset({"TextDisplay", "UserError", "tell", "Label"})
CLASS_KEYWORDS = ("group_description", "description")  # of cogs and of groups of commands
Found = tuple[int, str, str | tuple[str, ...], list[str]]


def extract(file: IO[bytes], _keywords: object, _tags: object, options: object) -> Iterator[Found]:
    """Yield what Babel asks of a reader: line, marker, text or forms, comments."""
    del options  # there are none
    for node in ast.walk(ast.parse(file.read())):
        for marker, texts in texts_of(node):
            line = getattr(node, "lineno", 0)
            forms = [text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str)]
            if len(forms) == len(texts):
                yield line, marker, tuple(forms) if marker == PLURAL else forms[0], []


def command_texts(source: str) -> set[str]:
    """Collect what a cog says about its commands."""
    return {
        text.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) or (isinstance(node, ast.Call) and _name(node) in COMMAND_TEXTS)
        for _marker, texts in texts_of(node)
        for text in texts
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    }


def unmarked(source: str) -> list[tuple[int, str]]:
    """List the lines on which people are told something that is not marked, so that it stays English for everybody."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            shown = [keyword.value for keyword in node.keywords if keyword.arg in SHOWN_KEYWORDS]
            shown += node.args if _name(node) in SHOWING else []
            found += [(node.lineno, text) for one in shown if any(map(str.isalpha, text := _literal(one)))]
    return found


def _literal(node: ast.expr) -> str:
    """Return what stands as it is in a text: all of a plain one, what is around the values in an f-string."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(_literal, parts))
    return ""


def unreadable(source: str) -> list[int]:
    """List the lines on which something is marked whose text stands elsewhere, so that nobody can translate it."""
    return [
        text.lineno
        for node in ast.walk(ast.parse(source))
        for _marker, texts in texts_of(node)
        for text in texts
        if not (isinstance(text, ast.Constant) and isinstance(text.value, str)) and not _is_value(node)
    ]


def texts_of(node: ast.AST) -> Iterator[tuple[str, list[ast.expr]]]:
    """Yield the texts that stand in a call or at the head of a class, with their marker."""
    if isinstance(node, ast.ClassDef):
        yield from ((SENTENCE, [keyword.value]) for keyword in node.keywords if keyword.arg in CLASS_KEYWORDS)
    if not isinstance(node, ast.Call):
        return
    name = _name(node)
    if name == SENTENCE and node.args:
        yield SENTENCE, node.args[:1]
    elif name == PLURAL and isinstance(node.func, ast.Name):
        yield PLURAL, node.args[:2]
    elif name in COMMAND_TEXTS:
        wanted = COMMAND_TEXTS[name]
        for keyword in node.keywords:
            if wanted is None or keyword.arg in wanted:
                yield SENTENCE, [keyword.value]


def _is_value(node: ast.AST) -> bool:
    """Tell whether it is a choice of something that was typed or is known by its name, such as a model."""
    return isinstance(node, ast.Call) and _name(node) == "Choice"


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
