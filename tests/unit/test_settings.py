"""Settings are read as a whole: every fault at once, no secret in any of them, unsafe values refused."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.model.errors import Fault, SettingsError
from bot.settings import ROOT, Settings, content_root, locales_root, read_settings

TOKEN = "123456789:AAF-k3yOfTheBotFather_0123456789abc"
SECRET = "hM4vQ9-tXe27_bLwZr3kNd81"


def faults(environment: dict[str, str], **given: object) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        read_settings(environment, given=given)
    return [str(fault) for fault in raised.value.faults]


def private(file: Path, text: str) -> Path:
    file.write_text(text, "utf-8")
    file.chmod(0o600)
    return file


# ------------------------------------------------------------------ what is read


def test_without_any_setting_the_sample_event_runs_here() -> None:
    settings = read_settings({})

    assert (settings.event, settings.host, settings.port) == ("ap11", "127.0.0.1", 8080)
    assert settings.store_url == "tinydb:data"
    assert settings.cache == Path("data/cache")
    assert not settings.webhook
    assert settings.staff_chat is None
    assert settings.clock is None


def test_each_setting_is_read_from_the_environment() -> None:
    settings = read_settings(
        {
            "DESK_EVENT": " my-event ",
            "DESK_DATA_DIR": "/srv/desk",
            "DESK_CACHE_DIR": "/var/cache/desk",
            "DESK_DATABASE_URL": "memory:",
            "DESK_HTTP": "[::1]:8443",
            "DESK_PUBLIC_URL": "https://desk.example.org/",
            "DESK_TELEGRAM_TOKEN": TOKEN,
            "DESK_TELEGRAM_API_URL": "http://127.0.0.1:8081/",
            "DESK_TELEGRAM_WEBHOOK_SECRET": SECRET,
            "DESK_STAFF_CHAT": "-1001234567890",
            "DESK_CLOCK": "2023-11-21T07:40:00+07:00",
            "DESK_LOG_LEVEL": "WARNING",
            "HOME": "/root",
        }
    )

    assert settings == Settings(
        event="my-event",
        data_dir=Path("/srv/desk"),
        cache_dir=Path("/var/cache/desk"),
        database_url="memory:",
        http="[::1]:8443",
        public_url="https://desk.example.org",
        telegram_token=TOKEN,
        telegram_api_url="http://127.0.0.1:8081",
        telegram_webhook_secret=SECRET,
        staff_chat=-1001234567890,
        clock=datetime(2023, 11, 21, 7, 40, tzinfo=timezone(timedelta(hours=7))),
        log_level="WARNING",
    )
    assert (settings.host, settings.port, settings.webhook) == ("::1", 8443, True)
    assert settings.cache == Path("/var/cache/desk")


def test_only_the_given_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_EVENT", "from-the-process")
    monkeypatch.setenv("DESK_LOG_LEVEL", "nonsense")

    assert read_settings({}).event == "ap11"

    monkeypatch.delenv("DESK_LOG_LEVEL")
    assert read_settings().event == "from-the-process"


def test_a_file_gives_way_to_the_environment_and_both_to_what_is_given(tmp_path: Path) -> None:
    file = private(
        tmp_path / "desk.env",
        f'# The desk.\n\nDESK_EVENT="file"\nlog_level=ERROR\nHTTP = 0.0.0.0:80\nTELEGRAM_TOKEN={TOKEN}\n',
    )

    settings = read_settings(
        {"DESK_EVENT": "environment", "DESK_LOG_LEVEL": "DEBUG"}, file=file, given={"event": "given"}
    )

    assert (settings.event, settings.log_level, settings.http, settings.telegram_token) == (
        "given",
        "DEBUG",
        "0.0.0.0:80",
        TOKEN,
    )


def test_the_bootstraps_own_variables_are_no_settings() -> None:
    assert read_settings({"DESK_VENV": "/x", "DESK_TEST_NETWORK": "1"}) == read_settings({})


def test_settings_never_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings({}).event = "other"


def test_content_and_catalogs_lie_beside_the_code() -> None:
    assert content_root() == ROOT / "content"
    assert locales_root() == ROOT / "locales"


# ------------------------------------------------------------------ what is refused


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    file = private(tmp_path / "desk.env", "HTTP=localhost\njust words\nCOLOUR=blue\n")

    with pytest.raises(SettingsError) as raised:
        read_settings(
            {
                "DESK_LOG_LEVEL": "loud",
                "DESK_STAFF_CHAT": "-100",
                "DESK_TELEGRAM_WEBHOOK_SECRET": SECRET,
                "DESK_CLOCK": "2023-11-21T07:40:00",
                "DESK_DATABASE_URL": "mysql://u:p@h/d",
            },
            file=file,
        )

    assert [fault.file for fault in raised.value.faults] == [
        "DESK_CLOCK",
        "DESK_COLOUR",
        "DESK_DATABASE_URL",
        "DESK_HTTP",
        "DESK_LOG_LEVEL",
        "DESK_STAFF_CHAT",
        "DESK_TELEGRAM_WEBHOOK_SECRET",
        "desk.env",
    ]
    assert Fault("desk.env", 2, "", "this is not NAME=value") in raised.value.faults


def test_an_empty_variable_is_one_that_was_not_set() -> None:
    settings = read_settings({"DESK_STAFF_CHAT": "", "DESK_EVENT": "", "DESK_TELEGRAM_TOKEN": ""})

    assert (settings.event, settings.staff_chat, settings.telegram_token) == ("ap11", None, "")


def test_a_webhook_secret_needs_a_public_address() -> None:
    assert faults({"DESK_TELEGRAM_WEBHOOK_SECRET": SECRET}) == [
        "DESK_TELEGRAM_WEBHOOK_SECRET:1: needs DESK_PUBLIC_URL, where Telegram can reach the desk"
    ]


def test_a_staff_chat_needs_a_token() -> None:
    assert faults({"DESK_STAFF_CHAT": "-100123"}) == ["DESK_STAFF_CHAT:1: needs DESK_TELEGRAM_TOKEN"]


@pytest.mark.parametrize("made", [{"staff_chat": -100}, {"telegram_webhook_secret": SECRET}])
def test_settings_made_in_code_need_their_partners_too(made: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="needs DESK_"):
        Settings.model_validate(made)


@pytest.mark.parametrize(
    "token",
    [
        "token",
        "changeme",
        "123456789",
        "123456789:",
        "123456789:short",
        f"abc:{SECRET}",
        "123456789:your-telegram-token-here",
        "123456789:replace-with-your-own-key",
        "123456789:ChangeMeChangeMeChangeMe",
        "123456789:placeholder_placeholder",
    ],
)
def test_a_token_that_is_none_is_refused_and_not_shown(token: str) -> None:
    assert faults({"DESK_TELEGRAM_TOKEN": token}) == [
        "DESK_TELEGRAM_TOKEN:1: a bot token is a number, a colon and the long key that Telegram's BotFather gave"
    ]


@pytest.mark.parametrize(
    "secret",
    [
        "short",
        "changeme",
        "changemechangeme",
        "Change-Me-Please-1",
        "my-webhook-secret-1",
        "password12345678",
        "placeholder-secret",
        "example-for-the-docs",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "abababababababababab",
        "123451234512345123451",
    ],
)
def test_an_easy_secret_is_refused_and_not_shown(secret: str) -> None:
    assert faults({"DESK_TELEGRAM_WEBHOOK_SECRET": secret, "DESK_PUBLIC_URL": "https://desk.example.org"}) == [
        "DESK_TELEGRAM_WEBHOOK_SECRET:1: this secret is too easy: at least 16 mixed characters"
    ]


def test_a_secret_that_telegram_refuses_is_refused_here() -> None:
    told = faults({"DESK_TELEGRAM_WEBHOOK_SECRET": SECRET + "/é", "DESK_PUBLIC_URL": "https://desk.example.org"})

    assert told == ["DESK_TELEGRAM_WEBHOOK_SECRET:1: only letters, digits, _ and - are allowed by Telegram"]


def test_an_unknown_setting_is_refused_without_its_value() -> None:
    assert faults({"DESK_TELEGRAM_TOKN": TOKEN, "DESK_WEBHOOK_SECRT": SECRET}) == [
        "DESK_TELEGRAM_TOKN:1: there is no such setting",
        "DESK_WEBHOOK_SECRT:1: there is no such setting",
    ]


@pytest.mark.parametrize("name", ["EVENT", "HTTP", "PUBLIC_URL", "STAFF_CHAT", "CLOCK", "LOG_LEVEL", "DATABASE_URL"])
def test_a_token_in_the_wrong_place_is_not_shown(name: str) -> None:
    values = {f"DESK_{name}": f"see {TOKEN}", "DESK_TELEGRAM_API_URL": f"127.0.0.1:8081/bot{TOKEN}"}

    told = "\n".join(faults(values))

    assert name == "EVENT" or f"DESK_{name}:1: " in told
    assert "DESK_TELEGRAM_API_URL:1: " in told
    assert TOKEN not in told
    assert TOKEN[-20:] not in told


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("HTTP", "8080", "String should match pattern"),
        ("HTTP", "localhost:99999", "there is no port above 65535; read: localhost:99999"),
        ("HTTP", "a b:80", "String should match pattern"),
        ("PUBLIC_URL", "desk.example.org", "an address begins with https:// (or http:// on this machine)"),
        ("PUBLIC_URL", "javascript:alert(1)", "an address begins with https:// (or http:// on this machine)"),
        ("TELEGRAM_API_URL", "ftp://x", "an address begins with https:// (or http:// on this machine)"),
        ("STAFF_CHAT", "our group", "Input should be a valid integer"),
        ("CLOCK", "tomorrow", "Input should be a valid datetime"),
        ("CLOCK", "2023-11-21T07:40:00", "Input should have timezone info; read: 2023-11-21T07:40:00"),
        ("LOG_LEVEL", "debug", "String should match pattern"),
        ("DATABASE_URL", "mysql://u:p@h/d", "no such kind of store here: tinydb:FOLDER, postgresql://… or memory:"),
    ],
)
def test_a_value_of_another_kind_is_refused(name: str, value: str, problem: str) -> None:
    told = [line for line in faults({f"DESK_{name}": value}) if "needs DESK_TELEGRAM_TOKEN" not in line]

    assert len(told) == 1
    assert told[0].startswith(f"DESK_{name}:1: {problem}")


# ------------------------------------------------------------------ the file


def test_a_file_with_secrets_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = private(tmp_path / "desk.env", f"TELEGRAM_TOKEN={TOKEN}\n")

    for mode in (0o644, 0o640, 0o604):
        file.chmod(mode)
        with pytest.raises(SettingsError) as raised:
            read_settings({}, file=file)
        assert raised.value.faults == (
            Fault("desk.env", 1, "", "others can read this file, and it holds secrets", oct(mode), "chmod 600"),
        )
        assert TOKEN not in str(raised.value)

    file.chmod(0o600)
    assert read_settings({}, file=file).telegram_token == TOKEN


def test_a_file_without_secrets_may_be_read_by_all(tmp_path: Path) -> None:
    file = private(tmp_path / "desk.env", "EVENT=mine\n# TELEGRAM_TOKEN goes here\nTELEGRAM_TOKEN=\n")
    file.chmod(0o644)

    assert read_settings({}, file=file).event == "mine"


def test_a_line_that_is_no_setting_is_named_and_not_shown(tmp_path: Path) -> None:
    file = private(tmp_path / "desk.env", f"EVENT=mine\n\nTELEGRAM_TOKEN: {TOKEN}\n")

    with pytest.raises(SettingsError) as raised:
        read_settings({}, file=file)

    assert str(raised.value) == "desk.env:3: this is not NAME=value"


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.env:1: cannot be read: No such file or directory"):
        read_settings({}, file=tmp_path / "gone.env")

    odd = tmp_path / "odd.env"
    odd.write_bytes("EVENT=mine".encode("utf-16"))
    with pytest.raises(SettingsError, match=r"odd\.env:1: this is not UTF-8 text"):
        read_settings({}, file=odd)
