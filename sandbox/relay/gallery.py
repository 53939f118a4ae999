"""Where pictures are painted when someone first looks at them, in threads, and kept while there is room."""

import asyncio
import io
import threading
from collections import OrderedDict

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from sandbox.relay.painting.mp4 import mp4
from sandbox.relay.painting.pictures import Picture
from sandbox.relay.painting.previews import Film, animated, blurred_preview
from sandbox.relay.painting.sketches import paint_or_sketch

MAX_IMAGES = 24  # a grid has 3 MB of pixels, its cells another 3
MAX_ENCODED_BYTES = 96 * 2**20
PAINTERS = 2
FILM_FRAMES = 24
FILM_SIDE = 512
MP4_FRAMES, MP4_FPS, MP4_SIDE = 12, 8, 160  # its pixels are not compressed

# What Midjourney's pictures say of themselves, in the words of IPTC; previews and films do not.
# Source: https://iptc.org/std/photometadata/documentation/userguide/ (generative AI).
GENERATED = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
   <Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>"""


class Gallery:
    """Recipes in, encoded pictures out; with `sketches`, scenes are not painted but sketched, which is much quicker."""

    def __init__(self, *, sketches: bool = False) -> None:
        self._sketches = sketches
        self._images: OrderedDict[Picture, Image.Image] = OrderedDict()
        self._encoded: OrderedDict[tuple[Picture | Film, str], bytes] = OrderedDict()
        self._encoded_bytes = 0
        self._lock = threading.Lock()
        self._painters = asyncio.Semaphore(PAINTERS)

    async def png(self, picture: Picture, progress: int = 100) -> bytes:
        """The finished picture, or how it looks at this progress."""
        return await self._made(picture, f"png {progress}")

    async def jpeg(self, picture: Picture) -> bytes:
        """The finished picture in the form for photographs."""
        return await self._made(picture, "jpeg")

    async def film(self, film: Film, form: str = "webp") -> bytes:
        """A film, as an animated picture (`webp`) or as a film proper (`mp4`)."""
        return await self._made(film, form)

    async def _made(self, picture: Picture | Film, form: str) -> bytes:
        key = (picture, form)
        async with self._painters:
            if key not in self._encoded:
                data = await asyncio.to_thread(self._encode, picture, form)
                self._encoded[key] = data
                self._encoded_bytes += len(data)
            self._encoded.move_to_end(key)
            data = self._encoded[key]
            while self._encoded_bytes > MAX_ENCODED_BYTES and len(self._encoded) > 1:
                self._encoded_bytes -= len(self._encoded.popitem(last=False)[1])
            return data

    def _encode(self, picture: Picture | Film, form: str) -> bytes:
        if isinstance(picture, Film):
            return self._encode_film(picture, form)
        kind, _, amount = form.partition(" ")
        image = self.pixels(picture)
        file = io.BytesIO()
        if kind == "jpeg":
            image.save(file, "JPEG", quality=88, xmp=GENERATED.encode())
        elif int(amount) < 100:
            blurred_preview(image, int(amount)).save(file, "PNG", compress_level=1)
        else:
            info = PngInfo()
            info.add_itxt("XML:com.adobe.xmp", GENERATED)
            image.save(file, "PNG", compress_level=1, pnginfo=info)
        return file.getvalue()

    def _encode_film(self, film: Film, form: str) -> bytes:
        image = self.pixels(film.picture)
        end = None if film.end is None else self.pixels(film.end)
        side = FILM_SIDE if form == "webp" else MP4_SIDE
        image.thumbnail((side, side))
        if form == "mp4":
            return mp4(animated(image, MP4_FRAMES, film, end), MP4_FPS)
        first, *rest = animated(image, FILM_FRAMES, film, end)
        file = io.BytesIO()
        first.save(file, "WEBP", save_all=True, append_images=rest, duration=125, loop=0, quality=70, method=0)
        return file.getvalue()

    def pixels(self, picture: Picture) -> Image.Image:
        """The painted picture; blocking, so only for threads and tests."""
        with self._lock:
            if picture in self._images:
                self._images.move_to_end(picture)
                return self._images[picture].copy()
        image = paint_or_sketch(picture, self.pixels) if self._sketches else picture.paint(self.pixels)
        with self._lock:
            self._images[picture] = image
            while len(self._images) > MAX_IMAGES:
                self._images.popitem(last=False)
        return image.copy()
