"""Ideogram: every operation is one call that answers with the pictures. Source: docs/relay.md 9."""

import json
from typing import Annotated, Any, Self

from pydantic import Field
from typing_extensions import override

from bot.domain.engine import PictureSource
from bot.domain.job import Job, Result
from bot.domain.outcomes import Finished, Missing, Observation, SubmitOutcome
from bot.domain.requests import EngineRequest
from bot.errors import RefusalKind, RelayRefusedError, RelayUnclearError, UserError
from bot.language import _
from bot.relay import ideogram_v3
from bot.relay.answers import find_pictures, is_error
from bot.relay.engine_base import (
    MAX_SEED,
    POLICY,
    Answer,
    EngineAdapter,
    Objects,
    Options,
    Text,
    build_result,
    held_back,
    read_answer,
    read_options,
)
from bot.relay.http import PAINT_TIME_LIMIT_S, Part, RelayHttp, Upload, data_url
from bot.relay.refusals import refusal_in
from bot.settings import Settings

MAX_DESCRIPTIONS = 5
KEYCAP = "\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}"

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
Count = Annotated[int, Field(ge=1, le=8)]
Percent = Annotated[int, Field(ge=0, le=100)]


class GenerateOptions(Options):
    """What generate and remix have in common; aspects, models and styles are the engine's words."""

    aspect_ratio: str | None = None
    resolution: str | None = None
    model: str | None = None
    magic_prompt_option: str | None = None
    style_type: str | None = None
    negative_prompt: str | None = None
    seed: Seed | None = None
    num_images: Count | None = None


class RemixOptions(GenerateOptions):
    """How much of the picture stays."""

    image_weight: Annotated[int, Field(ge=1, le=100)] | None = None


class UpscaleOptions(Options):
    """How close the larger picture stays, and how much is added."""

    resemblance: Percent | None = None
    detail: Percent | None = None
    magic_prompt_option: str | None = None
    seed: Seed | None = None
    num_images: Count | None = None


class Picture(Answer):
    """One picture of an answer; it has no address where the safety check held it back."""

    url: Text = ""
    prompt: Text = ""
    resolution: Text = ""
    is_image_safe: Text = ""
    seed: Text = ""
    style_type: Text = ""

    @property
    def is_held_back(self) -> bool:
        """Whether the safety check keeps it from us."""
        return self.is_image_safe.casefold() == "false"


class Description(Answer):
    """One prompt for a picture."""

    text: Text = ""


class Pictures(Answer):
    """What all four operations answer with, each a part of it."""

    data: Annotated[list[Picture], Objects] = Field(default_factory=list)
    descriptions: Annotated[list[Description], Objects] = Field(default_factory=list)


