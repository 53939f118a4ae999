"""The picture of a finished task cannot be had at first, in every known way: it is fetched again, and posted once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.studio import Studio, open_studio

pytestmark = pytest.mark.asyncio(loop_scope="module")

PNG_HEADER = "\x89PNG"  # goes out as UTF-8, which is no PNG any more


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path_factory.mktemp("pictures"), speed=60.0) as opened:
        await opened.result(await opened.imagine())  # painted once for all
        yield opened
        opened.clear_faults()


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 404, "body": "This content is no longer available."},
        {"status": 403, "body": "expired"},
        {"status": 302, "headers": {"Location": "http://169.254.169.254/latest/meta-data"}},
        {"status": 200, "body": {"not": "a picture"}},
        {"status": 200, "body": "<html><body>Sign in</body></html>"},
        {"status": 200},
        {"status": 200, "body": PNG_HEADER, "headers": {"Content-Type": "image/png"}},
        {"drop": "before"},
    ],
    ids=["404", "expired", "redirect inside", "wrong type", "html", "0 bytes", "truncated", "reset"],
)
async def test_a_picture_that_cannot_be_had_at_first_is_posted_after_all(studio: Studio, fault: dict[str, Any]) -> None:
    # Previews come from such addresses as well, but their names end in the percentage.
    studio.relay_fault("GET", "/attachments/*[0-9a-f][0-9a-f][0-9a-f][0-9a-f].png", **fault)

    job = await studio.imagine()
    result = await studio.result(job, within_s=40.0)

    assert studio.relay.wire.faults.pop().times == 0
    assert result["attachments"][0]["filename"] == f"easel-{job.id}.png"
