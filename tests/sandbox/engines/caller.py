"""A caller of the engines' fakes, and the pictures that it gives and gets."""

import base64
import io
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from PIL import Image, ImageChops, ImageStat

from tests.sandbox.relay_bench import Bench

IDEOGRAM, JIMENG = "/ideogram/generate", "/v1/images/generations"
FAL, KLING = "/fal-ai/flux-pro/kontext/text-to-image", "/kling/v1/images/generations"
BODIES: Mapping[str, Any] = {
    IDEOGRAM: {"image_request": {"prompt": "{}"}},
    FAL: {"prompt": "{}"},
    JIMENG: {"model": "jimeng-4.0", "prompt": "{}"},
    KLING: {"prompt": "{}"},
}


class Caller:
    """A client of one relay, which shows its key as each family of paths wants it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.relay = bench.relay
        self.clock = bench.clock

    def headers(self, path: str) -> dict[str, str]:
        if path.startswith("/ideogram/"):
            return {"Api-Key": self.relay.key}
        return {"Authorization": f"{'Key' if path.startswith('/fal-ai/') else 'Bearer'} {self.relay.key}"}

    async def ask(self, method: str, path: str, headers: Any = None, **options: Any) -> tuple[int, Any]:
        """Status and decoded body."""
        shown = self.headers(path) if headers is None else headers
        async with (
            aiohttp.ClientSession(self.relay.base_url, headers=shown) as web,
            web.request(method, path, **options) as response,
        ):
            return response.status, json.loads(await response.read())

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        # A file, since aiohttp warns when a megabyte is sent as bytes.
        data = io.BytesIO(json.dumps(body).encode())
        return await self.ask(
            "POST", path, data=data, headers=self.headers(path) | {"Content-Type": "application/json"}
        )

    async def prompt(self, path: str, prompt: str) -> tuple[int, Any]:
        """The simplest call of an engine."""
        return await self.post(path, json.loads(json.dumps(BODIES[path]).replace("{}", prompt)))

    async def form(self, path: str, image: Image.Image, text: str | None = "{}") -> tuple[int, Any]:
        """A multipart call of ideogram."""
        form = aiohttp.FormData()
        form.add_field("image_file", png(image), filename="given.png", content_type="image/png")
        if text is not None:
            form.add_field("image_request", text)
        return await self.ask("POST", path, data=form)

    async def ideogram(self, **wanted: Any) -> Any:
        """The images of a generation that works."""
        status, body = await self.post(IDEOGRAM, {"image_request": wanted})
        assert status == 200, body
        return body["data"]

    async def jimeng(self, **wanted: Any) -> Any:
        """The same of Jimeng."""
        status, body = await self.post(JIMENG, {"model": "jimeng-4.0", "prompt": "a cat", "resolution": "1k"} | wanted)
        assert status == 200, body
        return body["data"]

    async def fal(self, model: str, seconds: float = 60.0, **wanted: Any) -> tuple[int, Any]:
        """The result of a ticket, found by its address on the vendor's host."""
        status, ticket = await self.post(f"/fal-ai/{model}", wanted)
        assert status == 200, ticket
        self.clock.at += seconds
        return await self.ask("GET", ticket["response_url"].removeprefix("https://queue.fal.run"))

    async def kling(self, path: str = KLING, seconds: float = 60.0, **wanted: Any) -> Any:
        """The last status of a task."""
        status, body = await self.post(path, wanted)
        assert (status, body["code"]) == (200, 0), body
        self.clock.at += seconds
        _, body = await self.ask("GET", f"{path}/{body['data']['task_id']}")
        return body["data"]

    async def image(self, url: str) -> Image.Image:
        """The pixels behind an address, which needs no key."""
        async with aiohttp.ClientSession() as web, web.get(url) as response:
            assert response.status == 200
            image = Image.open(io.BytesIO(await response.read()))
            assert response.content_type == f"image/{str(image.format).lower()}"
        return image.convert("RGB")


def plain(colour: str, size: tuple[int, int] = (320, 400)) -> Image.Image:
    return Image.new("RGB", size, colour)


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def raw(image: Image.Image) -> str:
    return base64.b64encode(png(image)).decode()


def same(first: Image.Image, second: Image.Image) -> bool:
    return first.size == second.size and ImageChops.difference(first, second).getbbox() is None


def mean(image: Image.Image) -> tuple[float, ...]:
    return tuple(ImageStat.Stat(image).mean)
