"""The tour's third part: the other engines, and all of them side by side."""

from PIL import Image, ImageChops

from bot.domain.engine_info import ENGINES
from sandbox.discord.components import Kind, walk
from sandbox.driver import mask_of
from sandbox.message_view import Message, faces, is_private, words
from sandbox.tour.guide import Guide, Step
from sandbox.tour.jobs import follow, sign

LIGHTHOUSE = "a lighthouse in a storm"
POSTER = 'a lighthouse poster that says "EASEL"'
UNDER_A_PICTURE = ["Use in Midjourney", "Use as input for…", "Details"]
TITLES = tuple(info.title for info in ENGINES.values())
GO_ON = "Use this one"
JPEG_NOISE, JPEG_BLOCK = 40, 8  # how far levels may be off in a JPEG, and how far, in pixels, an edge shows in it


async def ideogram(guide: Guide) -> None:
    """Ideogram's four operations; Midjourney paints what one of them said."""
    poster = guide.kept["poster"] = await see(
        guide,
        await guide.slash("ideogram generate", {"prompt": POSTER, "aspect": "16:9", "seed": 7}),
        "ideogram",
    )
    guide.same(
        "it has its buttons", faces(poster), [["Again", "Vary the prompt", "Vary (Region)", "Upscale"], UNDER_A_PICTURE]
    )
    picture = await guide.pixels(poster)
    guide.holds("it is as wide as asked for", picture.size, abs(picture.width * 9 - picture.height * 16) < 9 * 32)

    image = await copy(guide, poster)
    remix = await guide.slash("ideogram remix", {"image": image, "prompt": "in watercolour, with a boat"})
    upscale = await guide.slash("ideogram upscale", {"image": image})
    describe = await guide.slash("ideogram describe", {"image": image})
    await see(guide, remix, "ideogram-remix")
    larger = await see(guide, upscale, "ideogram-upscale")
    guide.same("it is twice as wide", (await guide.pixels(larger)).width, picture.width * 2)

    described = await guide.result(describe)
    guide.show(described)
    modal = await guide.open(described, faces(described)[0][0])
    guide.holds("the first prompt stands in the modal", modal.text, modal.text in str(described["embeds"]))
    imagined = await see(guide, await guide.submit(modal, prompt=f"{modal.text} at night"), "described")
    guide.same("it is a grid of Midjourney's", faces(imagined)[0][0], "U1")


