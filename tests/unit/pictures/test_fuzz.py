"""Mutated real pictures of each format under the workers' limits: taken, or refused in a sentence, and nothing else."""

import asyncio
import contextlib
import io
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.errors import PictureError
from bot.pictures.workers import Lane, Limits
from sandbox.hostile_pictures import endless_jpeg
from tests.support.makers import picture

pytestmark = pytest.mark.exhaustive

pillow_heif.register_heif_opener()
EXAMPLES = 12  # of each format
ODD = [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff"]
LIMITS = Limits(cpu_s=5, memory_bytes=512 * 1024 * 1024, wall_s=60.0)
TASKS: list[tuple[str, dict[str, Any]]] = [
    ("take_input", {"limit": 20_000}),
    ("check_result", {}),
    ("fit", {"limit": 400}),
    ("gridded", {}),
    ("size", {}),
]
FRAMES = [Image.effect_noise((24, 16), 90).convert("RGB") for _frame in range(3)]


def moving(kind: str) -> bytes:
    buffer = io.BytesIO()
    FRAMES[0].save(buffer, kind, save_all=True, append_images=FRAMES[1:], duration=80)
    return buffer.getvalue()


EXIF = Image.Exif()
EXIF[0x0112] = 6
SEEDS = {
    "png": picture((24, 16), noise=True, exif=EXIF),
    "jpeg": picture((24, 16), "JPEG", noise=True, exif=EXIF),
    "progressive jpeg": picture((24, 16), "JPEG", noise=True, progressive=True),
    "scans": endless_jpeg(side=32, scans=4),
    "webp": picture((24, 16), "WEBP", noise=True, exif=EXIF),
    "lossless webp": picture((24, 16), "WEBP", noise=True, lossless=True),
    "gif": moving("GIF"),
    "apng": moving("PNG"),
    "moving webp": moving("WEBP"),
    "avif": picture((24, 16), "AVIF", noise=True),
    "moving avif": moving("AVIF"),
    "heic": picture((64, 64), "HEIF", noise=True),
    "film": b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(200),
}

Change = tuple[float, bytes, int]


def mutated(seed: bytes, changes: list[Change], cut: float) -> bytes:
    """The bytes with pieces overwritten, put in or taken out; most changes fall where headers are."""
    data = bytearray(seed)
    for where, piece, way in changes:
        place = int(where**2 * len(data))
        if way == 0:
            data[place : place + len(piece)] = piece
        elif way == 1:
            data[place:place] = piece
        else:
            del data[place : place + len(piece)]
    return bytes(data[: int(len(data) * cut) + 1] if cut < 0.9 else data)


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(
        st.tuples(
            st.floats(0, 0.999),
            st.one_of(st.binary(min_size=1, max_size=6), st.sampled_from(ODD)),
            st.integers(0, 2),
        ),
        min_size=1,
        max_size=4,
    ),
    cut=st.floats(0, 2),
    task=st.sampled_from(TASKS),
)
def test_mutated_pictures_are_taken_or_refused(
    name: str,
    changes: list[Change],
    cut: float,
    task: tuple[str, dict[str, Any]],
    fuzz_lane: Lane,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = tmp_path / "mutated"
    source.write_bytes(mutated(SEEDS[name], changes, cut))

    async def ask() -> None:
        with contextlib.suppress(PictureError):
            await fuzz_lane.run(task[0], name, source=str(source), **task[1])

    asyncio.run(ask())
    assert "cause=unexpected" not in caplog.text
    assert "worker ended" not in caplog.text


@pytest.fixture(scope="module")
def fuzz_lane() -> Any:
    lane = Lane("fuzz", LIMITS, workers=1)
    yield lane
    lane.close()
