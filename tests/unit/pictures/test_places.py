"""Where pictures are kept as the settings say, and what the owner reads where that cannot be used."""

from pathlib import Path
from typing import Any

import pytest

from bot.clock import Clock
from bot.errors import SettingsError
from bot.pictures.bucket_stock import BucketStock
from bot.pictures.places import look_at_bucket, opened_stock
from bot.pictures.stock import Stock
from bot.settings import Settings
from tests.support import buckets
from tests.support.makers import make_settings
from tests.support.ports import ListedInMemory


def settings_of(folder: Path, bucket: dict[str, str], **changes: Any) -> Settings:
    named = {name.lower(): value for name, value in (bucket | changes).items()}
    return make_settings(data_dir=str(folder), **named)


async def test_without_a_bucket_pictures_are_in_the_data_folder(tmp_path: Path) -> None:
    stock = await opened_stock(make_settings(data_dir=str(tmp_path)), ListedInMemory(), Clock())

    assert type(stock) is Stock
    assert [path.name for path in tmp_path.iterdir()] == ["pictures"]  # noqa: ASYNC240 - one look at a folder


@pytest.mark.process
async def test_a_bucket_that_may_be_used_is_used(tmp_path: Path, bucket_settings: dict[str, str]) -> None:
    stock = await opened_stock(settings_of(tmp_path, bucket_settings), ListedInMemory(), Clock())

    assert isinstance(stock, BucketStock)
    assert buckets.keys_in(bucket_settings) == set()


@pytest.mark.process
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"PICTURES_URL": "s3://nobody-made-it"}, "There is no bucket nobody-made-it; make it"),
        ({"AWS_SECRET_ACCESS_KEY": "another's"}, "refuses; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        (
            {"AWS_ACCESS_KEY_ID": buckets.READER, "AWS_SECRET_ACCESS_KEY": buckets.READER_SECRET},
            "that they may list, read, write and delete",
        ),
    ],
    ids=["not there", "wrong secret", "may only read"],
)
async def test_a_bucket_that_refuses_is_one_sentence(
    changes: dict[str, str], sentence: str, tmp_path: Path, bucket_settings: dict[str, str]
) -> None:
    with pytest.raises(SettingsError, match=sentence) as refused:
        await opened_stock(settings_of(tmp_path, bucket_settings, **changes), ListedInMemory(), Clock())

    assert "\n" not in str(refused.value)


async def test_a_bucket_that_nobody_answers_for_is_one_sentence(tmp_path: Path, closed_port: int) -> None:
    bucket = {
        "PICTURES_URL": "s3://nowhere",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{closed_port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }

    with pytest.raises(SettingsError, match=f"cannot be reached at http://127.0.0.1:{closed_port}; check"):
        await look_at_bucket(settings_of(tmp_path, bucket).bucket, Clock())
