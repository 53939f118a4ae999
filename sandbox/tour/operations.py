"""The tour's second half: every other operation of the relay, from Discord."""

from PIL import Image

from sandbox.message_view import Message, cell, faces, is_private
from sandbox.tour.guide import Guide, Step, serves
from sandbox.tour.jobs import follow, make, sign
from sandbox.tour.not_offered import refused

BOAT = "a paper boat on a lake"
UNTOLD = "not given by the relay"


async def take_first_picture(guide: Guide) -> None:
    """A grid and one picture of it, which the next steps go on with."""
    guide.kept["boat"] = await make(guide, BOAT)
    single = await follow(guide, guide.kept["boat"], "U1")
    if any("More actions" in row for row in faces(single)):  # one that the relay listed, and which cost nothing
        single = await follow(guide, single, "More actions")
    guide.kept["single"] = single


async def take_picture_of_eight(guide: Guide) -> None:
    """Of version 8 some relays list the four pictures of a grid: taking one of them costs nothing there."""
    grid = await make(guide, "a sailing boat --ar 3:2 --v 8.2")
    before = sum(task["charged"] for task in guide.relay.tasks())
    single = await follow(guide, grid, "U2")
    same = cell(await guide.pixels(grid), 2).tobytes() == (await guide.pixels(single, "u2-of-8")).tobytes()
    guide.holds("it is the second picture", "another", same)
    after = sum(task["charged"] for task in guide.relay.tasks())
    guide.same("it costs a task, or nothing where it was listed", after - before, len(guide.calls))


async def choose_speed(guide: Guide) -> None:
    """Ana works in turbo mode from now on; a flag in a prompt still counts first."""
    answer = await guide.slash("turbo")
    guide.holds("it is remembered, privately", answer["content"], is_private(answer) and "Turbo" in answer["content"])

    grid = await guide.result(await guide.slash("imagine", {"prompt": "a quick river"}))
    guide.show(grid)
    guide.holds("the next job is fast no more", grid["content"], grid["content"].endswith("(turbo)"))
    relaxed = await guide.result(await guide.slash("imagine", {"prompt": "a slow river --relax --sandbox-late"}))
    guide.show(relaxed)
    guide.holds("a flag wins and is taken out", relaxed["content"], "--relax" not in relaxed["content"])
    guide.holds("it runs relaxed", relaxed["content"], relaxed["content"].endswith("(relaxed)"))


async def see_one_speed(guide: Guide) -> str:
    """A relay without speeds says no to turbo; fast is what it has."""
    await guide.slash("turbo")
    sentence = await refused(guide, guide.slash("imagine", {"prompt": "a quick river"}))
    await guide.slash("fast")
    await make(guide, "a plain river")
    return sentence


async def go_by_pictures(guide: Guide) -> None:
    """Pictures to go by travel with the prompt."""
    red = guide.upload("red.png", Image.new("RGB", (320, 240), "firebrick"))
    picture = await guide.result(await guide.slash("imagine", {"prompt": "a warm evening", "image1": red}))
    await guide.pixels(picture, "by-pictures")
    guide.same("one picture went along", len(guide.bodies("/mj/submit/imagine")[-1]["base64Array"]), 1)

    modal = await guide.modal_of(await guide.use_menu(guide.kept["boat"], "Use as image prompt"))
    used = await guide.result(await guide.submit(modal, prompt="the same lake in winter"))
    guide.show(used)
    await guide.pixels(used, "image-prompt")


async def go_by_style(guide: Guide) -> None:
    """A picture for the style becomes a link behind --sref."""
    picture = await guide.result(await imagine_in_style(guide))
    await guide.pixels(picture, "by-style")
    guide.holds("the style is a link", "none", "--sref http" in guide.bodies("/mj/submit/imagine")[-1]["prompt"])


async def see_no_style(guide: Guide) -> str:
    """A relay that takes no uploads has no address to point at."""
    return await refused(guide, imagine_in_style(guide))


async def blend(guide: Guide) -> None:
    """Two pictures become four mixtures."""
    first, second = (guide.upload(f"{name}.png", sign(name)) for name in ("gold", "navy"))
    card = await guide.slash("blend", {"image1": first, "image2": second, "dimensions": "LANDSCAPE"})
    mixed = await guide.result(card)
    guide.show(mixed)

    picture = await guide.pixels(mixed, "blend")
    guide.holds("it is wider than high", picture.size, picture.width > picture.height)
    guide.same("the relay got two pictures", len(guide.bodies("/mj/submit/blend")[-1]["base64Array"]), 2)


