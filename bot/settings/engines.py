"""Which engines are on, and how each of them is reached: a model for each engine.

What an engine does not name is the relay's.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import AnyHttpUrl, Field, JsonValue, SecretStr
from typing_extensions import override

from bot.domain.engine_info import ENGINES, OPERATIONS
from bot.settings.picture_models import MODELS, ModelTable, PictureModel, Way
from bot.settings.relays import Relay
from bot.settings.section import AsJson, Headers, Section, Words, first_fitting

PictureField = Literal["", "image_url", "image_urls", "image", "images", "reference_image_urls"]
ShapeField = Literal["", "aspect_ratio", "aspect_ratio+resolution", "image_size"]


class Access(NamedTuple):
    """Where an engine is reached, and the headers that carry its key."""

    base_url: str
    headers: dict[str, str]


class EngineAccess(Section):
    """What every engine has beside Midjourney, which is the relay's own."""

    base_url: AnyHttpUrl | None = Field(default=None, description="The engine's address; empty = the relay's.")
    api_key: SecretStr = Field(default=SecretStr(""), description="The engine's key; empty = the relay's.")
    headers: Headers = Field(
        default={"Authorization": SecretStr("Bearer {key}")},
        description="Headers for the engine as JSON; {key} is replaced.",
    )
    any_model: bool = Field(default=False, description="Whether members may type other models than those.")

    def models_of(self, kind: str) -> tuple[str, ...]:
        """Return the models that the owner named for an operation."""
        raise NotImplementedError

    def allows(self, kind: str, model: str) -> bool:
        """Tell whether a model may be asked for."""
        return self.any_model or model in self.models_of(kind)

    def units_of(self, model: str) -> int | None:  # noqa: ARG002 - some engines list units of their own
        """Return what a picture of a model costs where PRICES does not name it; None leaves it to PRICES."""
        return None

    def changes(self, model: str, *, is_masked: bool) -> bool:  # noqa: ARG002 - some engines' models differ
        """Tell whether a model changes a picture, and only what a mask marks of it."""
        return True

    def models_taken(self, operation: str, named: str) -> tuple[str, ...]:
        """Return the model that is named for an operation, else each that may be taken where none is."""
        return tuple(model for model in (named or OPERATIONS[operation].default_model,) if model)

    @property
    def is_apart(self) -> bool:
        """Whether it has an address or a key of its own, so that the choice among relays is none of its affair."""
        return self.base_url is not None or bool(self.api_key.get_secret_value())

    def access(self, relay: Relay) -> Access:
        """Return how to reach the engine, by a relay where it has nothing of its own."""
        key = self.api_key.get_secret_value() or relay.key.get_secret_value()
        return Access(
            str(self.base_url or relay.url),
            {name: value.get_secret_value().replace("{key}", key) for name, value in self.headers.items()},
        )


class EngineSettings(EngineAccess):
    """The same with a list of models."""

    models: Words = Field(description="Models that may be used, with commas.", min_length=1)

    @override
    def models_of(self, kind: str) -> tuple[str, ...]:
        return self.models


class IdeogramSettings(EngineSettings):
    """Ideogram's own."""

    prefix: ClassVar[str] = "ideogram_"

    headers: Headers = Field(
        default={"Api-Key": SecretStr("{key}")}, description="Headers for Ideogram as JSON; {key} is replaced."
    )
    models: Words = Field(
        default=(
            *("V_3", "V_3_FLASH", "V_3_TURBO", "V_3_QUALITY"),
            *("V_2", "V_2_TURBO", "V_2A", "V_2A_TURBO", "V_1", "V_1_TURBO"),
        ),
        description="Ideogram's models that may be used, with commas; those of version 3 by their rendering speed.",
        min_length=1,
    )
    path_prefix: str = Field(
        default="/ideogram",
        pattern=r"^(/[\w.-]+)*$",
        description="What stands before Ideogram's own paths; empty at the vendor's own address.",
    )
    bodies: Literal["form", "json"] = Field(
        default="form",
        description="How Ideogram 3 is asked: form, as the vendor wants it, or json, as some gateways do.",
    )

    @override
    def models_of(self, kind: str) -> tuple[str, ...]:
        newest = tuple(model for model in self.models if model.upper().startswith("V_3"))
        return newest if kind in ("edit", "reframe", "background") else self.models


