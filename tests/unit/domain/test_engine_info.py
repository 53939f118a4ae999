"""One value for each engine, from which its files are one step away."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from bot.domain.engine_info import ENGINES, OPERATIONS, OTHER_ENGINES, get_title
from bot.domain.requests import EngineRequest
from bot.domain.rules import MIDJOURNEY


def classes_of(module: str) -> Iterator[Any]:
    return (value for value in vars(importlib.import_module(module)).values() if isinstance(value, type))


@pytest.mark.parametrize("name", ENGINES)
def test_a_name_leads_to_the_adapter_the_commands_and_the_fake(name: str) -> None:
    info = ENGINES[name]

    assert name in [getattr(each, "name", None) for each in classes_of(info.adapter)]
    assert hasattr(importlib.import_module(info.cog), "setup")
    assert name in [each.__name__.casefold() for each in classes_of(info.fake)] or name == MIDJOURNEY


def test_operations_are_named_as_their_requests_are() -> None:
    names = {EngineRequest(engine=info.name, kind=each.kind).name for info in OTHER_ENGINES for each in info.operations}

    assert names == {name for name in OPERATIONS if "." in name}


def test_what_makes_pictures_larger_is_offered_for_pictures() -> None:
    larger = {operation.upscaled_by for operation in OPERATIONS.values() if operation.upscaled_by}

    assert larger == {"ideogram.upscale"}
    assert all(OPERATIONS[name].picture_title for name in larger)


@pytest.mark.parametrize(("name", "title"), [("kling", "Kling"), ("midjourney", "Midjourney"), ("dalle", "dalle")])
def test_engines_that_are_not_known_are_called_as_they_are_stored(name: str, title: str) -> None:
    assert get_title(name) == title
