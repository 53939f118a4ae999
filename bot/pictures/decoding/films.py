"""Films made smaller: decoded, scaled, and written again as an MP4 that plays everywhere.

FFmpeg is told which container and which codecs it may try, may open nothing by itself, and works in one thread. What a
film announces is held against the bounds before a decoder sees it; how long it really is does not matter, since no
more than so many of its frames are decoded. Source: https://ffmpeg.org/ffmpeg-formats.html (codec_whitelist,
faststart), https://ffmpeg.org/ffmpeg-codecs.html (max_pixels).
"""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from bot.pictures.decoding.bounded import Bounded, FullError
from bot.pictures.decoding.bounds import MAX_FILM_PIXELS, Refused, Why
from bot.pictures.decoding.brands import NAMES, Brand
from bot.pictures.decoding.encoding import webp
from bot.pictures.decoding.film_shapes import HELD_BACK_S, Announced, Shape, shape

CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "libdav1d", "mpeg4"})
SOUND = "aac"  # MP4 takes it as it is
SOUND_SHARE = 0.2  # of the bytes; a film whose sound takes more is shown without
DECODED_PIXELS = 800_000_000  # of all frames; some 60 million take a second
SHARES = (1.0, 0.45)  # of the bytes that a preview may have, tried in order
TICKS = 90_000  # a second
# As good as it has to be, within the rate. Source: https://trac.ffmpeg.org/wiki/Encode/H.264, "Constrained encoding".
QUALITY = {"preset": "veryfast", "crf": "21", "threads": "1"}
_BROKEN = (FFmpegError, ValueError, LookupError, StopIteration, OverflowError)


def preview(source: Path, brand: Brand, limit: int) -> tuple[bytes, str]:
    """A film in at most `limit` bytes, and its ending: an MP4, else its first picture as a WebP.

    Raises:
        Refused: it cannot be decoded, announces more than the bounds allow, or not even a picture fits.
    """
    for share in SHARES:
        try:
            with _opened(source, brand) as container:
                return _Preview(container, limit, share).written(), "mp4"
        except FullError:
            continue
    with _opened(source, brand) as container:
        first = next(container.decode(_video(container))).to_image()  # type: ignore[no-untyped-call]
    return webp(first, limit), "webp"


@contextmanager
def _opened(source: Path, brand: Brand) -> Iterator[InputContainer]:
    """A film of which nothing but its head was read.

    Raises:
        Refused: damaged, or over the bounds.
    """
    options = {"codec_whitelist": ",".join([*CODECS, SOUND]), "max_streams": "8", "analyzeduration": "1000000"}
    try:
        with source.open("rb") as file, av.open(file, "r", brand.value, options, io_open=_nothing_else) as container:
            yield container
    except (av.error.MemoryError, MemoryError) as exc:
        raise Refused(Why.TOO_MUCH) from exc
    except _BROKEN as exc:
        raise Refused(Why.DAMAGED, format=NAMES[brand]) from exc


def _nothing_else(*_where: Any) -> NoReturn:
    raise PermissionError("a film may not name other files")