class FalSettings(EngineSettings):
    """fal's own."""

    prefix: ClassVar[str] = "fal_"

    headers: Headers = Field(
        default={"Authorization": SecretStr("Key {key}")}, description="Headers for fal as JSON; {key} is replaced."
    )
    models: Words = Field(
        default=(
            "flux-pro/kontext/text-to-image",
            "flux-pro/kontext",
            "flux-pro/kontext/max/text-to-image",
            "flux-pro/kontext/max",
            "flux-pro/kontext/multi",
            "flux-pro/kontext/max/multi",
            "nano-banana-2",
            "nano-banana-2/edit",
            "flux-2-pro",
            "flux-2-pro/edit",
            "bytedance/seedream/v4/text-to-image",
            "bytedance/seedream/v4/edit",
            "flux-pro/v1/fill",
        ),
        description="fal's models that may be used, with commas; the first that fits is taken where none is named.",
        min_length=1,
    )
    any_model: bool = Field(
        default=False, description="Whether members may type other models of fal than those, at whatever price."
    )
    picture_fields: Annotated[dict[str, PictureField], AsJson] = Field(
        default={
            "*/text-to-image": "",
            "*/multi": "image_urls",
            "qwen-image-edit": "image_url",
            "qwen-image-edit-plus": "image_urls",
            "ideogram/character": "reference_image_urls",
            "*/edit": "image_urls",
            "*/kontext": "image_url",
            "*/kontext/max": "image_url",
            "*/image-to-image": "image_url",
            "*/redux": "image_url",
            "*/fill": "image_url",
            "*/inpaint*": "image_url",
            "*upscaler": "image_url",
        },
        description="Which of fal's models take pictures, as JSON: pattern and field; the first that fits counts.",
    )
    mask_fields: Annotated[dict[str, str], AsJson] = Field(
        default={"*/fill": "mask_url", "*/inpaint*": "mask_url"},
        description="Which of fal's models take a mask (white = repaint) with a picture, as JSON: pattern and field.",
    )
    shape_fields: Annotated[dict[str, ShapeField], AsJson] = Field(
        default={
            "*/fill": "",
            "*/inpaint*": "",
            "nano-banana": "aspect_ratio",
            "nano-banana/*": "aspect_ratio",
            "nano-banana-*": "aspect_ratio+resolution",
            "*kontext*": "aspect_ratio",
            "flux-pro/v1*ultra*": "aspect_ratio",
            "ideogram/v2*": "aspect_ratio",
            "*flux*": "image_size",
            "*seedream*": "image_size",
            "*qwen-image*": "image_size",
            "*recraft*": "image_size",
            "*ideogram*": "image_size",
        },
        description="How fal's models are asked for a shape, as JSON: pattern and field; the first that fits counts.",
    )
    extra_fields: Annotated[dict[str, dict[str, JsonValue]], AsJson] = Field(
        default={}, description="Fields that always go to some of fal's models, as JSON: pattern and fields."
    )
    foreign_models: Words = Field(
        default=("ideogram/v4*", "blackforestlabs/*", "bytedance/seedream/v5*"),
        description="Models at fal of other owners than fal-ai, as patterns with commas: their ids go as they are.",
    )

    @override
    def changes(self, model: str, *, is_masked: bool) -> bool:
        name = ENGINES["fal"].model_named(model)
        takes = self.mask_fields if is_masked else self.picture_fields
        return bool(first_fitting(takes, name)) and (is_masked or not first_fitting(self.mask_fields, name))

    @override
    def models_taken(self, operation: str, named: str) -> tuple[str, ...]:
        return (ENGINES["fal"].model_named(named),) if named else self.models


