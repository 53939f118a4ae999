"""The prompt language of Midjourney: read, checked before it costs anything, expanded and changed as text."""

from bot.prompts.aliases import (
    MAX_OPTIONS,
    MAX_PROMPT,
    apply_suffix,
    check_length,
    check_suffix,
    expand_options,
    option_name,
)
from bot.prompts.build import value_of, with_parameter, without_parameter
from bot.prompts.doubts import model_of
from bot.prompts.findings import Finding
from bot.prompts.folding import fold
from bot.prompts.linter import Report, lint
from bot.prompts.parser import parse
from bot.prompts.parts import Parameter, Prompt
from bot.prompts.permutations import count, expand
from bot.prompts.reading import NOTHING_OWN, Own, read
from bot.prompts.surroundings import without_surroundings
from bot.prompts.table import TABLE, Kind, Model, Severity, Spec

__all__ = [
    "MAX_OPTIONS",
    "MAX_PROMPT",
    "NOTHING_OWN",
    "TABLE",
    "Finding",
    "Kind",
    "Model",
    "Own",
    "Parameter",
    "Prompt",
    "Report",
    "Severity",
    "Spec",
    "apply_suffix",
    "check_length",
    "check_suffix",
    "count",
    "expand",
    "expand_options",
    "fold",
    "lint",
    "model_of",
    "option_name",
    "parse",
    "read",
    "value_of",
    "with_parameter",
    "without_parameter",
    "without_surroundings",
]
