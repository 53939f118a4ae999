"""Jimeng in the OpenAI format, as jimeng-api and gateways speak it. Source: docs/relay.md 11."""

from typing import ClassVar, Self

from typing_extensions import override

from bot.domain.engine import PictureSource
from bot.errors import RefusalKind
from bot.relay.http import RelayHttp
from bot.relay.openai_images import ImagesAdapter
from bot.relay.refusals import VendorCodes
from bot.settings import Settings


class Jimeng(ImagesAdapter):
    """The engine behind /jimeng."""

    name = "jimeng"
    # Source: docs/relay.md 11.4.
    codes: ClassVar[VendorCodes] = {
        -1001: RefusalKind.INVALID,
        -1002: RefusalKind.UNSUPPORTED,
        -2000: RefusalKind.INVALID,
        -2002: RefusalKind.AUTH,
        -2003: RefusalKind.INVALID,
        -2004: RefusalKind.INVALID,
        -2006: RefusalKind.POLICY,
        -2007: RefusalKind.FAILED,
        -2009: RefusalKind.QUOTA,
    }

    @classmethod
    @override
    def from_settings(cls, http: RelayHttp, pictures: PictureSource, settings: Settings) -> Self:
        return cls(http, pictures, settings.engines.jimeng.table)
