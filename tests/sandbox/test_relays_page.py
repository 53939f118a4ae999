"""docs/relays.md: made by the tour, and current in form."""

from pathlib import Path

import pytest

from sandbox.relay.profiles import PROFILES, UNIAPI, Profile
from sandbox.tour import relays
from sandbox.tour.tour import MIDJOURNEY

FAMILIES = pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)


def table_of(page: Path) -> list[list[str]]:
    """The page's table, its head first."""
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_page_tells_every_operation_at_every_family() -> None:
    head, _line, *rows = table_of(relays.PAGE)

    assert head == ["operation", *PROFILES]
    assert [row[0] for row in rows] == list(relays.OPERATIONS)
    assert [row[0] for row in rows if len(row) != len(head) or not all(row)] == []


@FAMILIES
def test_what_a_family_does_not_offer_has_its_step_all_the_same(profile: Profile) -> None:
    missing = [step for step in MIDJOURNEY if not step.is_offered(profile)]

    assert [step.title for step in missing if step.otherwise is None or not step.operation] == []


def test_the_introduction_pages_own_form_offers_everything() -> None:
    assert [step.title for step in MIDJOURNEY if not step.is_offered(UNIAPI)] == []


def test_the_page_is_written_from_what_walks_have_kept(tmp_path: Path) -> None:
    outcomes = {name: {operation: f"{operation} at {name}" for operation in relays.OPERATIONS} for name in PROFILES}
    for name, told in outcomes.items():
        (tmp_path / name).mkdir()
        relays.keep(tmp_path / name, told)

    relays.write_page(relays.kept(tmp_path), tmp_path / "relays.md")

    assert table_of(tmp_path / "relays.md")[2:] == [
        [operation, *(f"{operation} at {name}" for name in PROFILES)] for operation in relays.OPERATIONS
    ]
