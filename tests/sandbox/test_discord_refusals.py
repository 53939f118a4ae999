"""What Discord refuses, the loopback refuses, with the same code at the same place of the error tree."""

from typing import Any

import pytest

from tests.sandbox.discord_caller import FIELD, V2, Caller, button, has_problem, label, menu, modal, row, text

POLL = {"question": {"text": "Which?"}, "answers": [{"poll_media": {"text": "a"}}]}
SENDS = [
    ({}, 50006, ""),
    ({"content": "  "}, 50006, ""),
    ({"content": "x" * 2001}, 50035, "content"),
    ({"content": "x", "nonce": "n" * 26}, 50035, "nonce"),
    ({"embeds": [{"title": "x" * 257}]}, 50035, "embeds.0.title"),
    ({"embeds": [{"description": "x" * 4096}] * 2}, 50035, "embeds"),
    ({"embeds": [{"title": "x"}] * 11}, 50035, "embeds"),
    ({"embeds": [{"image": {"url": "attachment://no.png"}}]}, 50035, "components"),
    ({"content": "x", "components": [row(button())] * 6}, 50035, "components"),
    ({"content": "x", "components": [row(*(button(str(n)) for n in range(6)))]}, 50035, "components.0.components"),
    (
        {"content": "x", "components": [row(button(), button())]},
        50035,
        "components.0.components.1.custom_id",
    ),
    ({"content": "x", "components": [row(button("c" * 101))]}, 50035, "components.0.components.0.custom_id"),
    ({"content": "x", "components": [row(button(label="l" * 81))]}, 50035, "components.0.components.0.label"),
    ({"content": "x", "components": [row(button(label=None))]}, 50035, "components.0.components.0"),
    ({"content": "x", "components": [row(button(style=5))]}, 50035, "components.0.components.0"),
    ({"content": "x", "components": [row({"type": 2, "style": 5})]}, 50035, "components.0.components.0.url"),
    ({"content": "x", "components": [row(button(), menu())]}, 50035, "components.0"),
    ({"content": "x", "components": [row(menu(max_values=2))]}, 50035, "components.0.components.0.max_values"),
    ({"content": "x", "components": [button()]}, 50035, "components.0.type"),
    ({"content": "x", "components": [text()]}, 50035, "components.0.type"),
    ({"content": "x", "components": [text()], "flags": V2}, 50035, "content"),
    ({"components": [text("x" * 2001)] * 2, "flags": V2}, 50035, "components"),
    ({"components": [text()] * 41, "flags": V2}, 50035, "components"),
    ({"components": [{"type": 9, "components": [text()]}], "flags": V2}, 50035, "components.0.accessory"),
    ({"components": [{"type": 12, "items": []}], "flags": V2}, 50035, "components.0.items"),
    (
        {"components": [{"type": 13, "file": {"url": "https://a.test/x"}}], "flags": V2},
        50035,
        "components.0.file.url",
    ),
    (
        {"components": [{"type": 17, "components": [{"type": 17, "components": [text()]}]}], "flags": V2},
        50035,
        "components.0.components.0.type",
    ),
    ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, 50035, "allowed_mentions"),
    ({"content": "x", "allowed_mentions": {"parse": ["friends"]}}, 50035, "allowed_mentions.parse.0"),
    ({"content": "x", "allowed_mentions": {"users": ["1"] * 101}}, 50035, "allowed_mentions.users"),
    ({"content": "x", "message_reference": {"message_id": "1"}}, 50035, "message_reference"),
    ({"content": "x", "attachments": [{"id": 0, "description": "x" * 1025}]}, 50035, "attachments.0.description"),
    ({"content": "x", "attachments": [{"id": 0}] * 11}, 50035, "attachments"),
    *(
        ({"content": "x", "components": [row(button(emoji=emoji))]}, 50035, f"components.0.components.0.emoji.{field}")
        for emoji, field in [
            ({"name": "upscale_1"}, "name"),
            ({"name": ""}, "name"),
            ({}, "name"),
            ({"name": "👍👍"}, "name"),
            ({"name": "x", "id": "123456789012345678"}, "id"),
        ]
    ),
    (
        {
            "content": "x",
            "components": [row(menu(options=[{"label": "a", "value": "a", "emoji": {"name": "pen"}}]))],
        },
        50035,
        "components.0.components.0.options.0.emoji.name",
    ),
    ({"content": "x", "components": [row(button(emoji="👍"))]}, 50035, "components.0.components.0.emoji"),
    ({"embeds": [{"title": "x", "url": "notaurl"}]}, 50035, "embeds.0.url"),
    ({"embeds": [{"title": "x", "url": "attachment://a.png"}]}, 50035, "embeds.0.url"),
    (
        {"embeds": [{"author": {"name": "x", "icon_url": "data:image/png,a"}}]},
        50035,
        "embeds.0.author.icon_url",
    ),
    ({"embeds": [{"title": "x", "color": 0x1000000}]}, 50035, "embeds.0.color"),
    ({"embeds": [{"title": "x", "color": -1}]}, 50035, "embeds.0.color"),
    ({"embeds": [{"title": "x", "timestamp": "yesterday"}]}, 50035, "embeds.0.timestamp"),
    ({"embeds": [{}]}, 50035, "embeds.0.description"),
    ({"content": "x", "sticker_ids": ["1"]}, 50081, ""),
    ({"content": "x", "poll": {"question": {"text": "?"}, "answers": []}}, 50035, "poll.answers"),
    ({"content": "x", "poll": {"answers": [{"poll_media": {"text": "a"}}]}}, 50035, "poll.question"),
    (
        {"content": "x", "poll": {"question": {"text": "?"}, "answers": [{"poll_media": {"text": "a" * 56}}]}},
        50035,
        "poll.answers.0.poll_media.text",
    ),
    ({"content": "x", "poll": POLL, "flags": V2}, 50035, "content"),
    ({"embeds": [{"description": "x" * 4097}]}, 50035, "embeds.0.description"),
    ({"embeds": [{"footer": {"text": "x" * 2049}}]}, 50035, "embeds.0.footer.text"),
    ({"embeds": [{"author": {"name": "x" * 257}}]}, 50035, "embeds.0.author.name"),
    ({"embeds": [{"fields": [{"name": "a", "value": "b"}] * 26}]}, 50035, "embeds.0.fields"),
    ({"embeds": [{"fields": [{"name": "x" * 257, "value": "b"}]}]}, 50035, "embeds.0.fields.0.name"),
    ({"embeds": [{"fields": [{"name": "a", "value": "x" * 1025}]}]}, 50035, "embeds.0.fields.0.value"),
    ({"embeds": [{"image": {"url": "ftp://a.test/x"}}]}, 50035, "embeds.0.image.url"),
    ({"content": "x", "components": [row(button(style=9))]}, 50035, "components.0.components.0.style"),
    ({"content": "x", "components": [row(button(url="https://a.test"))]}, 50035, "components.0.components.0"),
    (
        {"content": "x", "components": [row(menu(placeholder="x" * 151))]},
        50035,
        "components.0.components.0.placeholder",
    ),
    ({"content": "x", "components": [row(menu(min_values=26))]}, 50035, "components.0.components.0.min_values"),
    ({"content": "x", "components": [row(menu(options=[]))]}, 50035, "components.0.components.0.options"),
    (
        {"content": "x", "components": [row(menu(options=[{"label": "a", "value": "a"}] * 26))]},
        50035,
        "components.0.components.0.options",
    ),
    (
        {"content": "x", "components": [row(menu(options=[{"label": "a", "value": "a"}] * 2))]},
        50035,
        "components.0.components.0.options",
    ),
    (
        {"content": "x", "components": [row(menu(options=[{"label": "x" * 101, "value": "a"}]))]},
        50035,
        "components.0.components.0.options.0.label",
    ),
    ({"components": [{"type": 10, "content": "x" * 4001}], "flags": V2}, 50035, "components.0.content"),
    ({"components": [text() | {"id": 7}] * 2, "flags": V2}, 50035, "components.1.id"),
    ({"components": [text()], "embeds": [{"title": "t"}], "flags": V2}, 50035, "embeds"),
    ({"content": 7}, 50035, "content"),
    ({"embeds": "all"}, 50035, "embeds"),
    ({"embeds": [None]}, 50035, "embeds.0"),
    (
        {"content": "x", "components": [row(button() | {"custom_id": ["a"]})]},
        50035,
        "components.0.components.0.custom_id",
    ),
    ({"content": "x", "flags": "many"}, 50035, "flags"),
    ({"content": "x", "message_reference": {"message_id": "that one"}}, 50035, "message_reference.message_id"),
]
OPTIONS = [{"label": str(number), "value": str(number)} for number in range(11)]
ANSWERS = [
    ({"type": 7, "data": {"content": "x"}}, "type"),
    ({"type": 8, "data": {"choices": []}}, "type"),
    ({"type": 5, "data": {"flags": V2}}, "data.flags"),
    (modal(label(FIELD), title="t" * 46), "data.title"),
    (modal(label(FIELD), custom_id=""), "data.custom_id"),
    (modal(), "data.components"),
    (modal(*(label(FIELD | {"custom_id": str(n)}) for n in range(6))), "data.components"),
    (modal(label(FIELD), label(FIELD)), "data.components.1.component.custom_id"),
    (modal(label(FIELD) | {"label": "l" * 46}), "data.components.0.label"),
    (modal(label(FIELD | {"value": "v" * 4001})), "data.components.0.component.value"),
    (modal(label(menu(disabled=True))), "data.components.0.component.disabled"),
    (modal(label(menu(min_values=0))), "data.components.0.component.min_values"),
    (modal(label(button())), "data.components.0.component.type"),
    (modal(row(button())), "data.components.0.components.0.type"),
    (modal(row(FIELD)), "data.components.0.components.0.label"),
    (modal(label({"type": 4, "custom_id": "f"})), "data.components.0.component.style"),
    (modal(label(FIELD | {"min_length": 5, "max_length": 4})), "data.components.0.component.max_length"),
    (modal(label(FIELD | {"max_length": 4001})), "data.components.0.component.max_length"),
    (modal(label(FIELD | {"placeholder": "x" * 101})), "data.components.0.component.placeholder"),
    (modal(label(FIELD) | {"description": "x" * 101}), "data.components.0.description"),
    (modal(label({"type": 19, "custom_id": "u", "min_values": 0})), "data.components.0.component.min_values"),
    (modal(label({"type": 19, "custom_id": "u", "max_values": 11})), "data.components.0.component.max_values"),
    (modal(label({"type": 21, "custom_id": "r", "options": OPTIONS[:1]})), "data.components.0.component.options"),
    (modal(label({"type": 21, "custom_id": "r", "options": OPTIONS})), "data.components.0.component.options"),
    (modal(label({"type": 22, "custom_id": "c", "options": OPTIONS})), "data.components.0.component.options"),
    (modal({"type": 12, "items": []}), "data.components.0.type"),
    ({"type": 9, "data": {"custom_id": "m", "components": [label(FIELD)]}}, "data.title"),
    ({"type": 1}, "type"),
    ({"type": 4, "data": "hello"}, "data"),
]


