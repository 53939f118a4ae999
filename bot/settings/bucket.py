"""Where kept pictures are, if not in the data folder: a bucket that speaks S3."""

import re
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from bot.settings.section import Section

# A bucket's name, and what stands before the keys in it. Source: AWS, "General purpose bucket naming rules".
_ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\w./-]*))?", re.ASCII)


class BucketSettings(Section):
    """The bucket, how it is reached, and how much of it is kept on this machine as well.

    The names that begin with AWS_ are those of every program that speaks S3.
    """

    names: ClassVar[Mapping[str, str]] = {
        "url": "pictures_url",
        "cache_mb": "pictures_cache_mb",
        "access_key_id": "aws_access_key_id",
        "secret_access_key": "aws_secret_access_key",
        "region": "aws_region",
        "endpoint": "aws_endpoint_url",
    }

    url: str = Field(
        default="", description="Where pictures are kept: s3://BUCKET/PREFIX; empty = the folder pictures in DATA_DIR."
    )
    cache_mb: int = Field(
        default=2000, ge=100, description="MB of the bucket's pictures that are kept in DATA_DIR as well."
    )
    access_key_id: SecretStr = Field(
        default=SecretStr(""), description="Key of the bucket; empty = the role that this machine has at AWS."
    )
    secret_access_key: SecretStr = Field(default=SecretStr(""), description="Secret of that key.")
    region: str = Field(default="", description="Region of the bucket; empty = us-east-1.")
    endpoint: str = Field(default="", description="Address of another provider than AWS.")

    @field_validator("url")
    @classmethod
    def _known_kind(cls, url: str) -> str:
        if url and not _ADDRESS.fullmatch(url):
            raise ValueError("must be s3:// with a bucket's name, for example s3://my-bucket/easel")
        return url

    @field_validator("endpoint")
    @classmethod
    def _is_address(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("must start with https://, for example https://s3.example.com")
        return url

    @property
    def has_whole_key(self) -> bool:
        """Whether the key has its secret, or both are left out."""
        return bool(self.access_key_id.get_secret_value()) == bool(self.secret_access_key.get_secret_value())

    @property
    def bucket(self) -> str:
        """Return the bucket's name; "" where pictures are kept in the data folder."""
        return self._parts()[0]

    @property
    def host(self) -> str:
        """Return whose bucket it is, as members may read it."""
        return urlsplit(self.endpoint).hostname or "Amazon S3"

    @property
    def folder(self) -> str:
        """Return what stands before every key in the bucket."""
        return self._parts()[1].strip("/")

    def _parts(self) -> tuple[str, str]:
        read = _ADDRESS.fullmatch(self.url)
        return (read[1], read[2] or "") if read else ("", "")