class Ideogram(EngineAdapter):
    """The engine behind /ideogram."""

    name = "ideogram"

    def __init__(
        self,
        http: RelayHttp,
        pictures: PictureSource,
        prefix: str = "/ideogram",
        bodies: ideogram_v3.Body = "form",
        *,
        has_regions: bool = False,
    ) -> None:
        """Open the engine.

        Args:
            http: its client.
            pictures: where pictures are read and kept.
            prefix: what stands before the vendor's own paths.
            bodies: how version 3 is asked.
            has_regions: whether results offer to paint a part of them anew.
        """
        super().__init__(http, pictures)
        self._has_regions = has_regions
        self._prefix = prefix
        self._bodies = bodies

    @classmethod
    @override
    def from_settings(cls, http: RelayHttp, pictures: PictureSource, settings: Settings) -> Self:
        own = settings.engines.ideogram
        return cls(http, pictures, own.path_prefix, own.bodies, has_regions=bool(own.models_of("edit")))

    @override
    async def paint(self, job: Job, request: EngineRequest) -> SubmitOutcome:
        """See `EngineAdapter`."""
        call = self._call_version_3 if ideogram_v3.is_version_3(request) else self._call
        try:
            answer = await call(request)
        except RelayRefusedError as no:
            if no.status == 422:  # here it means nothing but the safety check
                raise RelayRefusedError(RefusalKind.POLICY, no.text, status=no.status) from no
            raise
        read = read_answer(Pictures, answer)
        if request.kind == "describe" and (text := _described(read)):
            return Finished(Result(text=text))
        if request.kind != "describe" and (read.data or find_pictures(answer)):
            return await self._result(job, request, read, answer)
        if is_error(answer):
            raise refusal_in(answer, job.written)
        raise RelayUnclearError("an answer without pictures or descriptions", answered=True)

    @override
    async def observe(self, job: Job) -> Observation:
        """See `EngineAdapter`: there are no tasks to look at."""
        return Missing()

    async def _call(self, request: EngineRequest) -> Any:
        path, prompt = f"{self._prefix}/{request.kind}", request.prompt
        match request.kind:
            case "generate":
                body = {"image_request": {"prompt": prompt} | _generate_options(GenerateOptions, request)}
                return await self._http.submit(path, body, time_limit_s=PAINT_TIME_LIMIT_S)
            case "remix":
                wanted: dict[str, Any] | None = {"prompt": prompt} | _generate_options(RemixOptions, request)
            case "upscale":
                # It must be there even if it says nothing.
                wanted = ({"prompt": prompt} if prompt else {}) | read_options(UpscaleOptions, request).fields()
            case "describe":
                wanted = None
            case kind:
                raise TypeError(f"ideogram has no {kind}")
        if not request.pictures:
            raise UserError(_("This needs a picture. Please add one."))
        text = {} if wanted is None else {"image_request": json.dumps(wanted, ensure_ascii=False)}
        parts = {"image_file": await self.upload(request.pictures[0])} | text
        return await self._http.submit_form(path, parts, time_limit_s=PAINT_TIME_LIMIT_S)

    async def _call_version_3(self, request: EngineRequest) -> Any:
        path = f"{self._prefix}/v1/ideogram-v3/{ideogram_v3.OPERATIONS[request.kind]}"
        fields = ideogram_v3.build_fields(request)
        if request.kind != "generate" and not request.pictures_for(""):
            raise UserError(_("This needs a picture. Please add one."))
        if self._bodies == "json":
            body = ideogram_v3.in_old_words(fields) | await self._encoded_pictures(request)
            return await self._http.submit(path, body, time_limit_s=PAINT_TIME_LIMIT_S)
        if not request.pictures:
            return await self._http.submit(path, fields, time_limit_s=PAINT_TIME_LIMIT_S)
        parts: dict[str, Part] = {**ideogram_v3.as_texts(fields), **await self._uploaded_pictures(request)}
        return await self._http.submit_form(path, parts, time_limit_s=PAINT_TIME_LIMIT_S)

    async def _uploaded_pictures(self, request: EngineRequest) -> dict[str, Part]:
        """The pictures as parts of a form, by their fields."""
        start, mask = _start_and_mask(request)
        parts: dict[str, Part] = {"image": await self.upload(start)} if start else {}
        if mask:
            parts["mask"] = Upload(await self._pictures.inverted(mask), "mask.png", "image/png")
        for role, field in ideogram_v3.REFERENCE_FIELDS.items():
            if keys := request.pictures_for(role):
                parts[field] = [await self.upload(key) for key in keys]
        return parts

    async def _encoded_pictures(self, request: EngineRequest) -> dict[str, Any]:
        """The pictures as data URLs, by their fields."""
        start, mask = _start_and_mask(request)
        body: dict[str, Any] = {"image": await self.data_url(start)} if start else {}
        if mask:
            body["mask"] = data_url(await self._pictures.inverted(mask))
        for role, field in ideogram_v3.REFERENCE_FIELDS.items():
            if keys := request.pictures_for(role):
                body[field] = [await self.data_url(key) for key in keys]
        return body

    async def _result(self, job: Job, request: EngineRequest, read: Pictures, answer: object) -> SubmitOutcome:
        shown = [picture for picture in read.data if picture.url and not picture.is_held_back]
        held = sum(picture.is_held_back for picture in read.data)
        sources = [picture.url for picture in shown] or ([] if held else find_pictures(answer))
        if held and not sources:
            return POLICY
        images = await self.build_images(job, sources)
        if not images:
            return Finished(Result())  # made and charged, but not to be read
        first = shown[0] if shown else Picture()
        facts: dict[str, object] = {
            "seed": first.seed,
            "resolution": first.resolution,
            "model": request.options.get("model"),
            "style": first.style_type,
        }
        final = first.prompt if first.prompt != request.prompt else ""
        told = facts | held_back(held, len(read.data))
        return Finished(build_result(images, told, final, has_regions=self._has_regions, is_flagged=held > 0))


def _start_and_mask(request: EngineRequest) -> tuple[str, str]:
    """The picture that an operation starts from, and the mask over it; "" where there is none."""
    start, mask, *_others = (*request.pictures_for(""), "", "")
    return start, mask if request.kind == "edit" else ""


def _generate_options(kind: type[GenerateOptions], request: EngineRequest) -> dict[str, Any]:
    options = read_options(kind, request)
    if options.aspect_ratio and options.resolution:
        raise UserError(_("Ideogram takes either a shape or a resolution. Please leave one of them out."))
    return options.fields()


def _described(read: Pictures) -> str:
    """The descriptions in the numbered form in which descriptions are read; some gateways put them elsewhere."""
    found = [one.text for one in read.descriptions] or [one.prompt for one in read.data]
    lines = [" ".join(text.split()) for text in found if text.strip()][:MAX_DESCRIPTIONS]
    return "\n\n".join(f"{number}{KEYCAP} {line}" for number, line in enumerate(lines, start=1))
