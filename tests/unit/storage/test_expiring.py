"""Values that lapse: each for its owner alone, for a life in simulated seconds, swept when new ones come."""

from dataclasses import dataclass

import pytest
from pydantic import TypeAdapter

from bot.domain.job import Actor, Place, Reach, Token
from bot.storage.expiring import ExpiringValues, ForeignValueError
from bot.storage.jobs import JobStore
from bot.ui.flows.mask_editor import RegionPress
from tests.support.makers import ANA, BEN, START
from tests.support.ports import ManualClock

pytestmark = pytest.mark.both_databases

LIFE_S = 3600.0
SPEED = 60.0
PRESS = RegionPress(ANA, Place(301, 201, Reach.GUILD, may_post=True, upload_limit=9), 500)
FROM_AN_INSTALL = RegionPress(
    Actor(901, "zh-CN"),
    Place(301, None, Reach.USER_INSTALL, may_post=False, upload_limit=9),
    500,
    Token("sealed", START),
)


@dataclass(frozen=True)
class Wish:
    """Something that a member wants."""

    user_id: int
    text: str


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SPEED)


@pytest.fixture
def wishes(store: JobStore, clock: ManualClock) -> ExpiringValues[Wish]:
    return ExpiringValues(
        store.notes, clock, "wish", TypeAdapter(Wish), life_s=LIFE_S, owner_of=lambda wish: wish.user_id
    )


async def test_value_comes_back_to_its_owner(wishes: ExpiringValues[Wish]) -> None:
    wish = Wish(ANA.id, "a 猫")

    assert await wishes.get(await wishes.keep(wish), ANA.id) == wish


async def test_value_of_another_member_is_refused(wishes: ExpiringValues[Wish]) -> None:
    wish_id = await wishes.keep(Wish(ANA.id, "a cat"))

    with pytest.raises(ForeignValueError):
        await wishes.get(wish_id, BEN.id)


async def test_value_is_written_as_json_under_its_kind(wishes: ExpiringValues[Wish], store: JobStore) -> None:
    wish_id = await wishes.keep(Wish(901, "a cat"))

    assert wishes.name_of(wish_id) == f"wish:{wish_id}"
    assert await store.notes.get(f"wish:{wish_id}") == '{"user_id":901,"text":"a cat"}'


async def test_id_begins_with_its_second_and_ends_with_chance(wishes: ExpiringValues[Wish], clock: ManualClock) -> None:
    first, second = [await wishes.keep(Wish(901, "a cat")) for _ in range(2)]

    assert int(first[:8], 16) == int(clock.now().timestamp())
    assert (len(first), first[:8], first == second) == (16, second[:8], False)


async def test_replaced_value_keeps_its_life(wishes: ExpiringValues[Wish], clock: ManualClock) -> None:
    wish_id = await wishes.keep(Wish(ANA.id, "a cat"))

    await wishes.replace(wish_id, Wish(ANA.id, "a dog"))

    assert await wishes.get(wish_id, ANA.id) == Wish(ANA.id, "a dog")
    clock.pass_by(LIFE_S / SPEED + 2)
    assert await wishes.get(wish_id, ANA.id) is None


@pytest.mark.parametrize("fate", ["dropped", "unknown"])
async def test_value_that_is_not_there_is_none(fate: str, wishes: ExpiringValues[Wish]) -> None:
    wish_id = await wishes.keep(Wish(ANA.id, "a cat"))
    await wishes.delete(wish_id)

    assert await wishes.get(wish_id if fate == "dropped" else "nothing", ANA.id) is None


@pytest.mark.parametrize(("age_s", "is_kept"), [(0, True), (LIFE_S - 1, True), (LIFE_S + 2 * SPEED, False)])
async def test_life_is_counted_in_simulated_seconds(
    age_s: float, *, is_kept: bool, wishes: ExpiringValues[Wish], clock: ManualClock
) -> None:
    wish_id = await wishes.keep(Wish(ANA.id, "a cat"))

    clock.pass_by(age_s / SPEED)

    assert (await wishes.get(wish_id, ANA.id) is not None) is is_kept


async def test_lapsed_value_is_found_until_a_new_one_sweeps_it(
    wishes: ExpiringValues[Wish], clock: ManualClock
) -> None:
    old = await wishes.keep(Wish(ANA.id, "a cat"))
    clock.pass_by(LIFE_S / SPEED + 2)
    assert await wishes.find(old) == Wish(ANA.id, "a cat")

    await wishes.keep(Wish(BEN.id, "a dog"))

    assert await wishes.find(old) is None


async def test_sweeping_leaves_young_values_and_other_kinds(
    wishes: ExpiringValues[Wish], store: JobStore, clock: ManualClock
) -> None:
    await store.notes.set("paused:1", "1")
    young = await wishes.keep(Wish(ANA.id, "a cat"))
    clock.pass_by(LIFE_S / SPEED / 2)

    await wishes.keep(Wish(BEN.id, "a dog"))

    assert await wishes.find(young) == Wish(ANA.id, "a cat")
    assert await store.notes.get("paused:1") == "1"


@pytest.mark.parametrize("press", [PRESS, FROM_AN_INSTALL], ids=["server", "user install"])
async def test_press_of_a_region_comes_out_as_it_went_in(
    press: RegionPress, store: JobStore, clock: ManualClock
) -> None:
    presses = ExpiringValues(
        store.notes, clock, "drawing", TypeAdapter(RegionPress), life_s=LIFE_S, owner_of=lambda one: one.actor.id
    )

    assert await presses.get(await presses.keep(press), press.actor.id) == press
