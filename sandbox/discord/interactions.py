"""The life of an interaction: 3 s to answer it, 15 minutes of its token, and what each answer does."""

import asyncio
import base64
import secrets
from typing import Any

from sandbox.discord.commands import OptionType
from sandbox.discord.components import check_modal, complete
from sandbox.discord.errors import ApiError, Problems, invalid
from sandbox.discord.events import Events
from sandbox.discord.limits import settable_flags
from sandbox.discord.messages import Messages
from sandbox.discord.model import Channel, Interaction, InteractionType, Message, MessageFlag, Payload, User
from sandbox.discord.payloads import Payloads
from sandbox.discord.state import State
from sandbox.wire import UploadedFile

ANSWER_WITHIN_S = 3.0  # real seconds, never scaled
TOKEN_LIFE_S = 15 * 60.0  # simulated
MOST_GUEST_FOLLOWUPS = 5  # where the app is installed to the user alone

MESSAGE, THINKING, SILENT, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
FITTING = {
    InteractionType.COMMAND: {MESSAGE, THINKING, MODAL},
    InteractionType.COMPONENT: {MESSAGE, THINKING, SILENT, UPDATE, MODAL},
    InteractionType.AUTOCOMPLETE: {CHOICES},
    # UPDATE only for a modal that a component opened; SILENT is accepted for all, as libraries rely on
    InteractionType.MODAL: {MESSAGE, THINKING, SILENT, UPDATE},
}


