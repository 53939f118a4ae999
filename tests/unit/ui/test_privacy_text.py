"""What members read about who gets their pictures."""

import pytest

from bot.ui.panels.privacy import privacy_text
from tests.support.makers import make_settings


@pytest.mark.parametrize(
    ("changes", "recipients"),
    [
        ({}, "go to the relay at 127.0.0.1 and,"),
        ({"fal_base_url": "https://fal.example.com"}, "at 127.0.0.1, for some engines to fal.example.com and,"),
        ({"engines": "midjourney", "fal_base_url": "https://fal.example.com"}, "go to the relay at 127.0.0.1 and,"),
        (
            {"fal_base_url": "https://fal.example.com", "pictures_url": "s3://pics"},
            "for some engines to fal.example.com, pictures also to the storage at Amazon S3 and,",
        ),
        ({"pictures_url": "s3://pics"}, "at 127.0.0.1, pictures also to the storage at Amazon S3 and,"),
        (
            {"pictures_url": "s3://pics", "aws_endpoint_url": "https://s3.example.com:9000"},
            "at 127.0.0.1, pictures also to the storage at s3.example.com and,",
        ),
    ],
)
def test_it_names_whoever_gets_pictures(changes: dict[str, str], recipients: str) -> None:
    assert recipients in privacy_text(make_settings(**changes)).render("en-US")
