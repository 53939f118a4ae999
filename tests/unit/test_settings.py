"""The owner's configuration: every name, every mistake in one line, and what values mean."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.domain.engine_info import OTHER_ENGINES
from bot.domain.requests import Mode
from bot.errors import SettingsError
from bot.settings import PATHS, MidjourneyAuth, Press, load_settings, near_name
from tests.support.environment import REQUIRED, field_of, value_of
from tests.support.makers import make_settings

pytestmark = pytest.mark.usefixtures("environment")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DISCORD_TOKEN", "abc", SecretStr("abc")),
        ("RELAY_API_KEY", "abc", SecretStr("abc")),
        ("SECRET_KEY", "0123456789abcdef", SecretStr("0123456789abcdef")),
        ("SECRET_KEY_OLD", "abc", SecretStr("abc")),
        ("RELAY_MJ_AUTH", "both", MidjourneyAuth.BOTH),
        ("RELAY_MODE", "relax", Mode.RELAX),
        ("RELAY_MODE", "", None),
        ("DATA_DIR", "/srv/easel", Path("/srv/easel")),
        ("PICTURES_URL", "s3://my-pictures/easel/", "s3://my-pictures/easel/"),
        ("PICTURES_CACHE_MB", "100", 100),
        ("AWS_REGION", "eu-central-1", "eu-central-1"),
        ("AWS_ENDPOINT_URL", "https://s3.example.com", "https://s3.example.com"),
        ("LOG_LEVEL", "DEBUG", "DEBUG"),
        ("LOG_FORMAT", "json", "json"),
        ("TIME_SCALE", "60", 60.0),
        ("ALLOWED_GUILDS", "1, 2,,3 ", frozenset({1, 2, 3})),
        ("ALLOWED_GUILDS", "", frozenset()),
        ("ALLOW_DM", "true", True),
        ("ALLOW_USER_INSTALL", "1", True),
        ("ALLOWED_MODES", "fast,turbo", frozenset({Mode.FAST, Mode.TURBO})),
        ("PRESS", "author", Press.AUTHOR),
        ("MESSAGE_REPLIES", "true", True),
        ("MAX_RUNNING_PER_MEMBER", "1", 1),
        ("MAX_RUNNING", "7", 7),
        ("MAX_WAITING_PER_MEMBER", "2", 2),
        ("UNITS_PER_MEMBER_DAY", "0", 0),
        ("UNITS_PER_MEMBER_DAY", "", None),
        ("UNITS_PER_DAY", "100", 100),
        ("PRICES", '{"imagine": 4}', {"imagine": 4}),
        ("MAX_IMAGE_BYTES", "500000", 500_000),
        ("ENGINES", "midjourney, kling", ("midjourney", "kling")),
        ("FAL_API_KEY", "abc", SecretStr("abc")),
        ("FAL_HEADERS", '{"Authorization": "Bearer {key}"}', {"Authorization": SecretStr("Bearer {key}")}),
        ("FAL_MODELS", "flux/dev, flux/schnell", ("flux/dev", "flux/schnell")),
        ("FAL_ANY_MODEL", "true", True),
        ("FAL_PICTURE_FIELDS", '{"*/x": "image_url"}', {"*/x": "image_url"}),
        ("JIMENG_SIZES", "1024*1024,2:3", ("1024*1024", "2:3")),
    ],
)
def test_each_setting_is_read_from_the_environment(
    name: str, value: str, expected: object, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv(name, value)

    assert value_of(load_settings(), name) == expected


@pytest.mark.parametrize(
    ("value", "ids"),
    [("auto", "auto"), ("AUTO", "auto"), ("0-3,5", (0, 1, 2, 3, 5)), ("7", (7,)), (" 5, 0 - 1,1 ", (0, 1, 5))],
)
def test_shards_are_numbers_and_spans(value: str, ids: object, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SHARD_COUNT", "8")
    environment.setenv("SHARD_IDS", value)

    assert load_settings().discord.shard_ids == ids


def test_shards_end_below_their_number(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SHARD_COUNT", "8")
    environment.setenv("SHARD_IDS", "6-8")

    with pytest.raises(SettingsError, match="SHARD_IDS needs SHARD_COUNT"):
        load_settings()


@pytest.mark.parametrize("name", ["RELAY_BASE_URL", "DISCORD_API_URL", "DISCORD_GATEWAY_URL"])
def test_each_address_is_read_from_the_environment(name: str, environment: pytest.MonkeyPatch) -> None:
    address = "wss://x.example/g" if "GATEWAY" in name else "https://x.example/g"
    environment.setenv(name, address)

    assert str(value_of(load_settings(), name)) == address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RELAY_BASE_URL", "relay.example"),
        ("DISCORD_API_URL", "ftp://x"),
        ("DISCORD_GATEWAY_URL", "https://x"),
        ("SHARD_COUNT", "0"),
        ("SHARD_IDS", "some"),
        ("SHARD_IDS", "3-1"),
        ("SHARD_IDS", "0,,1"),
        ("SHARD_IDS", "-1"),
        ("SHARD_IDS", "2"),
        ("SECRET_KEY", "0123456789abcde"),
        ("RELAY_MJ_AUTH", "basic"),
        ("RELAY_MODE", "warp"),
        ("PICTURES_URL", "/srv/pictures"),
        ("PICTURES_URL", "s3://Upper/easel"),
        ("PICTURES_URL", "s3://pictures/a b"),
        ("PICTURES_CACHE_MB", "99"),
        ("AWS_ENDPOINT_URL", "s3.example.com"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("TIME_SCALE", "0"),
        ("ALLOWED_GUILDS", "here"),
        ("ALLOW_DM", "perhaps"),
        ("ALLOWED_MODES", "warp"),
        ("PRESS", "me"),
        ("MAX_RUNNING_PER_MEMBER", "0"),
        ("MAX_RUNNING", "x"),
        ("MAX_WAITING_PER_MEMBER", "0"),
        ("UNITS_PER_MEMBER_DAY", "-1"),
        ("UNITS_PER_DAY", "-1"),
        ("PRICES", "cheap"),
        ("PRICES", "[1]"),
        ("PRICES", '{"imagine": -1}'),
        ("PRICES", '{"imagine": "free"}'),
        ("MAX_IMAGE_BYTES", "1"),
        ("KLING_BASE_URL", "kling.example"),
        ("KLING_HEADERS", "Bearer {key}"),
        ("KLING_HEADERS", '["Bearer"]'),
        ("KLING_HEADERS", '{"X": "a\\nb"}'),
        ("FAL_MODELS", ","),
        ("FAL_PICTURE_FIELDS", '{"*": "picture"}'),
    ],
)
def test_each_bad_value_is_named_in_one_line(name: str, value: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv(name, value)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", [["DISCORD_TOKEN"], ["RELAY_API_KEY"], list(REQUIRED)])
@pytest.mark.parametrize("how", ["gone", "empty"])
def test_missing_names_are_told_together_in_one_line(
    missing: list[str], how: str, environment: pytest.MonkeyPatch
) -> None:
    for name in missing:
        environment.setenv(name, "")
        if how == "gone":
            environment.delenv(name)

    with pytest.raises(SettingsError, match=f"^{', '.join(missing)} must be set") as caught:
        load_settings()

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["RELAY_BASE_URL", "DISCORD_GATEWAY_URL", "TIME_SCALE"])
def test_values_never_stand_in_a_mistake(name: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv(name, "sk-misplaced-key")

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert "sk-misplaced-key" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("RELAY_BASE_URL", "api.uniapi.io", "must start with https://, for example https://api.example.com."),
        ("RELAY_BASE_URL", "ftp://x", "must start with https://, for example https://api.example.com."),
        ("DISCORD_GATEWAY_URL", "https://x", "must start with wss://, for example wss://api.example.com."),
        ("SECRET_KEY", "short", "must have at least 16 characters; empty, Easel makes one itself."),
        ("RELAY_MODE", "warp", "must be relax, fast or turbo."),
        ("PICTURES_URL", "pictures", "must be s3:// with a bucket's name, for example s3://my-bucket/easel."),
        ("AWS_ENDPOINT_URL", "s3.example.com", "must start with https://, for example https://s3.example.com."),
        ("LOG_FORMAT", "xml", "must be console or json."),
        ("ALLOW_DM", "perhaps", "must be true or false."),
        ("MAX_RUNNING", "x", "must be a whole number."),
        ("MAX_RUNNING", "0", "must be at least 1."),
        ("MAX_JOBS_PER_PROMPT", "41", "must be at most 40."),
        ("TIME_SCALE", "fast", "must be a number."),
        ("TIME_SCALE", "0", "must be more than 0."),
        ("ALLOWED_MODES", "fast,warp", "must be relax, fast or turbo."),
        ("PRICES", "cheap", "is not JSON; .env.example shows how it is written."),
        ("PRICES", "[1]", "must be a JSON object; .env.example shows how it is written."),
        ("PRICES", '{"imagine": "free"}', "must be a whole number for “imagine”."),
        ("KLING_HEADERS", '{"X": "a\\nb"}', "must have its headers on one line each."),
        ("FAL_MODELS", ",", "must name at least one."),
    ],
)
def test_mistakes_are_told_in_plain_words(
    name: str, value: str, sentence: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv(name, value)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert str(caught.value) == f"{name} {sentence}"


@pytest.mark.parametrize(
    ("value", "told"),
    [("abc", "“abc” is"), ("123,my server", "“my server” is"), ("a" * 40, "one of its entries is")],
)
def test_a_server_that_is_no_id_is_named(value: str, told: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ALLOWED_GUILDS", value)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert str(caught.value) == f"ALLOWED_GUILDS: {told} not a server id (a long number)."


def test_several_mistakes_are_told_on_a_line_each(environment: pytest.MonkeyPatch) -> None:
    for name, value in {"RELAY_API_KEY": "", "MAX_RUNNING": "x", "ALLOW_DM": "perhaps"}.items():
        environment.setenv(name, value)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert sorted(line.split(" ")[0] for line in str(caught.value).splitlines()) == [
        "ALLOW_DM",
        "MAX_RUNNING",
        "RELAY_API_KEY",
    ]


def test_mistake_about_two_settings_names_them_without_more(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ALLOWED_MODES", "relax")

    with pytest.raises(SettingsError, match=r"^RELAY_MODE must be one of ALLOWED_MODES\.$"):
        load_settings()


@pytest.mark.parametrize("is_source", [True, False])
def test_missing_file_is_offered_its_example(is_source: bool, tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    environment.chdir(tmp_path)
    if is_source:
        (tmp_path / ".env.example").touch()
    for name in (*REQUIRED, "ENV_FILE"):
        environment.delenv(name)

    way = r"cp \.env\.example" if is_source else "easel env-example >"
    with pytest.raises(SettingsError, match=rf"to begin with it: {way} \.env\)\.$"):
        load_settings()


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("MAX_RUNING", "MAX_RUNNING"), ("alow_dm", "ALLOW_DM"), ("RELAY_URL", "RELAY_BASE_URL"), ("HOME", None)],
)
def test_a_misspelt_name_is_put_right(wrong: str, meant: str | None) -> None:
    assert near_name(wrong) == meant


def test_keys_written_into_headers_are_secret() -> None:
    headers = {"Authorization": "Bearer sk-literal-key-1", "X-Both": "{key}:literal-2345", "X-Plain": "{key}"}
    settings = make_settings(fal_headers=headers, fal_api_key="own-key-of-fal")

    assert "literal" not in repr(settings)
    assert {"sk-literal-key-1", ":literal-2345"} < set(settings.secrets())
    assert not {"Bearer", "Key", "{key}"} & set(settings.secrets())
    assert settings.access("fal").headers == {
        "Authorization": "Bearer sk-literal-key-1",
        "X-Both": "own-key-of-fal:literal-2345",
        "X-Plain": "own-key-of-fal",
    }


def test_secrets_never_show() -> None:
    names = [name for name in PATHS if field_of(name).annotation is SecretStr]
    secrets = {name: f"s3cret{name}" for name in names} | {"alert_webhook": "https://s3cret.example/alert_webhook"}
    settings = make_settings(**secrets)

    assert {"discord_token", "relay_api_key", "secret_key"} < set(names)
    assert sorted(settings.secrets()) == sorted(secrets.values())
    assert not set(settings.secrets()) & set(re.findall(r"\w+", repr(settings)))


OTHERS = [info.name for info in OTHER_ENGINES]


@pytest.mark.parametrize("engine", OTHERS)
def test_an_engine_is_reached_like_the_relay_unless_it_has_its_own(engine: str) -> None:
    theirs = make_settings(relay_base_url="https://relay.example/", relay_api_key="relay-key").access(engine)
    own = make_settings(
        **{f"{engine}_base_url": "https://own.example/x", f"{engine}_api_key": "own-key"},
        **{f"{engine}_headers": '{"X-Key": "{key}!", "X-More": "1"}'},
    )

    assert theirs.base_url == "https://relay.example/"
    assert [value.removeprefix("Bearer ").removeprefix("Key ") for value in theirs.headers.values()] == ["relay-key"]
    assert own.access(engine) == ("https://own.example/x", {"X-Key": "own-key!", "X-More": "1"})
    assert "https://own.example/x" in own.addresses()


def test_each_engine_carries_its_key_as_its_family_does() -> None:
    settings = make_settings(relay_api_key="k")

    assert settings.access("ideogram").headers == {"Api-Key": "k"}
    assert settings.access("fal").headers == {"Authorization": "Key k"}
    assert settings.access("jimeng").headers == settings.access("kling").headers == {"Authorization": "Bearer k"}


def test_default_mode_must_be_allowed() -> None:
    with pytest.raises(SettingsError, match="RELAY_MODE must be one of ALLOWED_MODES"):
        make_settings(allowed_modes="relax")

    assert make_settings(allowed_modes="relax", relay_mode="relax").relay.mode is Mode.RELAX


# What values mean.


@pytest.mark.parametrize(
    ("operation", "mode", "units"),
    [("imagine", Mode.TURBO, 9), ("imagine", Mode.FAST, 4), ("action", Mode.TURBO, 2), ("action", Mode.RELAX, 1)],
)
def test_the_most_exact_price_counts(operation: str, mode: Mode, units: int) -> None:
    settings = make_settings(prices={"*": 1, "*/turbo": 2, "imagine": 4, "imagine/turbo": 9})

    assert settings.limits.units(operation, mode) == units


def test_a_price_list_without_the_operation_means_one_unit() -> None:
    assert make_settings(prices={}).limits.units("imagine", Mode.FAST) == 1


def test_database_stands_in_the_data_folder(tmp_path: Path) -> None:
    assert make_settings(data_dir=tmp_path).storage.database == f"sqlite+aiosqlite:///{tmp_path}/easel.db"
    assert make_settings(database_url="sqlite+aiosqlite:////x.db").storage.database == "sqlite+aiosqlite:////x.db"


@pytest.mark.parametrize("url", ["mysql://u:p@h/d", "postgres-at-home", "sqlite:///easel.db"])
def test_database_of_another_kind_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        make_settings(database_url=url)

    assert str(caught.value) == "DATABASE_URL must begin with sqlite+aiosqlite:/// or postgresql://."


def test_database_server_needs_a_key_that_is_set() -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY must be set where DATABASE_URL is a server's"):
        make_settings(database_url="postgresql://easel@db/easel")

    assert not make_settings(database_url="postgresql://easel@db/easel", secret_key="k" * 16).storage.is_file


def test_password_of_the_database_is_a_secret() -> None:
    settings = make_settings(database_url="postgresql+asyncpg://easel:horse%3Astaple@db/easel", secret_key="k" * 16)

    assert {"horse%3Astaple", "horse:staple"} <= set(settings.secrets())
    assert "horse" not in repr(settings)


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_a_buckets_key_has_its_secret(name: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv(name, "half")

    with pytest.raises(SettingsError, match="belong together; set both or neither") as caught:
        load_settings()

    assert "half" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "bucket", "folder"),
    [
        ("", "", ""),
        ("s3://pictures", "pictures", ""),
        ("s3://pictures/", "pictures", ""),
        ("s3://p.x/a/b/", "p.x", "a/b"),
    ],
)
def test_a_buckets_address_names_it_and_what_stands_before_the_keys(url: str, bucket: str, folder: str) -> None:
    settings = make_settings(pictures_url=url).bucket

    assert (settings.bucket, settings.folder) == (bucket, folder)


def test_keys_of_the_bucket_are_secret() -> None:
    settings = make_settings(aws_access_key_id="an id of mine", aws_secret_access_key="a secret of mine")

    assert {"an id of mine", "a secret of mine"} <= set(settings.secrets())
    assert "of mine" not in repr(settings)
