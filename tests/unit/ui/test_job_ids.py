"""How people copy a job's id."""

import pytest

from cogs.own_results import id_in

ID = "0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f"  {ID}\n",
        ID.upper(),
        f"easel-{ID}.png",
        f"SPOILER_easel-{ID}.png",
        f"easel-{ID}-2-small.webp",
        f"comparison-{ID}.png",
        f"https://cdn.discordapp.com/attachments/1/2/easel-{ID}.png?ex=1",
    ],
)
def test_an_id_is_known_in_every_form_in_which_it_is_copied(text: str) -> None:
    assert id_in(text) == ID