def _video(container: InputContainer) -> VideoStream:
    """The pictures of a film, not yet decoded.

    Raises:
        Refused: more pixels than the bounds allow.
        LookupError: nothing to be seen in it.
    """
    stream = container.streams.video[0]
    context = stream.codec_context
    if context.name not in CODECS or context.width * context.height <= 0:
        raise LookupError(context.name)
    if context.width * context.height > MAX_FILM_PIXELS:
        raise Refused(Why.TOO_LARGE, limit=MAX_FILM_PIXELS // 1_000_000)
    context.thread_count = 1
    context.options = {"max_pixels": str(MAX_FILM_PIXELS)}  # a frame can be larger than the head says
    return stream


class _Preview:
    """A smaller film on its way from one container into another."""

    def __init__(self, container: InputContainer, limit: int, share: float) -> None:
        """Read what the film announces; it may have `share` of the `limit` in bytes, and never more than the limit."""
        self._container = container
        self._limit = limit
        self._video = _video(container)
        self._shape = shape(_announced(container, self._video), limit * share)
        self._sound = _sound(container, limit * share * SOUND_SHARE * 8 / self._shape.length_s)

    def written(self) -> bytes:
        """The file.

        Raises:
            FullError: it takes more bytes than it may.
            FFmpegError, LookupError: not even the first frame can be decoded.
        """
        buffer = Bounded(self._limit)
        try:
            self._write(buffer)
        except FFmpegError as exc:
            if buffer.overflow is not None:
                raise buffer.overflow from exc
            raise
        return buffer.getvalue()

    def _write(self, buffer: Bounded) -> None:
        # The index is brought to the front at the end, for which the file is read once more.
        with av.open(
            buffer, "w", "mp4", {"movflags": "faststart"}, io_open=lambda *_: io.BytesIO(buffer.getvalue())
        ) as made:
            video = _encoder(made, self._shape, self._video)
            sound = made.add_stream_from_template(self._sound) if self._sound else None
            for part in self._parts():
                if isinstance(part, VideoFrame):
                    made.mux(video.encode(part))
                elif sound is not None:
                    part.stream = sound
                    made.mux(part)
            made.mux(video.encode(None))

    def _parts(self) -> Iterator["VideoFrame | Packet[Stream]"]:
        """Frames as they are shown, and sounds as they came, up to the end of the preview; at least one frame."""
        frames_left = DECODED_PIXELS // (self._video.width * self._video.height)
        next_s, is_empty = -math.inf, True
        for part in self._decoded():
            if isinstance(part, Packet):
                yield part
                continue
            frames_left -= 1
            now_s = part.time if part.pts is not None else max(0.0, next_s)
            if now_s > self._shape.length_s or not frames_left:
                break
            if now_s >= next_s:
                next_s, is_empty = now_s + 0.9 / self._shape.fps, False
                yield self._scaled(part, now_s)
        if is_empty:
            raise LookupError("no frame")

    def _decoded(self) -> Iterator["VideoFrame | Packet[Stream]"]:
        """All frames and the packets of the sound; what is damaged ends them."""
        streams = [self._video, *([self._sound] if self._sound else [])]
        has_begun = False
        try:
            for packet in self._container.demux(*streams):
                if packet.stream is self._sound:
                    if packet.dts is not None:
                        yield packet
                    continue
                for frame in self._video.decode(packet):
                    has_begun = True
                    yield frame
        except FFmpegError:
            if not has_begun:
                raise

    def _scaled(self, frame: VideoFrame, now_s: float) -> VideoFrame:
        scaled = frame.reformat(self._shape.width, self._shape.height, "yuv420p", interpolation="AREA", threads=1)
        scaled.pts, scaled.time_base = round(now_s * TICKS), Fraction(1, TICKS)
        scaled.pict_type = PictureType.NONE  # the encoder decides anew
        return scaled


def _announced(container: InputContainer, video: VideoStream) -> Announced:
    length_s = (container.duration or 0) / av.time_base
    return Announced(video.width, video.height, float(video.average_rate or 0), length_s)


def _sound(container: InputContainer, most_bits_per_s: float) -> AudioStream | None:
    """The sound of a film, if it can be kept as it is; a rate that is a lie does not get far."""
    stream = next(iter(container.streams.audio), None)
    if stream is None or stream.codec_context.name != SOUND:
        return None
    return stream if 0 < (stream.bit_rate or 0) <= most_bits_per_s else None


def _encoder(made: OutputContainer, wanted: Shape, source: VideoStream) -> VideoStream:
    held_back = str(int(wanted.rate * HELD_BACK_S))
    stream = made.add_stream("libx264", options=QUALITY | {"maxrate": str(wanted.rate), "bufsize": held_back})
    context, origin = stream.codec_context, source.codec_context
    context.width, context.height, context.pix_fmt = wanted.width, wanted.height, "yuv420p"
    context.time_base = Fraction(1, TICKS)
    context.thread_count = 1
    # A player that is not told guesses by the size, which has changed.
    context.color_range, context.colorspace = origin.color_range, origin.colorspace
    context.color_primaries, context.color_trc = origin.color_primaries, origin.color_trc
    return stream
