"""What is shipped beside the code: the image, the services of containers and of systemd, and the wheel itself."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from configparser import RawConfigParser
from pathlib import Path

import pytest

from benchmarks.process import SPARING
from bot import __version__
from bot.settings import PATHS, is_setting
from tests.support.environment import field_of

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
COMPOSE = {path.name: path.read_text(encoding="utf-8") for path in sorted(DEPLOY.glob("compose*.yaml"))}
UNIT = (DEPLOY / "easel.service").read_text(encoding="utf-8")
NOT_OURS = {
    "ENV_FILE",
    "PATH",
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    *SPARING,
}  # of the start, of Python and of the C library
LONGEST_STOP_S = next(rule.le for rule in field_of("stop_limit_s").metadata if hasattr(rule, "le"))


def environment_of_the_image() -> dict[str, str]:
    block = re.findall(r"^ENV ((?:.*\\\n)*.*)", CONTAINERFILE, re.MULTILINE)[-1]  # the stage before has its own
    return dict(word.split("=", 1) for word in block.replace("\\\n", " ").split())


def environment_of_the_service() -> set[str]:
    lines = re.findall(r"^Environment=((?:.*\\\n)*.*)", UNIT, re.MULTILINE)
    return {word for line in lines for word in line.replace("\\\n", " ").split()}


def service(name: str) -> str:
    """The text of Easel's own service in a compose file."""
    return re.split(r"^  (?=\w)", COMPOSE[name].split("\nservices:\n")[1], flags=re.MULTILINE)[1]


def unit() -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT)
    return parser


# Names.


def test_settings_of_the_image_exist() -> None:
    assert [name for name in environment_of_the_image() if not is_setting(name) and name not in NOT_OURS] == []


@pytest.mark.parametrize("name", sorted(COMPOSE))
def test_settings_of_the_containers_exist(name: str) -> None:
    given = re.findall(r"^ {6}(?:# )?([A-Z_]+): ", service(name), re.MULTILINE)

    assert given
    assert [setting for setting in given if not is_setting(setting)] == []


def test_settings_of_the_service_exist() -> None:
    given = [pair.partition("=")[0] for pair in environment_of_the_service()]
    handed = re.findall(r"LoadCredential=([A-Z_]+):", UNIT)

    assert handed
    assert [name for name in given if name not in NOT_OURS and not is_setting(name)] == []
    assert [name for name in handed if name.lower() not in PATHS] == []


@pytest.mark.parametrize("name", sorted(COMPOSE))
def test_secrets_of_the_containers_stand_in_files_that_they_are_given(name: str) -> None:
    own = service(name)
    given = set(re.findall(r"_FILE: /run/secrets/(\w+)", own))
    listed = set(re.findall(r"\w+", re.findall(r"^ {4}secrets: \[(.*)\]", own, re.MULTILINE)[0]))
    declared = set(re.findall(r"^  (\w+):\n    file: \.\./secrets/\1$", COMPOSE[name], re.MULTILINE))

    assert given == listed <= declared
    assert not re.search(r"^ {6}\w*(TOKEN|KEY|URL|PASSWORD): (?!\$\{RELAY_BASE_URL)(?!https)", own, re.MULTILINE)


# What holds them together.


def test_ports_of_image_and_containers_agree() -> None:
    port = environment_of_the_image()["WEB_PORT"]

    assert re.findall(r"^EXPOSE (\d+)$", CONTAINERFILE, re.MULTILINE) == [port]
    assert f'ports: ["127.0.0.1:{port}:{port}"]' in COMPOSE["compose.yaml"]


def test_data_is_on_the_volume() -> None:
    folder = environment_of_the_image()["DATA_DIR"]

    assert f"VOLUME {folder}\n" in CONTAINERFILE
    assert f'volumes: ["data:{folder}"]' in COMPOSE["compose.yaml"]


