"""Engines, speeds and commands have one name for people, in menus and in refusals."""

import pytest

from bot.domain.feature_names import feature_name
from bot.domain.requests import EngineRequest, Imagine, Mode, Request
from bot.domain.server_rules import Key, ServerRules
from bot.jobs.gates import against_request
from bot.ui.panels.setup_view import FEATURES
from tests.support.makers import ANA, make_place

CAT, OF_KLING = Imagine(prompt="a cat"), EngineRequest(engine="kling", kind="imagine", prompt="a cat")


@pytest.mark.parametrize(
    ("kind", "name", "named"),
    [
        ("engine", "openai", "Draw"),
        ("mode", "turbo", "Turbo"),
        ("operation", "faceswap", "/faceswap"),
        ("operation", "kling.tryon", "/kling tryon"),
        ("operation", "openai.generate", "/draw"),
        ("operation", "gone.long", "gone.long"),
    ],
)
def test_feature_is_called_as_people_know_it(kind: str, name: str, named: str) -> None:
    assert str(feature_name(kind, name)) == named


def test_every_feature_that_can_be_kept_has_a_name_of_its_own() -> None:
    parts = [one.split(".", 1) for one in FEATURES.values()]
    named = [(kind, str(feature_name(kind, name))) for kind, name in parts]

    assert len(set(named)) == len(FEATURES)
    assert all(name.startswith("/") for kind, name in named if kind == "operation")


@pytest.mark.parametrize(
    ("feature", "request_", "named"),
    [("engine.kling", OF_KLING, "Kling"), ("mode.fast", CAT, "Fast"), ("operation.imagine", CAT, "/imagine")],
)
def test_refusal_names_it_so(feature: str, request_: Request, named: str) -> None:
    rules = ServerRules(201, {Key("server", f"only.{feature}"): []})

    (objection,) = against_request(rules, ANA, make_place(), request_, Mode.FAST)

    assert str(objection.sentence) == f"This server has switched {named} off."
