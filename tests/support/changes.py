"""Which tests are about what was changed: `make quick` leaves the others that use a database to `make test`."""

import subprocess
from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).parents[2]


def changed_files() -> frozenset[Path]:
    """Return what differs from the last commit; where nothing does, what that one changed."""
    for command in (["status", "--porcelain", "--no-renames"], ["diff", "--name-status", "--no-renames", "HEAD~1"]):
        ran = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True, check=False)
        if ran.returncode == 0 and ran.stdout:
            return frozenset(ROOT / line.split(maxsplit=1)[1] for line in ran.stdout.splitlines())
    return frozenset()


def is_about(test: Path, changed: Collection[Path]) -> bool:
    """Tell whether a file of tests was changed, or a module that it is called after ("test_admission_batcher.py")."""
    name = test.stem.removeprefix("test_")
    return any(test == path or (path.suffix == ".py" and name.startswith(path.stem)) for path in changed)