def command(*options: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    return [{"name": "x", "description": "x", "options": list(options)} | fields]


def option(kind: int = 3, name: str = "a", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "description": "x"} | fields


SYNCS = [
    (command(option(2, options=[option(2)])), "0.options.0.options.0.type"),
    (command(option(1, options=[option(1)])), "0.options.0.options.0.type"),
    (command(option(2, options=[option(3)])), "0.options.0.options.0.type"),
    (command(option(1), option(3, "b")), "0.options"),
    (command(option(12)), "0.options.0.type"),
    (command(option(4, choices=[{"name": "a", "value": "a"}])), "0.options.0.choices.0.value"),
    (command(option(3, choices=[{"name": "a", "value": 1}])), "0.options.0.choices.0.value"),
    (command(option(10, choices=[{"name": "a", "value": "1.5"}])), "0.options.0.choices.0.value"),
    (command(option(4, min_value="low")), "0.options.0.min_value"),
    (command(option(7, channel_types=[99])), "0.options.0.channel_types.0"),
    (command(contexts=[3]), "0.contexts.0"),
    (command(contexts=[]), "0.contexts"),
    (command(contexts=[0, 0]), "0.contexts"),
    (command(integration_types=[2]), "0.integration_types.0"),
    (command(type=9), "0.type"),
    (command(option(), option()), "0.options.1.name"),
    (
        command(option(name_localizations={"de": "bild"}), option(name="b", name_localizations={"de": "bild"})),
        "0.options.1.name",
    ),
    (command(name_localizations={"xx": "y"}), "0.name_localizations"),
    (command(name_localizations={"de": "Mit Leerzeichen"}), "0.name_localizations.de"),
    (command(description_localizations={"de": "x" * 101}), "0.description_localizations.de"),
    ([{"type": 3, "name": "Look", "name_localizations": {"de": "x" * 33}}], "0.name_localizations.de"),
    (
        command(option(choices=[{"name": "a", "value": "a", "name_localizations": {"de": "x" * 101}}])),
        "0.options.0.choices.0.name_localizations.de",
    ),
    (
        command(option(choices=[{"name": "a", "value": "a", "name_localizations": {"xx": "x"}}])),
        "0.options.0.choices.0.name_localizations",
    ),
    (command(description="x" * 101), "0.description"),
    (command(*(option(name=f"o{n}") for n in range(26))), "0.options"),
    (command(option(choices=[{"name": str(n), "value": str(n)} for n in range(26)])), "0.options.0.choices"),
    (command(option(choices=[{"name": "a", "value": "a"}, {"name": "a", "value": "b"}])), "0.options.0.choices"),
    (command(option(choices=[{"name": "a", "value": "x" * 101}])), "0.options.0.choices.0.value"),
    (command(option(choices=[{"name": "a", "value": "a"}], autocomplete=True)), "0.options.0"),
    (command(option(6, autocomplete=True)), "0.options.0"),
    (command(option(4, min_value=2, max_value=1)), "0.options.0.max_value"),
    (command(option(max_length=6001)), "0.options.0.max_length"),
    ([{"name": "x", "type": 3, "description": "x"}], "0.description"),
    ([{"name": "x", "description": 7}], "0.description"),
    ([{"name": "x", "description": "x", "options": "many"}], "0.options"),
    ({"name": "x"}, ""),
    ([{"name": "Upper", "description": "x"}], "0.name"),
    ([{"name": "with space", "description": "x"}], "0.name"),
    ([{"name": "x" * 33, "description": "x"}], "0.name"),
    ([{"name": "x", "description": ""}], "0.description"),
    ([{"name": "x", "description": "x"}] * 2, "1"),
    ([{"name": f"x{n}", "description": "x"} for n in range(101)], ""),
    ([{"name": f"x{n}", "type": 3} for n in range(16)], ""),
    (
        [{"name": "x", "description": "x", "options": [{"type": 3, "name": "O", "description": "x"}]}],
        "0.options.0.name",
    ),
    (
        [
            {
                "name": "x",
                "description": "x",
                "options": [
                    {"type": 3, "name": "a", "description": "x"},
                    {"type": 3, "name": "b", "description": "x", "required": True},
                ],
            }
        ],
        "0.options.1",
    ),
    (
        [
            {
                "name": "x",
                "description": "x",
                "options": [
                    {"type": 3, "name": f"o{n}", "description": "d" * 100, "choices": choices}
                    for n in range(4)
                    for choices in [[{"name": f"{i:0100}", "value": f"{i:0100}"} for i in range(25)]]
                ],
            }
        ],
        "0",
    ),
]


@pytest.mark.parametrize(("body", "code", "path"), SENDS)
async def test_sends_are_refused(caller: Caller, body: dict[str, Any], code: int, path: str) -> None:
    status, answer = await caller.call("POST", caller.channel_path("studio") + "/messages", body)

    assert (status, answer["code"]) == (400, code)
    assert code != 50035 or has_problem(answer, path)
    assert caller.loopback.actor.messages("studio", "ana") == []


@pytest.mark.parametrize(("body", "path"), ANSWERS)
async def test_answers_are_refused(caller: Caller, body: dict[str, Any], path: str) -> None:
    callback, _ = await caller.interact()

    status, answer = await caller.call("POST", callback, body)

    assert (status, answer["code"]) == (400, 50035)
    assert has_problem(answer, path)


@pytest.mark.parametrize(("commands", "path"), SYNCS)
async def test_syncs_are_refused(caller: Caller, commands: list[Any], path: str) -> None:
    status, answer = await caller.call("PUT", f"/applications/{caller.loopback.state.bot.id}/commands", commands)

    assert (status, answer["code"]) == (400, 50035)
    assert has_problem(answer, path)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/channels/1", 404, 10003),
        ("GET", "{lounge}", 403, 50001),
        ("GET", "{lounge}/messages", 403, 50001),
        ("POST", "{no-posting}/typing", 403, 50013),
        ("GET", "{studio}/messages/1", 404, 10008),
        ("GET", "{studio}/messages?limit=101", 400, 50035),
        ("GET", "/users/1", 404, 10013),
        ("GET", "/guilds/1", 404, 10004),
        ("POST", "/interactions/1/nothing/callback", 404, 10062),
        ("POST", "/webhooks/1/nothing", 404, 10015),
        ("GET", "/applications/1/commands", 403, 20012),
    ],
)
async def test_calls_are_refused(caller: Caller, method: str, path: str, status: int, code: int) -> None:
    for name in ("lounge", "no-posting", "studio"):
        path = path.replace("{" + name + "}", caller.channel_path(name))

    body = {"type": 4, "data": {"content": "x"}} if "/interactions/" in path else {"content": "x"}
    answered, answer = await caller.call(method, path, body if "/nothing" in path else None)

    assert (answered, answer["code"]) == (status, code)


async def test_only_the_own_token_is_accepted(caller: Caller) -> None:
    status, answer = await caller.call("GET", "/users/@me", Authorization="Bot someone.elses.token")

    assert (status, answer) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_bot_edits_and_deletes_its_own_messages_only(caller: Caller) -> None:
    said = await caller.loopback.actor.say("ben", "studio", "mine")
    path = f"{caller.channel_path('studio')}/messages/{said['id']}"

    edited = await caller.call("PATCH", path, {"content": "yours"})
    deleted = await caller.call("DELETE", path)

    assert (edited[1]["code"], deleted[1]["code"]) == (50005, 50013)


async def test_unanswered_token_reaches_nothing(caller: Caller) -> None:
    _, token = await caller.interact()

    _, answer = await caller.call("POST", f"/webhooks/{caller.loopback.state.bot.id}/{token}", {"content": "x"})

    assert answer["code"] == 10015