class JimengSettings(EngineSettings):
    """Jimeng's own."""

    prefix: ClassVar[str] = "jimeng_"

    models: Words = Field(
        default=("jimeng-4.5", "jimeng-4.0", "jimeng-3.0"),
        description="Jimeng's models that may be used, with commas; the first is taken where none is named.",
        min_length=1,
    )
    any_model: bool = Field(
        default=False, description="Whether members may type other models, any that the gateway has, at any price."
    )
    way: Way = Field(
        default=Way.COMPOSITIONS,
        description="Where Jimeng takes pictures: compositions, edits or generations.",
    )
    ratios: Words = Field(
        default=("1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3", "21:9"),
        description="Jimeng's shapes to suggest, with commas.",
    )
    resolutions: Words = Field(default=("1k", "2k", "4k"), description="Jimeng's resolutions to suggest, with commas.")
    sizes: Words = Field(
        default=(),
        description="Sizes to suggest, with commas, for relays of Jimeng that take a size instead of a ratio.",
    )

    @property
    def table(self) -> ModelTable:
        """How each of its models is asked. Source: docs/relay.md 11."""
        fields = {Way.COMPOSITIONS: "images", Way.EDITS: "image[]"}
        model = PictureModel(
            way=self.way,
            pictures=fields.get(self.way, "image"),
            max_pictures=10,
            shape="ratio+resolution",
            shapes=self.ratios,
            qualities=self.resolutions,
            max_n=10,
        )
        return ModelTable({", ".join(self.models): model, "*": model})

    @override
    def models_taken(self, operation: str, named: str) -> tuple[str, ...]:
        return (named or self.models[0],)


class OpenAISettings(EngineAccess):
    """Those of the picture models behind the OpenAI format."""

    prefix: ClassVar[str] = "openai_"
    names: ClassVar[Mapping[str, str]] = {"table": "openai_models"}

    table: Annotated[ModelTable, AsJson] = Field(
        default=MODELS,
        description="How each model is asked, as JSON; the first that fits is taken where none is named.",
    )

    @override
    def models_of(self, kind: str) -> tuple[str, ...]:
        return self.table.names

    @override
    def units_of(self, model: str) -> int | None:
        return self.table.get(model).units

    @override
    def changes(self, model: str, *, is_masked: bool) -> bool:
        return self.table.get(model).takes(1, is_masked=is_masked)

    @override
    def models_taken(self, operation: str, named: str) -> tuple[str, ...]:
        return (named,) if named else self.table.names


class KlingSettings(EngineSettings):
    """Kling's own."""

    prefix: ClassVar[str] = "kling_"

    models: Words = Field(
        default=(
            *("kling-v2-1", "kling-v3", "kling-v3-omni", "kling-image-o1"),
            *("kling-v2", "kling-v2-new", "kling-v1-5", "kling-v1"),
        ),
        description="Kling's models that may be used, with commas; the first that fits is taken where none is named.",
        min_length=1,
    )
    tryon_models: Words = Field(
        default=("kolors-virtual-try-on-v1", "kolors-virtual-try-on-v1-5"),
        description="Kling's models for trying clothes on that may be used, with commas.",
        min_length=1,
    )

    @override
    def models_of(self, kind: str) -> tuple[str, ...]:
        return self.tryon_models if kind == "tryon" else self.models

    @override
    def models_taken(self, operation: str, named: str) -> tuple[str, ...]:
        is_free = operation == "kling.imagine" and not named
        return self.models if is_free else super().models_taken(operation, named)


class EngineSections(Section):
    """The engines that are on, and each engine's own settings."""

    names: ClassVar[Mapping[str, str]] = {"on": "engines"}

    on: Words = Field(
        default=tuple(ENGINES),
        description="The engines that are on, with commas.",
    )
    ideogram: IdeogramSettings
    fal: FalSettings
    jimeng: JimengSettings
    kling: KlingSettings
    openai: OpenAISettings

    def of(self, engine: str) -> EngineAccess | None:
        """Return an engine's own settings; None of one that has none."""
        return next((value for name, value in self if name == engine and isinstance(value, EngineAccess)), None)