async def without_buttons(guide: Guide) -> None:
    """A grid without buttons gets ours, which ask for the older operation."""
    bare = await make(guide, "a bare tree --sandbox-bare")
    guide.same("they are the usual ones", faces(bare), [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]])
    await guide.pixels(await follow(guide, bare, "U3"), "change")
    guide.same("the older operation was used", guide.bodies("/mj/submit/change")[-1]["action"], "UPSCALE")


async def see_no_change(guide: Guide) -> str:
    """A relay without the older operation refuses ours."""
    bare = await make(guide, "a bare tree --sandbox-bare")
    return await refused(guide, guide.press(bare, "V3"))


async def reply(guide: Guide) -> None:
    """A reply presses a button, too."""
    before = len(guide.relay.tasks())
    await guide.say("ana", guide.kept["boat"], "V3")
    await guide.eventually(lambda: len(guide.relay.tasks()) == before + 1, "a task for the reply")
    guide.transcript.fact("a reply presses the button")


async def swap_face(guide: Guide) -> None:
    """The face of one picture on another."""
    source = guide.upload("face.png", sign("coral"))
    modal = await guide.modal_of(await guide.use_menu(guide.kept["single"], "Swap a face into this"))
    swapped = await guide.result(await guide.submit(modal, file=[source]))
    guide.show(swapped)
    await guide.pixels(swapped, "face-swap")


async def see_no_swap(guide: Guide) -> str:
    """A relay without the upstream for faces refuses."""
    modal = await guide.modal_of(await guide.use_menu(guide.kept["single"], "Swap a face into this"))
    return await refused(guide, guide.submit(modal, file=[guide.upload("face.png", sign("coral"))]))


async def tell_seed(guide: Guide) -> None:
    """The seed, by the message's menu and by a reaction."""
    before = len(guide.requests_to("/image-seed"))
    boat = guide.kept["boat"]
    answer = await guide.answer(await guide.use_menu(boat, "Details and files"))
    guide.show(await guide.with_text(answer, "**seed**"))
    await guide.react("ana", boat, "✉️")
    await guide.eventually(lambda: [m for m in guide.messages("dm") if m["attachments"]], "the seed by direct message")
    guide.transcript.fact("the envelope sends it by direct message, with the pictures")
    guide.calls += ["image-seed" for _call in guide.requests_to("/image-seed")[before:]]


async def see_no_seed(guide: Guide) -> str:
    """A relay that does not tell seeds: the other details are there."""
    answer = await guide.answer(await guide.use_menu(guide.kept["boat"], "Details and files"))
    guide.show(await guide.with_text(answer, f"**seed** {UNTOLD}"))
    return UNTOLD


async def find_again(guide: Guide) -> None:
    """An old job posted again; one removed."""
    boat = guide.kept["boat"]
    again = await guide.with_text(await guide.slash("show", {"id": job_in(boat)}), BOAT)
    guide.same("its buttons live", faces(again), faces(boat))
    await guide.answer(await guide.use_menu(guide.kept["single"], "Remove", user="mia"))
    await guide.eventually(lambda: guide.now(guide.kept["single"]) is None, "the picture gone")
    guide.transcript.fact("a moderator removes a picture")


PICTURES = (
    Step("A grid and one picture of it", take_first_picture),
    Step("A picture of version 8", take_picture_of_eight, "U1 to U4 of version 8"),
    Step("Speeds", choose_speed, "/turbo and /relax", serves("/mj-turbo/mj/submit/imagine"), see_one_speed),
    Step("Pictures to go by", go_by_pictures, "pictures in /imagine"),
    Step(
        "A picture for the style",
        go_by_style,
        "a picture behind --sref",
        serves("/mj/submit/upload-discord-images"),
        see_no_style,
    ),
    Step("Blend", blend, "/blend"),
)
OTHERS = (
    Step(
        "A grid without buttons", without_buttons, "a grid without buttons", serves("/mj/submit/change"), see_no_change
    ),
    Step("A reply", reply),
    Step("Face swap", swap_face, "/faceswap", serves("/mj/insight-face/swap"), see_no_swap),
    Step("The seed", tell_seed, "the seed", serves("/mj/task/1/image-seed"), see_no_seed),
    Step("Show and remove", find_again),
)


async def imagine_in_style(guide: Guide) -> Message:
    """Ask for a picture in the style of another one."""
    red = guide.upload("red.png", Image.new("RGB", (320, 240), "firebrick"))
    return await guide.slash("imagine", {"prompt": "a warm evening", "style_reference": red})


def job_in(result: Message) -> str:
    """The id of the job that a result shows."""
    return str(result["attachments"][0]["filename"]).removeprefix("easel-").partition(".")[0]
