"""Settings from the environment or a file, checked as a whole: all faults at once, unsafe values refused."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import AwareDatetime, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.model.errors import Fault, SettingsError

ROOT: Final = Path(__file__).resolve().parent.parent
_PLACEHOLDERS: Final = frozenset(
    {"changeme", "change-me", "secret", "password", "test", "xxx", "token", "example", "placeholder"}
)
_SHORTEST_SECRET: Final = 16  # characters


def content_root() -> Path:
    """Where content lies: beside the code in a checkout, inside the package when installed."""
    return ROOT / "content" if (ROOT / "content").is_dir() else Path(__file__).parent / "_content"


def locales_root() -> Path:
    return ROOT / "locales" if (ROOT / "locales").is_dir() else Path(__file__).parent / "_locales"


class Settings(BaseSettings):
    """What an organiser can set; each is ``DESK_`` and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="DESK_", extra="forbid", frozen=True, str_strip_whitespace=True)

    event: Annotated[str, Field(min_length=1)] = "ap11"
    """A folder, or a name under ``content/``."""
    data_dir: Path = Path("data")
    cache_dir: Path | None = None
    """What only makes the next start faster; by default in ``data_dir``. May be deleted at any time."""
    database_url: str = ""
    """Empty: TinyDB in ``data_dir``."""
    http: Annotated[str, Field(pattern=r"^[^:\s]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$")] = "127.0.0.1:8080"
    public_url: str = ""
    telegram_token: str = ""
    telegram_api_url: str = ""
    telegram_webhook_secret: str = ""
    staff_chat: int | None = None
    clock: AwareDatetime | None = None
    """Start instant of a demonstration clock."""
    log_level: Annotated[str, Field(pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"

    @field_validator("public_url", "telegram_api_url")
    @classmethod
    def _address(cls, read: str) -> str:
        if read and not read.startswith(("http://", "https://")):
            raise ValueError("an address begins with https:// (or http:// on this machine)")
        return read.rstrip("/")

    @field_validator("telegram_token")
    @classmethod
    def _token(cls, read: str) -> str:
        number, _, secret = read.partition(":")
        if read and not (number.isdigit() and len(secret) >= _SHORTEST_SECRET and secret.lower() not in _PLACEHOLDERS):
            raise ValueError("a bot token is a number, a colon and the long key that Telegram's BotFather gave")
        return read

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _secret(cls, read: str) -> str:
        if not read:
            return read
        if len(read) < _SHORTEST_SECRET or read.lower() in _PLACEHOLDERS or len(set(read)) < 6:
            raise ValueError(f"this secret is too easy: at least {_SHORTEST_SECRET} mixed characters")
        if not all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in read):
            raise ValueError("only letters, digits, _ and - are allowed by Telegram")
        return read

    @field_validator("database_url")
    @classmethod
    def _store(cls, read: str) -> str:
        if read and not read.startswith(("tinydb:", "memory:")):
            raise ValueError("no such kind of store here: tinydb:FOLDER or memory:")
        return read

    @model_validator(mode="after")
    def _together(self) -> Settings:
        if self.telegram_webhook_secret and not self.public_url:
            raise ValueError("TELEGRAM_WEBHOOK_SECRET needs PUBLIC_URL, where Telegram can reach the desk")
        if self.staff_chat is not None and not self.telegram_token:
            raise ValueError("STAFF_CHAT needs TELEGRAM_TOKEN")
        return self

    @property
    def host(self) -> str:
        return self.http.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.http.rpartition(":")[2])

    @property
    def store_url(self) -> str:
        return self.database_url or f"tinydb:{self.data_dir}"

    @property
    def cache(self) -> Path:
        return self.cache_dir or self.data_dir / "cache"

    @property
    def webhook(self) -> bool:
        return bool(self.telegram_webhook_secret and self.public_url)


def read_settings(
    environment: Mapping[str, str] | None = None, *, file: Path | None = None, given: Mapping[str, object] | None = None
) -> Settings:
    """The settings of this process.

    Args:
        environment: Variables; by default the process's own.
        file: ``NAME=value`` lines, each name with or without ``DESK_``; the environment goes before it.
        given: Values that go before both.

    Raises:
        SettingsError: With every fault found.
    """
    values: dict[str, object] = {}
    faults: list[Fault] = []
    if file is not None:
        faults += _read_file(file, values)
    for name, value in (os.environ if environment is None else environment).items():
        if name.startswith("DESK_"):
            values[name.removeprefix("DESK_").lower()] = value
    for foreign in ("test_network", "venv"):  # the bootstrap's own
        values.pop(foreign, None)
    values |= given or {}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        faults += [_fault(found) for found in error.errors(include_url=False)]
        raise SettingsError(faults) from None
    if faults:
        raise SettingsError(faults)
    return settings


def _fault(found: object) -> Fault:
    detail: dict[str, object] = dict(found)  # type: ignore[call-overload]
    loc = detail.get("loc")
    name = "DESK_" + str(loc[0]).upper() if isinstance(loc, tuple) and loc else "settings"
    secret = any(word in name for word in ("TOKEN", "SECRET", "DATABASE"))
    problem = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        problem = "there is no such setting"
    read = "" if secret or name == "settings" else str(detail.get("input", ""))[:60]
    return Fault(name, 1, "", problem, read)


def _read_file(file: Path, values: dict[str, object]) -> list[Fault]:
    try:
        text = file.read_text("utf-8")
        mode = file.stat().st_mode
    except OSError as error:
        return [Fault(file.name, 1, "", f"cannot be read: {error.strerror}")]
    faults = []
    if mode & (stat.S_IRGRP | stat.S_IROTH) and any(word in text.upper() for word in ("TOKEN", "SECRET")):
        faults.append(
            Fault(file.name, 1, "", "others can read this file, and it holds secrets", oct(mode & 0o777), "chmod 600")
        )
    for number, line in enumerate(text.splitlines(), 1):
        written = line.strip()
        if not written or written.startswith("#"):
            continue
        name, separator, value = written.partition("=")
        if not separator:
            faults.append(Fault(file.name, number, "", "this is not NAME=value", written[:40]))
            continue
        values[name.strip().removeprefix("DESK_").lower()] = value.strip().strip("\"'")
    return faults
