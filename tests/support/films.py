"""Films as relays make them, and what of a film can be seen."""

import io
import random
from array import array
from dataclasses import dataclass
from typing import Any

import av
from PIL import Image, ImageChops, ImageStat

CODERS = {"mp4": "libx264", "webm": "libvpx-vp9"}
QUICKLY = {"mp4": {"preset": "ultrafast"}, "webm": {"deadline": "realtime", "cpu-used": "8"}}
SOUND_HZ = 44_100


@dataclass(frozen=True)
class Seen:
    """What a player finds in a film."""

    size: tuple[int, int]
    frames: int
    length_s: float
    codecs: list[str]
    brightness: int  # of the first frame, 0 to 255


def film(
    size: tuple[int, int] = (320, 240),
    seconds: float = 1.0,
    fps: int = 24,
    *,
    form: str = "mp4",
    bits_per_s: int = 4_000_000,
    sound: bool = False,
) -> bytes:
    """A film of coloured squares that wander, which takes many bytes."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", form) as made:
        video: Any = made.add_stream(CODERS[form], rate=fps, options=QUICKLY[form])
        video.width, video.height, video.pix_fmt, video.bit_rate = *size, "yuv420p", bits_per_s
        heard: Any = made.add_stream("aac", rate=SOUND_HZ) if sound else None
        for number in range(round(seconds * fps)):
            frame = av.VideoFrame.from_image(_squares(size, number))  # type: ignore[no-untyped-call]
            made.mux(video.encode(frame))
        made.mux(video.encode(None))
        if heard is not None:
            for number in range(round(seconds * SOUND_HZ / 1024)):
                made.mux(heard.encode(_noise(number)))
            made.mux(heard.encode(None))
    return buffer.getvalue()


def seen(data: bytes) -> Seen:
    """What plays of a film, decoded whole."""
    with av.open(io.BytesIO(data), "r") as opened:
        frames: list[Image.Image] = [frame.to_image() for frame in opened.decode(video=0)]  # type: ignore[no-untyped-call]
        codecs = [stream.codec_context.name for stream in opened.streams]
        length_s = (opened.duration or 0) / av.time_base
    brightness = round(ImageStat.Stat(frames[0].convert("L")).mean[0])
    return Seen(frames[0].size, len(frames), length_s, codecs, brightness)


def _squares(size: tuple[int, int], number: int) -> Image.Image:
    few = (max(1, size[0] // 8), max(1, size[1] // 8))
    noise = Image.frombytes("RGB", few, random.Random(7).randbytes(few[0] * few[1] * 3))
    return ImageChops.offset(noise.resize(size, Image.Resampling.NEAREST), number * 7, number * 3)


def _noise(number: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
    dice = random.Random(number)
    for plane in frame.planes:
        plane.update(array("f", (dice.uniform(-0.2, 0.2) for _sample in range(1024))).tobytes())
    frame.sample_rate, frame.pts = SOUND_HZ, number * 1024
    return frame
