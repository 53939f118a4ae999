"""What `make quick` looks at: tests of modules that were changed, and tests that were."""

from pathlib import Path

import pytest

from tests.support.changes import is_about


@pytest.mark.parametrize(
    ("changed", "is_theirs"),
    [
        ("bot/storage/admissions.py", False),
        ("bot/jobs/admission.py", True),
        ("tests/unit/jobs/test_admission_of_groups.py", True),
        ("tests/unit/jobs/test_admission.py", False),
        ("bot/ui/admission.css", False),
    ],
)
def test_a_test_is_about_the_module_it_is_called_after(changed: str, is_theirs: bool) -> None:
    assert is_about(Path("tests/unit/jobs/test_admission_of_groups.py"), {Path(changed)}) is is_theirs


def test_where_nothing_is_known_to_have_changed_no_test_is_about_it() -> None:
    assert not is_about(Path("tests/unit/jobs/test_admission.py"), ())
