"""ZIP files that are made while they are sent."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from bot.pictures.zip_stream import PIECE_BYTES, ZipStream


async def packed(stream: ZipStream, name: str, path: Path) -> bytes:
    return b"".join([piece async for piece in stream.add(name, path)])


async def test_files_come_out_as_they_went_in(tmp_path: Path) -> None:
    large, empty = tmp_path / "large", tmp_path / "empty"
    large.write_bytes(bytes(range(256)) * (PIECE_BYTES // 100))
    empty.write_bytes(b"")
    stream = ZipStream()

    data = await packed(stream, "猫.png", large) + await packed(stream, "empty.png", empty)
    data += stream.add_bytes("table.csv", b"line\n") + stream.end()

    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    assert archive.read("猫.png") == large.read_bytes()
    assert (archive.read("empty.png"), archive.read("table.csv")) == (b"", b"line\n")


async def test_a_file_that_is_not_there_leaves_no_trace(tmp_path: Path) -> None:
    stream = ZipStream()

    with pytest.raises(FileNotFoundError):
        await packed(stream, "gone.png", tmp_path / "gone")

    assert zipfile.ZipFile(io.BytesIO(stream.end())).namelist() == []


async def test_half_a_gigabyte_takes_a_few_megabytes_of_memory(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(64 * PIECE_BYTES)  # holes: eight times the same file
    stream, sent = ZipStream(), 0
    tracemalloc.start()

    for number in range(8):
        async for piece in stream.add(f"{number}.mp4", film):
            sent += len(piece)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sent > 512 * PIECE_BYTES
    assert peak < 8 * PIECE_BYTES
