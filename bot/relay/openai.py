"""Any picture model behind the OpenAI format: gpt-image, nano-banana, seedream, qwen-image, flux. docs/relay.md 13."""

from typing import Self

from typing_extensions import override

from bot.domain.engine import PictureSource
from bot.relay.http import RelayHttp
from bot.relay.openai_images import ImagesAdapter
from bot.settings import Settings


class OpenAI(ImagesAdapter):
    """The engine behind /draw."""

    name = "openai"
    has_regions = True

    @classmethod
    @override
    def from_settings(cls, http: RelayHttp, pictures: PictureSource, settings: Settings) -> Self:
        return cls(http, pictures, settings.engines.openai.table)
