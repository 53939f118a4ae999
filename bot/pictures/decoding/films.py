"""Films made smaller: decoded, scaled, and written again as an MP4 that plays everywhere.

FFmpeg is told which container and which codecs it may try, may open nothing by itself, and works in one thread. What a
film announces is held against the bounds before a decoder sees it; how long it really is does not matter, since no
more than so many of its frames are decoded. Source: https://ffmpeg.org/ffmpeg-formats.html (codec_whitelist,
faststart), https://ffmpeg.org/ffmpeg-codecs.html (max_pixels).
"""

import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from functools import partial
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
from PIL import Image

from bot.pictures.decoding.bounded import Bounded, FullError
from bot.pictures.decoding.bounds import MAX_FILM_PIXELS, Refused, Why
from bot.pictures.decoding.brands import NAMES, Brand
from bot.pictures.decoding.encoding import on_white, webp
from bot.pictures.decoding.film_shapes import HELD_BACK_S, LONGEST_S, Announced, Shape, shape
from bot.pictures.decoding.pixels import in_srgb

CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "libdav1d", "mpeg4"})
SOUND = "aac"  # MP4 takes it as it is
SOUND_SHARE = 0.2  # of the bytes; a film whose sound takes more is shown without
DECODED_PIXELS = 800_000_000  # of all frames; some 60 million take a second
ANIMATED_PIXELS = 250_000_000  # of an animated picture, whose decoders are slower
MOST_HASTE_S = 0.01  # between two frames of one
SHARES = (1.0, 0.45)  # of the bytes that a preview may have, tried in order
TICKS = 90_000  # a second
MPEG_RANGE, BT_601 = 1, 6  # how pixels become brightness and colours where nobody says (ITU-T H.264, annex E)
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
    return webp(first_picture(source, brand), limit), "webp"


def first_picture(source: Path, brand: Brand) -> Image.Image:
    """The picture that a film begins with.

    Raises:
        Refused: it cannot be decoded, or announces more than the bounds allow.
    """
    with _opened(source, brand) as container:
        first: Image.Image = next(container.decode(_video(container))).to_image()  # type: ignore[no-untyped-call]
        return first


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
        return _mp4(self._limit, self._write)

    def _write(self, made: OutputContainer) -> None:
        video = _encoder(made, self._shape)
        context, origin = video.codec_context, self._video.codec_context
        # A player that is not told guesses by the size, which has changed.
        context.color_range, context.colorspace = origin.color_range, origin.colorspace
        context.color_primaries, context.color_trc = origin.color_primaries, origin.color_trc
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
                yield _scaled(part, self._shape, now_s)
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


def _announced(container: InputContainer, video: VideoStream) -> Announced:
    length_s = (container.duration or 0) / av.time_base
    return Announced(video.width, video.height, float(video.average_rate or 0), length_s)


def _sound(container: InputContainer, most_bits_per_s: float) -> AudioStream | None:
    """The sound of a film, if it can be kept as it is; a rate that is a lie does not get far."""
    stream = next(iter(container.streams.audio), None)
    if stream is None or stream.codec_context.name != SOUND:
        return None
    return stream if 0 < (stream.bit_rate or 0) <= most_bits_per_s else None


def moving_mp4(animation: Image.Image, limit: int) -> bytes | None:
    """An animated picture as a film in at most `limit` bytes; None where none fits."""
    for share in SHARES:
        with suppress(FullError):
            return _mp4(limit, partial(_write_animation, animation, limit * share))
    return None


def _write_animation(animation: Image.Image, limit: float, made: OutputContainer) -> None:
    """Write the frames one after the other, so that no more than one is in memory."""
    count = min(getattr(animation, "n_frames", 1), 1 + ANIMATED_PIXELS // (animation.width * animation.height))
    animation.seek(0)
    each_s = _duration_s(animation)
    wanted = shape(Announced(*animation.size, 1 / each_s, count * each_s), limit)
    video = _encoder(made, wanted)
    video.codec_context.color_range, video.codec_context.colorspace = MPEG_RANGE, BT_601
    now_s, next_s = 0.0, -math.inf
    for number in range(count):
        animation.seek(number)
        if now_s >= next_s:
            picture = on_white(in_srgb(animation, animation.info.get("icc_profile", b"")))
            frame = VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            made.mux(video.encode(_scaled(frame, wanted, now_s)))
            next_s = now_s + 0.9 / wanted.fps
        now_s += _duration_s(animation)
        if now_s > LONGEST_S:
            break
    made.mux(video.encode(None))


def _duration_s(animation: Image.Image) -> float:
    animation.load()
    return max(MOST_HASTE_S, float(animation.info.get("duration") or 100) / 1000)


def _mp4(limit: int, write: Callable[[OutputContainer], None]) -> bytes:
    """What is written into an MP4 file, whose index is brought to the front: for that it is read once more.

    Raises:
        FullError: it takes more bytes than the limit.
        FFmpegError, LookupError: as `write` does.
    """
    buffer = Bounded(limit)
    try:
        with av.open(
            buffer, "w", "mp4", {"movflags": "faststart"}, io_open=lambda *_: io.BytesIO(buffer.getvalue())
        ) as made:
            write(made)
    except FFmpegError as exc:
        if buffer.overflow is not None:
            raise buffer.overflow from exc
        raise
    return buffer.getvalue()


def _scaled(frame: VideoFrame, wanted: Shape, now_s: float) -> VideoFrame:
    scaled = frame.reformat(wanted.width, wanted.height, "yuv420p", interpolation="AREA", threads=1)
    scaled.pts, scaled.time_base = round(now_s * TICKS), Fraction(1, TICKS)
    scaled.pict_type = PictureType.NONE  # the encoder decides anew
    return scaled


def _encoder(made: OutputContainer, wanted: Shape) -> VideoStream:
    held_back = str(int(wanted.rate * HELD_BACK_S))
    stream = made.add_stream("libx264", options=QUALITY | {"maxrate": str(wanted.rate), "bufsize": held_back})
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = wanted.width, wanted.height, "yuv420p"
    context.time_base = Fraction(1, TICKS)
    context.thread_count = 1
    return stream