async def ideogram_3(guide: Guide) -> None:
    """Ideogram 3: a part painted anew by a mask, another frame, another background; what was not asked for stays."""
    poster = guide.kept["poster"]
    before, image = await guide.pixels(poster), await copy(guide, poster)
    mask = mask_of(before.size, (before.width // 2, 0, before.width, before.height))
    edit = await guide.slash(
        "ideogram edit",
        {"prompt": "a boat at night", "speed": "TURBO", "image": image, "mask": guide.upload("mask.png", mask)},
    )
    reframe = await guide.slash("ideogram reframe", {"image": image, "aspect": "1:1", "speed": "TURBO"})
    background = await guide.slash("ideogram background", {"image": image, "prompt": "a desert at noon"})

    edited = await guide.pixels(await see(guide, edit, "ideogram-edit"))
    changed = ImageChops.difference(edited, before).getbbox()
    is_right = changed is not None and changed[0] >= before.width // 2
    guide.holds("only the white of the mask has changed", changed, is_right)
    framed = await guide.pixels(await see(guide, reframe, "ideogram-reframe"))
    guide.same("it is square now", framed.width, framed.height)
    await see(guide, background, "ideogram-background")
    guide.same("it went at its speed", guide.bodies("/ideogram/v1/ideogram-v3/edit")[-1]["rendering_speed"], "TURBO")


async def follow_up(guide: Guide) -> None:
    """The buttons under a picture of another engine."""
    poster = guide.kept["poster"]
    again = await guide.press(poster, "Again")
    modal = await guide.open(poster, "Vary the prompt", user="ben")
    guide.same("its prompt stands in the modal", modal.text, POSTER)
    varied = await guide.submit(modal, prompt=f"{POSTER}, by night")
    upscale = await guide.press(poster, "Upscale")

    repeated = await guide.pixels(await see(guide, again, "poster-again"))
    guide.holds("it is another picture", "the same", repeated.tobytes() != (await guide.pixels(poster)).tobytes())
    theirs = await guide.result(varied, user="ben")
    guide.show(theirs)
    guide.same("it belongs to who pressed", [user["username"] for user in theirs["mentions"]], ["ben"])
    larger = await guide.result(upscale)
    guide.holds(
        "the only picture is upscaled without a question", larger["content"], "Upscaled by" in larger["content"]
    )

    details = await guide.press(poster, "Details")
    guide.holds("the seed is told", details["content"], is_private(details) and "**seed**: 7" in details["content"])


async def hand_on(guide: Guide) -> None:
    """A picture of one engine goes on in another."""
    poster = guide.kept["poster"]
    modal = await guide.open(poster, "Use in Midjourney")
    used = await guide.submit(modal, prompt="a lighthouse in snow")
    menu = await guide.press(poster, "Use as input for…")
    modal = await guide.modal_of(await guide.choose(menu, "Kling: use as reference"))
    moved = await guide.submit(modal, prompt="a lighthouse by night")

    grid = await see(guide, used, "poster-in-midjourney")
    guide.same("it is a grid of Midjourney's", faces(grid)[0][0], "U1")
    guide.same("the picture went along", len(guide.bodies("/mj/submit/imagine")[-1]["base64Array"]), 1)
    await see(guide, moved, "poster-by-kling")
    guide.holds("the picture went along", "none", bool(guide.bodies("/kling/v1/images/generations")[-1]["image"]))


async def fal(guide: Guide) -> None:
    """fal: one of many models, suggested while it is typed; one that edits takes a picture."""
    models = await guide.suggestions("fal generate", "model", "max")
    guide.holds("those that fit are suggested", models, bool(models) and all("max" in model for model in models))
    refusal = await guide.slash("fal generate", {"prompt": "a film", "model": "veo3"})
    guide.holds(
        "others need the owner's word", refusal["content"], is_private(refusal) and "veo3" in refusal["content"]
    )

    fox = await guide.slash("fal generate", {"prompt": "a fox in the snow", "model": models[0]})
    image = await copy(guide, guide.kept["poster"])
    night = await guide.slash("fal generate", {"prompt": "make it night", "model": "flux-pro/kontext", "image": image})
    await see(guide, fox, "fal")
    await see(guide, night, "fal-edit")

    wide = {"model": "nano-banana-2/edit", "aspect": "21:9", "resolution": "0.5K"}
    both = await guide.slash("fal generate", {"prompt": "both in one picture", **wide, "image": image, "image2": image})
    picture = await guide.pixels(await see(guide, both, "fal-two-pictures"))
    guide.holds("it is as wide as asked for", picture.size, abs(picture.width * 9 - picture.height * 21) < 21 * 16)
    guide.same("both pictures went along", len(guide.bodies("/fal-ai/nano-banana-2/edit")[-1]["image_urls"]), 2)


async def fal_fill(guide: Guide) -> None:
    """A part of a picture filled by one of fal's models, and a job that is stopped in fal's queue."""
    before = sign("teal")
    hole = upper_left(before)
    mask = guide.upload("mask.png", mask_of(before.size, hole))
    pictures = {"image": guide.upload("sign.png", before), "mask": mask}
    filled = await see(guide, await guide.slash("fal generate", {"prompt": "a red boat", **pictures}), "fal-fill")
    difference = ImageChops.difference(await guide.pixels(filled), before).convert("L")
    changed = difference.point(lambda value: 255 if value > JPEG_NOISE else 0).getbbox()
    around = (hole[0] - JPEG_BLOCK, hole[1] - JPEG_BLOCK, hole[2] + JPEG_BLOCK, hole[3] + JPEG_BLOCK)
    guide.holds("only what was marked is new", changed, changed is not None and is_within(changed, around))

    card = await guide.slash("fal generate", {"prompt": "a storm --sandbox-slow"})
    await guide.eventually(lambda: guide.relay.tasks()[-1]["prompt"].startswith("a storm"), "the job at the relay")
    answer = await guide.press(card, "Cancel Job")
    guide.holds("the answer is private", answer["content"], is_private(answer))
    await guide.with_text(card, "(Stopped)")
    await guide.eventually(lambda: guide.relay.tasks()[-1]["status"] == "CANCEL", "its end in the queue")


async def jimeng(guide: Guide) -> None:
    """Jimeng reads Chinese."""
    card = await guide.slash("jimeng generate", {"prompt": "雨中的灯塔", "ratio": "16:9", "resolution": "1k"})
    result = await see(guide, card, "jimeng")
    guide.same("it has the size that was asked for", (await guide.pixels(result)).size, (1664, 936))


async def kling(guide: Guide) -> None:
    """Kling's pictures, and clothes tried on."""
    coats = await guide.slash("kling imagine", {"prompt": "a red bird in a meadow", "count": 2})
    person, clothes = await copy(guide, guide.kept["poster"]), guide.upload("coat.png", sign("teal"))
    tryon = await guide.slash("kling tryon", {"person": person, "clothes": clothes})
    several = await see(guide, coats, "kling")
    guide.same("both pictures stand in one message", len(several["attachments"]), 2)
    await see(guide, tryon, "kling-tryon")


async def kling_edits(guide: Guide) -> None:
    """A picture grows at its sides and stays as it is inside; two subjects come together; two garments are tried on."""
    poster, image = guide.kept["poster"], await copy(guide, guide.kept["poster"])
    before, coat = await guide.pixels(poster), guide.upload("coat.png", sign("teal"))
    expand = await guide.slash("kling expand", {"image": image, "up": 50, "right": 25})
    both = await guide.slash("kling multi", {"prompt": "a bird on a tower", "subject": image, "subject2": coat})
    tryon = await guide.slash("kling tryon", {"person": image, "clothes": coat, "clothes2": image})

    grown = await guide.pixels(await see(guide, expand, "kling-expand"))
    top = grown.height - before.height
    inside = grown.crop((0, top, before.width, grown.height))
    guide.same("what was there is as it was", ImageChops.difference(inside, before).getbbox(), None)
    await see(guide, both, "kling-multi")
    guide.same("both subjects went along", len(guide.bodies("/multi-image2image")[-1]["subject_image_list"]), 2)
    worn = await see(guide, tryon, "kling-two-garments")
    guide.same("a try-on can be used further", faces(worn), [["Again"], UNDER_A_PICTURE])


async def draw(guide: Guide) -> None:
    """One of many models in its own shape, and an edit of two pictures with a mask."""
    shapes = await guide.suggestions("draw", "shape", "1536")
    guide.same("the shapes are those of the model", shapes, ["1536x1024", "1024x1536"])

    harbour = guide.kept["harbour"] = await see(
        guide,
        await guide.slash("draw", {"prompt": "a lighthouse over a harbour", "shape": "1536x1024", "quality": "low"}),
        "draw",
    )
    guide.same("it has the size that was asked for", (await guide.pixels(harbour)).size, (1536, 1024))
    before = sign("teal")
    hole = upper_left(before)
    mask = mask_of(before.size, hole)
    pictures = {"image1": guide.upload("sign.png", before), "image2": await copy(guide, harbour)}
    card = await guide.slash("draw", {"prompt": "a red boat", **pictures, "mask": guide.upload("mask.png", mask)})
    edited = await see(guide, card, "draw-mask")
    parts = [file["part"] for file in guide.bodies("/v1/images/edits")[-1]["files"]]
    guide.same("both pictures and the mask went along", parts, ["image[]", "image[]", "mask"])
    changed = ImageChops.difference(await guide.pixels(edited), before).getbbox()
    guide.holds("only what was marked is new", changed, changed is not None and is_within(changed, hole))


async def draw_series(guide: Guide) -> None:
    """Several pictures of one order, which Seedream paints as a series."""
    wanted = {"prompt": "a boat in each season", "model": "doubao-seedream-4-5-251128", "count": 3}
    series = await see(guide, await guide.slash("draw", wanted), "draw-series")
    guide.same("all pictures stand in one message", len(series["attachments"]), 3)
    asked = guide.bodies("/v1/images/generations")[-1]
    guide.same("a series was asked for", asked["sequential_image_generation_options"], {"max_images": 3})


async def draw_later(guide: Guide) -> None:
    """A gateway that answers /draw with a task, and its picture changed again."""
    card = await guide.slash(
        "draw", {"prompt": "a lighthouse at dawn --sandbox-pending", "model": "nano-banana", "shape": "3:2"}
    )
    dawn = await see(guide, card, "draw-task")
    guide.same("the relay has one task for it", guide.relay.tasks()[-1]["action"], "OPENAI_GENERATE")

    modal = await guide.open(dawn, "Edit this")
    snow = await see(guide, await guide.submit(modal, prompt="now in snow"), "draw-edit")
    body = guide.bodies("/v1/images/generations")[-1]
    guide.same("the same model was asked", (body["model"], body["prompt"]), ("nano-banana", "now in snow"))
    guide.same("the picture went back in", len(body["image"]), 1)
    guide.same("it keeps its shape", (await guide.pixels(snow)).size, (await guide.pixels(dawn)).size)


async def meet_safety_check(guide: Guide) -> None:
    """An engine's safety check holds a picture back: the card says so, and nothing is charged."""
    card = await guide.slash("ideogram generate", {"prompt": "something rude --sandbox-unsafe"})
    stopped = await guide.with_text(card, "(Failed)")
    why = await guide.press(stopped, "Why?")
    guide.holds("the reason is private", why["content"], is_private(why) and "does not allow this" in why["content"])
    guide.same("nothing was charged", guide.relay.tasks()[-1]["charged"], 0)


async def compare(guide: Guide) -> None:
    """One prompt on every engine, side by side on one card; one of the results goes on."""
    before = len(guide.relay.tasks())
    question = await guide.slash("compare", {"prompt": LIGHTHOUSE})
    guide.show(question)
    guide.same("nothing is paid before it is agreed to", len(guide.relay.tasks()), before)
    await guide.click(question, f"Start all {len(TITLES)}")
    card = await guide.posted_after(question, lambda message: not message["content"], "the card")
    done = await guide.eventually(lambda: compared(guide, card), "a picture of every engine")
    guide.show(done)
    galleries = [part["items"] for part in walk(done["components"]) if part["type"] == Kind.GALLERY]
    guide.same("each picture stands by itself, below its engine", list(map(len, galleries)), [1] * len(TITLES))
    for engine, (item,) in zip(TITLES, galleries, strict=True):
        await guide.pixels(done | {"attachments": [item["media"]]}, f"compare-{engine.lower()}")
    lines = [line for line in words(done) if line.endswith(" s")]
    guide.same("each has a line with its time", len(lines), len(TITLES))
    guide.same("every engine was paid once", len(guide.relay.tasks()) - before, len(TITLES))

    pings = await guide.eventually(lambda: pings_of(guide, card), "a ping")
    guide.show(pings[0])
    guide.same("one ping tells that all are in", len(pings), 1)

    answer = await guide.press(done, GO_ON)
    chosen = await guide.with_text(answer, LIGHTHOUSE)
    await follow(guide, chosen, "U2")


ENGINE_TOUR = (
    Step("Ideogram", ideogram),
    Step("Ideogram 3", ideogram_3),
    Step("The buttons under a picture of another engine", follow_up),
    Step("From one engine to another", hand_on),
    Step("fal", fal),
    Step("fal: a part filled, a job stopped", fal_fill),
    Step("Jimeng", jimeng),
    Step("Kling", kling),
    Step("Kling: expand, compose, try on", kling_edits),
    Step("Draw", draw),
    Step("Draw: a series", draw_series),
    Step("A picture that comes as a task, and is changed", draw_later),
    Step("A safety check", meet_safety_check),
    Step("Compare", compare),
)


async def see(guide: Guide, card: Message, name: str) -> Message:
    """The result of a card's job, its picture kept under a name."""
    result = await guide.result(card)
    guide.show(result)
    await guide.pixels(result, name)
    return result


def upper_left(image: Image.Image) -> tuple[int, int, int, int]:
    """A box in a picture, between its middle and its upper left corner."""
    return image.width // 4, image.height // 4, image.width // 2, image.height // 2


def is_within(inner: tuple[int, ...], outer: tuple[int, ...]) -> bool:
    """Whether a box lies in another one."""
    starts, ends = zip(inner[:2], outer[:2], strict=True), zip(inner[2:], outer[2:], strict=True)
    return all(a >= b for a, b in starts) and all(a <= b for a, b in ends)


async def copy(guide: Guide, message: Message) -> str:
    """A message's picture, to be sent along; returns its upload id."""
    return guide.upload("picture.png", await guide.pixels(message))


def compared(guide: Guide, card: Message) -> Message | None:
    """The card of a comparison, once a picture of every engine stands on it."""
    now = next(message for message in guide.messages() if message["id"] == card["id"])
    return now if faces(now) == [[GO_ON]] * len(TITLES) else None


def pings_of(guide: Guide, card: Message) -> list[Message]:
    """The replies to a card that ping somebody."""
    replies = (
        m for m in guide.messages(user="ben") if (m.get("message_reference") or {}).get("message_id") == card["id"]
    )
    return [reply for reply in replies if reply["mentions"]]