def test_nobody_is_root_and_little_can_be_written() -> None:
    assert re.findall(r"^USER (\d+):(\d+)$", CONTAINERFILE, re.MULTILINE) == [("10001", "10001")]
    assert all(line in service("compose.yaml") for line in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges"))
    assert (unit()["Service"]["DynamicUser"], unit()["Service"]["ProtectSystem"]) == ("yes", "strict")


def test_the_image_is_watched_by_the_command_for_it() -> None:
    assert 'CMD ["easel", "health"]' in CONTAINERFILE
    assert 'ENTRYPOINT ["tini", "--", "easel"]\nCMD ["run"]' in CONTAINERFILE


def test_docstrings_are_left_out_of_memory_and_what_is_compiled_is_compiled_so() -> None:
    stages = re.findall(r"^ENV ((?:.*\\\n)*.*)", CONTAINERFILE, re.MULTILINE)

    assert [len(re.findall(r"\bPYTHONOPTIMIZE=2\b", stage)) for stage in stages] == [1, 1]
    assert "PYTHONOPTIMIZE=2" in environment_of_the_service()
    assert "\n#   /opt/easel/bin/python -OO -m compileall -q /opt/easel/lib\n" in UNIT


def test_image_and_service_are_as_sparing_with_memory_as_what_is_measured() -> None:
    assert SPARING.items() <= environment_of_the_image().items()
    assert {f"{name}={value}" for name, value in SPARING.items()} <= environment_of_the_service()


def test_a_stop_has_the_time_that_it_may_need() -> None:
    given = [unit()["Service"]["TimeoutStopSec"], *re.findall(r"stop_grace_period: (\w+)", COMPOSE["compose.yaml"])]

    assert len(given) == 2
    assert all(int(limit.removesuffix("s")) >= LONGEST_STOP_S + 15 for limit in given)


def test_what_only_its_owner_can_mend_is_not_started_again() -> None:
    own = unit()["Service"]

    assert (own["Type"], own["Restart"], own["RestartPreventExitStatus"]) == ("notify", "on-failure", "2")
    assert own["ExecStart"].endswith("/easel run")


def test_a_reload_of_the_service_reads_the_settings_where_they_are_written() -> None:
    own = unit()["Service"]

    assert own["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert "ENV_FILE=/etc/easel/easel.env" in own["Environment"].split()  # not a copy, as a credential is one
    assert f"-g {own['SupplementaryGroups']} /dev/stdin /etc/easel/easel.env" in UNIT


def test_the_image_has_the_versions_that_were_tried() -> None:
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()

    assert "--require-hashes -r requirements.lock" in CONTAINERFILE
    assert {"!requirements.lock", "!deploy/wheel_hook.py", "!bot", "!cogs", "!pyproject.toml"} <= set(ignored)


# The wheel.


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="the wheel's builder is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, folder], cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in an environment of its own, which has its dependencies from ours and nothing of the source."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    (site,) = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    ours = Path(pytest.__file__).parents[1]
    (site / "dependencies.pth").write_text(f"{ours}\n")
    return folder / "bin" / "python"


def easel(python: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Do as the console script does, in a folder without the source."""
    return subprocess.run(
        [python, "-c", "from bot.__main__ import app; app(prog_name='easel')", *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.process
def test_the_wheel_has_what_the_source_has(wheel: Path) -> None:
    skipped = {"__pycache__", ".po", ".pyc"}
    packed = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        str(path.relative_to(ROOT))
        for folder in ("bot", "cogs")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not skipped & {path.suffix, *path.parts}
    }

    assert {name for name in packed if ".dist-info/" not in name} == expected | {"bot/settings/.env.example"}
    assert "bot/locale/zh_CN/LC_MESSAGES/easel.mo" in packed
    assert f"easel-{__version__}.dist-info/entry_points.txt" in packed


@pytest.mark.process
def test_the_wheel_runs_where_no_source_is(installed: Path, tmp_path: Path) -> None:
    shown = easel(installed, tmp_path, "--help")
    version = easel(installed, tmp_path, "--version")
    example = easel(installed, tmp_path, "env-example")
    started = easel(installed, tmp_path, "run")

    assert (shown.returncode, {"run", "doctor", "health"} <= set(shown.stdout.split())) == (0, True)
    assert version.stdout.startswith(f"Easel {__version__}, tables 0")
    assert example.stdout == (ROOT / ".env.example").read_text(encoding="utf-8")
    assert started.returncode == 2
    assert started.stderr.endswith(
        "must be set (in the environment or in .env; to begin with it: easel env-example > .env).\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_the_wheel_speaks_all_languages(installed: Path, tmp_path: Path) -> None:
    show = "import bot; from bot.language import catalogue; print(bot.__file__, len(catalogue('zh-CN')._catalog))"

    shown = subprocess.run([installed, "-c", show], cwd=tmp_path, capture_output=True, text=True, check=True)

    where, sentences = shown.stdout.split()
    assert where.startswith(str(installed.parents[1]))
    assert int(sentences) > 100


@pytest.mark.process
def test_the_wheel_comes_to_a_picture(installed: Path, tmp_path: Path) -> None:
    program = "from bot.__main__ import app; app(['run'])"

    tried = first_picture("env", "-C", str(tmp_path), str(installed), "-c", program)

    assert tried.returncode == 0, tried.stderr
    assert "posted easel-" in tried.stdout


@pytest.mark.process
def test_an_installation_that_does_not_start_is_told() -> None:
    tried = first_picture(sys.executable, "-c", "raise SystemExit('no such bot')")

    assert (tried.returncode, tried.stderr) == (1, "no such bot\n")


def first_picture(*command: str) -> subprocess.CompletedProcess[str]:
    """Let the sandbox try what starts a bot."""
    words = [sys.executable, "-m", "sandbox.first_picture", *command]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