class Interactions:
    """All interactions and the answers to them."""

    def __init__(self, state: State, payloads: Payloads, events: Events, messages: Messages) -> None:
        self._state = state
        self._payloads = payloads
        self._events = events
        self._messages = messages
        self._by_token: dict[str, Interaction] = {}
        self._deadlines: dict[int, asyncio.TimerHandle] = {}
        self._settled: dict[int, asyncio.Event] = {}

    def start(
        self,
        kind: InteractionType,
        user: User,
        channel: Channel,
        data: Payload,
        *,
        locale: str,
        owners: dict[str, str],
        size_limit: int,
        message_id: int | None = None,
        triggered_by: Interaction | None = None,
    ) -> Interaction:
        """Tell the bot what a user did, and start its 3 seconds."""
        interaction_id = self._state.new_id()
        interaction = Interaction(
            interaction_id,
            _new_token(interaction_id),
            kind,
            user.id,
            channel.id,
            self._state.clock.now(),
            locale,
            owners,
            context=0 if channel.guild_id is not None else 1,
            size_limit=size_limit,
            data=data,
            message_id=message_id,
            triggered_by=triggered_by,
        )
        self._state.interactions[interaction.id] = interaction
        self._by_token[interaction.token] = interaction
        self._settled[interaction.id] = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._deadlines[interaction.id] = loop.call_later(ANSWER_WITHIN_S, self._settle, interaction, "failed")
        self._tell(interaction)
        self._events.interaction_created(interaction)
        return interaction

    async def wait_settled(self, interaction: Interaction) -> None:
        """Return once the interaction was answered or failed."""
        await self._settled[interaction.id].wait()

    def view(self, interaction: Interaction) -> Payload:
        """What the acting user can know: the state, an open modal, and the answer's message."""
        submitted = interaction.submitted_as
        is_open = submitted is None or submitted.state == "failed"
        return {
            "state": interaction.state,
            "modal": interaction.modal if is_open else None,
            "message_id": None if interaction.original_id is None else str(interaction.original_id),
        }

    def stop(self) -> None:
        """Let no deadline fire any more."""
        for deadline in self._deadlines.values():
            deadline.cancel()

    def respond(self, interaction_id: int, token: str, body: Payload, files: dict[int, UploadedFile]) -> Payload:
        """Take the bot's first answer; returns what `with_response` asks for."""
        interaction = self._by_token.get(token)
        if interaction is None or interaction.id != interaction_id or interaction.state == "failed":
            raise ApiError(10062)
        if interaction.state == "acknowledged":
            raise ApiError(40060)
        kind, data = body.get("type"), body.get("data") or {}
        fitting = FITTING[interaction.type]
        if kind == UPDATE and interaction.message_id is None:
            fitting = fitting - {UPDATE}
        if kind not in fitting:
            raise invalid("type", "BASE_TYPE_CHOICES", f"Value must be one of {tuple(sorted(fitting))}.")
        message = self._answer(interaction, kind, data, files)
        self._settle(interaction, "acknowledged")
        return self._callback(interaction, kind, message)

    def of_token(self, application_id: int, token: str) -> Interaction:
        """The interaction behind a webhook route, or Discord's refusal."""
        interaction = self._by_token.get(token)
        if interaction is None or application_id != self._state.application_id:
            raise ApiError(10015)
        if self._state.clock.elapsed(interaction.created_at) > TOKEN_LIFE_S:
            raise ApiError(50027)
        if interaction.state != "acknowledged":
            raise ApiError(10015)
        return interaction

    def message_of(self, interaction: Interaction, reference: str) -> Message:
        """The message that a webhook route names: `@original`, or the id of one that this token wrote."""
        wanted = interaction.original_id if reference == "@original" else int(reference)
        message = self._channel(interaction).messages.get(wanted or 0)
        if message is None:
            raise ApiError(10008)
        is_own = message.metadata is not None and message.metadata["id"] == str(interaction.id)
        if not is_own and message.id != interaction.original_id:
            raise ApiError(10008)
        return message

    def edit(
        self, interaction: Interaction, message: Message, body: Payload, files: dict[int, UploadedFile]
    ) -> Message:
        """Edit a message by the token; writing to the "thinking" message ends the thinking."""
        edited = self._messages.edit(
            self._channel(interaction), message, body, files, size_limit=interaction.size_limit
        )
        if message.id == interaction.original_id:
            interaction.is_deferred = False
        return edited

    def delete(self, interaction: Interaction, message: Message) -> None:
        """Delete a message by the token."""
        self._messages.delete(message)
        if message.id == interaction.original_id:
            interaction.is_deferred = False

    def follow_up(self, interaction: Interaction, body: Payload, files: dict[int, UploadedFile]) -> Message:
        """Write a follow-up; the first one after "thinking" becomes that message instead."""
        if interaction.is_deferred and interaction.original_id is not None:
            thinking = self.message_of(interaction, "@original")
            return self.edit(interaction, thinking, body, files)
        interaction.followups += 1
        if "0" not in interaction.owners and interaction.followups > MOST_GUEST_FOLLOWUPS:
            raise ApiError(40094)
        flags = settable_flags(body.get("flags"), may_hide=True)
        draft = self._draft(interaction, is_ephemeral=bool(flags & MessageFlag.EPHEMERAL))
        draft.metadata = self._payloads.metadata(interaction, original_id=interaction.original_id)
        draft.reply_to = interaction.original_id
        draft.is_followup = True
        return self._create(interaction, draft, body, files)

    def _answer(
        self, interaction: Interaction, kind: int, data: Payload, files: dict[int, UploadedFile]
    ) -> Message | None:
        if kind == CHOICES:
            interaction.choices = _checked_choices(data, _focused(interaction.data))
            return None
        if kind == MODAL:
            check_modal(data, self._state.emojis)
            interaction.modal = {
                "custom_id": data["custom_id"],
                "title": data["title"],
                "components": complete(data["components"], lambda _url: None),
            }
            return None
        if kind in (SILENT, UPDATE):
            interaction.original_id = interaction.message_id
            source = self._channel(interaction).messages.get(interaction.message_id or 0)
            if source is None or kind == SILENT:
                return source
            return self._messages.edit(
                self._channel(interaction), source, data, files, size_limit=interaction.size_limit
            )
        if kind == THINKING and int(data.get("flags") or 0) & MessageFlag.COMPONENTS_V2:
            raise invalid("data.flags", "BITFIELD_INVALID", "Only EPHEMERAL can be set on a deferral.")
        is_ephemeral = bool(int(data.get("flags") or 0) & MessageFlag.EPHEMERAL)
        draft = self._draft(interaction, is_ephemeral=is_ephemeral)
        if interaction.type == InteractionType.COMPONENT:
            draft.reply_to = interaction.message_id
        if kind == THINKING:
            draft.flags |= MessageFlag.EPHEMERAL if is_ephemeral else 0
            self._messages.show_thinking(self._channel(interaction), draft)
            interaction.is_deferred = True
        else:
            self._create(interaction, draft, data, files)
        interaction.original_id = draft.id
        return draft

    def _draft(self, interaction: Interaction, *, is_ephemeral: bool) -> Message:
        return Message(
            self._state.new_id(),
            interaction.channel_id,
            self._state.bot.id,
            self._state.clock.now(),
            metadata=self._payloads.metadata(interaction),
            is_webhook=True,
            visible_to=interaction.user_id if is_ephemeral else None,
        )

    def _create(
        self, interaction: Interaction, draft: Message, body: Payload, files: dict[int, UploadedFile]
    ) -> Message:
        # answers have no nonce: a repeated follow-up is a second message
        plain = {key: value for key, value in body.items() if key not in ("nonce", "enforce_nonce")}
        return self._messages.create(
            self._channel(interaction), self._state.bot, plain, files, size_limit=interaction.size_limit, origin=draft
        )

    def _callback(self, interaction: Interaction, kind: int, message: Message | None) -> Payload:
        about: Payload = {"id": str(interaction.id), "type": int(interaction.type)}
        if message is None:
            return {"interaction": about}
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": bool(message.flags & MessageFlag.LOADING),
            "response_message_ephemeral": message.is_ephemeral,
            "channel_id": str(interaction.channel_id),
        }
        if kind not in (MESSAGE, UPDATE):
            return {"interaction": about}
        shown = self._payloads.message(message, viewer_id=self._state.bot.id)
        return {"interaction": about, "resource": {"type": kind, "message": shown}}

    def _settle(self, interaction: Interaction, state: Any) -> None:
        interaction.state = state
        self._deadlines.pop(interaction.id).cancel()
        self._settled[interaction.id].set()
        self._tell(interaction)

    def _tell(self, interaction: Interaction) -> None:
        ids = {
            "id": str(interaction.id),
            "user_id": str(interaction.user_id),
            "channel_id": str(interaction.channel_id),
        }
        self._events.feed("INTERACTION", ids | self.view(interaction))

    def _channel(self, interaction: Interaction) -> Channel:
        channel = self._state.channels.get(interaction.channel_id)
        if channel is None:
            raise ApiError(10003)
        return channel


def _new_token(interaction_id: int) -> str:
    text = f"interaction:{interaction_id}:{secrets.token_urlsafe(96)}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _focused(data: Payload) -> OptionType:
    """The kind of the option that is being typed."""
    for option in data.get("options") or []:
        if option.get("focused"):
            return OptionType(option["type"])
        if option.get("options"):
            return _focused(option)
    return OptionType.STRING


def _checked_choices(data: Payload, kind: OptionType) -> list[Payload]:
    choices: list[Payload] = data.get("choices") or []
    problems = Problems()
    problems.length("data.choices", choices, 0, 25)
    for index, choice in enumerate(choices):
        problems.length(f"data.choices.{index}.name", choice.get("name"), 1, 100, required=True)
        if isinstance(choice.get("value"), str):
            problems.length(f"data.choices.{index}.value", choice["value"], 1, 100)
        if isinstance(choice.get("value"), str) != (kind == OptionType.STRING):
            code = "STRING_TYPE_CONVERT" if kind == OptionType.STRING else "NUMBER_TYPE_COERCE"
            problems.add(f"data.choices.{index}.value", code, f"This is no value of a {kind.name.lower()} option.")
    problems.refuse()
    return choices
