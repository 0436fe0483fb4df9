"""Settings from the environment or a file, checked as a whole: all faults at once, unsafe values refused."""

from __future__ import annotations

import base64
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bot.model.errors import Fault, SettingsError
from bot.model.language import Language, is_language

ROOT: Final = Path(__file__).resolve().parent.parent
_PLACEHOLDER: Final = re.compile(
    r"change[-_]?me|secret|password|example|placeholder|replace[-_]|your[-_]|insert[-_]", re.IGNORECASE
)
_SHORTEST_SECRET: Final = 16  # characters
_KEY_BYTES: Final = 32
_SECRET_NAMES: Final = ("TOKEN", "SECRET", "DATABASE", "STORE_KEY", "HEARTBEAT", "BOOSTER_KEY", "TRANSLATE_KEY")
_HIDDEN: Final = (*_SECRET_NAMES, "TRANSLATE_URL")  # an address may have been given with its key in it
_LIKE_A_TOKEN: Final = re.compile(r"\d{5,}:[\w-]{10,}")  # also where somebody typed it into the wrong setting


def content_root() -> Path:
    """Where content lies: beside the code in a checkout, inside the package when installed."""
    return ROOT / "content" if (ROOT / "content").is_dir() else Path(__file__).parent / "_content"


def locales_root() -> Path:
    return ROOT / "locales" if (ROOT / "locales").is_dir() else Path(__file__).parent / "_locales"


class Settings(BaseModel):
    """What an organiser can set; each is ``DESK_`` and the name in capitals.

    A plain model: pydantic-settings would read the process's environment a second time, behind ``read_settings``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    event: Annotated[str, Field(min_length=1)] = "ap11"
    """A folder, or a name under ``content/``."""
    data_dir: Path = Path("data")
    cache_dir: Path | None = None
    """What only makes the next start faster; by default in ``data_dir``. May be deleted at any time."""
    database_url: str = ""
    """Empty: TinyDB in ``data_dir``."""
    store_key: str = ""
    """Encrypts what is stored; see ``storage.crypt``."""
    store_key_file: Path | None = None
    """A file with the key, readable by its owner alone."""
    backup_dir: Path | None = None
    """A second folder, best on another disk; see ``bot.backup``."""
    backup_plain: bool = False
    """Backups without a key, which anybody who gets at the folder can read."""
    http: Annotated[str, Field(pattern=r"^[^:\s]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$")] = "127.0.0.1:8080"
    public_url: str = ""
    telegram_token: str = ""
    telegram_api_url: str = ""
    telegram_webhook_secret: str = ""
    telegram_rate: Annotated[float, Field(ge=2, le=10_000)] = 28.0
    """Messages a second; Telegram takes about 30, more only from a Bot API server of one's own or by paid broadcast."""
    heartbeat_url: str = ""
    """Fetched every minute while all is well, so that somebody outside notices when it stops."""
    metrics_token: str = ""
    """Who sends it as a bearer token may read the figures from another machine."""
    staff_chat: int | None = None
    staff_group_members: Annotated[str, Field(pattern=r"^(desk|none)$")] = "desk"
    """What members of the staff group may do who are not on the staff list: desk work, or nothing."""
    booster_folder: Path | None = None
    """An ONNX model of sentence embeddings; see ``bot.booster``."""
    booster_url: str = ""
    """An OpenAI-compatible endpoint of embeddings instead."""
    booster_model: str = ""
    booster_key: str = ""
    booster_wait: Annotated[float, Field(ge=0.02, le=2.0)] = 0.3
    """Seconds that a message waits for it."""
    translate_url: str = ""
    """A LibreTranslate server; see ``bot.translation``. Empty: nothing is translated by a machine."""
    translate_key: str = ""
    staff_group_languages: Annotated[str, Field(pattern=r"^(en|vi|ar)(,(en|vi|ar)){0,2}$")] = "en,vi"
    """What the staff group reads; each person alone reads their own language."""
    clock: AwareDatetime | None = None
    """Start instant of a demonstration clock."""
    log_level: Annotated[str, Field(pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"

    @field_validator("public_url", "telegram_api_url", "heartbeat_url", "booster_url", "translate_url")
    @classmethod
    def _address(cls, read: str) -> str:
        if read and not read.startswith(("http://", "https://")):
            raise ValueError("an address begins with https:// (or http:// on this machine)")
        return read.rstrip("/")

    @field_validator("http")
    @classmethod
    def _port(cls, read: str) -> str:
        if int(read.rpartition(":")[2]) > 65_535:
            raise ValueError("there is no port above 65535")
        return read

    @field_validator("public_url", "heartbeat_url", "booster_url", "translate_url")
    @classmethod
    def _in_private(cls, read: str) -> str:
        if read.startswith("http://") and urlsplit(read).hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("begins with https://, for what delegates write must not travel in the open")
        return read

    @field_validator("translate_url")
    @classmethod
    def _base(cls, read: str) -> str:
        parts = urlsplit(read)
        if read and (not parts.hostname or parts.query or parts.fragment or parts.username is not None):
            raise ValueError(
                "only the address of the server, such as https://translate.example.org; its key stands in DESK_TRANSLATE_KEY"
            )
        return read.removesuffix("/translate")

    @field_validator("translate_key")
    @classmethod
    def _given_key(cls, read: str) -> str:
        if read and (_PLACEHOLDER.search(read) or not read.isascii() or not read.isprintable() or " " in read):
            raise ValueError("not a key that the translation service gave: letters, digits and signs without blanks")
        return read

    @field_validator("staff_chat")
    @classmethod
    def _group(cls, read: int | None) -> int | None:
        if read is not None and read >= 0:
            raise ValueError("the id of a group is a negative number, such as -1001234567890")
        return read

    @field_validator("telegram_token")
    @classmethod
    def _token(cls, read: str) -> str:
        number, _, secret = read.partition(":")
        if read and not (number.isdigit() and len(secret) >= _SHORTEST_SECRET and not _PLACEHOLDER.search(secret)):
            raise ValueError("a bot token is a number, a colon and the long key that Telegram's BotFather gave")
        return read

    @field_validator("telegram_webhook_secret", "metrics_token")
    @classmethod
    def _secret(cls, read: str) -> str:
        if not read:
            return read
        if len(read) < _SHORTEST_SECRET or _PLACEHOLDER.search(read) or len(set(read)) < 6:
            raise ValueError(f"this secret is too easy: at least {_SHORTEST_SECRET} mixed characters")
        if not all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in read):
            raise ValueError("only letters, digits, _ and - are allowed by Telegram")
        return read

    @field_validator("store_key")
    @classmethod
    def _key(cls, read: str) -> str:
        try:
            decoded = base64.b64decode(read, validate=True)
        except ValueError:
            decoded = b""
        if read and len(decoded) != _KEY_BYTES:
            raise ValueError("a store key is what `desk key` prints: base64 of 32 bytes")
        return read

    @field_validator("database_url")
    @classmethod
    def _store(cls, read: str) -> str:
        if read and not read.startswith(("tinydb:", "memory:", "postgresql://", "postgres://")):
            raise ValueError("no such kind of store here: tinydb:FOLDER, postgresql://… or memory:")
        return read

    @model_validator(mode="after")
    def _together(self) -> Settings:
        for fault in _missing_partners(self.model_dump()):
            raise ValueError(f"{fault.file}: {fault.problem}")
        return self

    @property
    def group_languages(self) -> tuple[Language, ...]:
        return tuple(dict.fromkeys(read for read in self.staff_group_languages.split(",") if is_language(read)))

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
        if name.startswith("DESK_") and value:  # an empty variable is one that was not set
            values[name.removeprefix("DESK_").lower()] = value
    for foreign in ("test_network", "venv"):  # the bootstrap's own
        values.pop(foreign, None)
    values |= given or {}
    faults += _missing_partners(values)  # here too, as pydantic would tell it only when all else is right
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        faults += [_fault(found) for found in error.errors(include_url=False) if found["loc"]]
        raise SettingsError(faults) from None
    if faults:
        raise SettingsError(faults)
    return settings


def _missing_partners(values: Mapping[str, object]) -> list[Fault]:
    """Settings that stand without another one that they need."""
    faults = []
    if values.get("telegram_webhook_secret") and not values.get("public_url"):
        faults.append(
            Fault("DESK_TELEGRAM_WEBHOOK_SECRET", 1, "", "needs DESK_PUBLIC_URL, where Telegram can reach the desk")
        )
    if values.get("staff_chat") is not None and not values.get("telegram_token"):
        faults.append(Fault("DESK_STAFF_CHAT", 1, "", "needs DESK_TELEGRAM_TOKEN"))
    if values.get("translate_key") and not values.get("translate_url"):
        faults.append(Fault("DESK_TRANSLATE_KEY", 1, "", "needs DESK_TRANSLATE_URL"))
    return [*faults, *_booster_faults(values), *_backup_faults(values)]


def _booster_faults(values: Mapping[str, object]) -> list[Fault]:
    """One booster at most, and an endpoint needs to know which model is meant."""
    faults = []
    if values.get("booster_url") and values.get("booster_folder"):
        faults.append(Fault("DESK_BOOSTER_URL", 1, "", "DESK_BOOSTER_FOLDER is set too: one of them"))
    if values.get("booster_url") and not values.get("booster_model"):
        faults.append(Fault("DESK_BOOSTER_URL", 1, "", "needs DESK_BOOSTER_MODEL, the name of the model there"))
    faults += [
        Fault(f"DESK_{name.upper()}", 1, "", "needs DESK_BOOSTER_URL")
        for name in ("booster_model", "booster_key")
        if values.get(name) and not values.get("booster_url")
    ]
    return faults


def _backup_faults(values: Mapping[str, object]) -> list[Fault]:
    """Backups are sealed, unless somebody says that they need not be, and lie in a folder of their own."""
    if not values.get("backup_dir"):
        return []
    faults = []
    plain = str(values.get("backup_plain", "")).lower() in ("1", "true", "yes", "on")
    if not (values.get("store_key") or values.get("store_key_file") or plain):
        needs = (
            "needs DESK_STORE_KEY (or DESK_STORE_KEY_FILE), or DESK_BACKUP_PLAIN=1 for backups that anybody can read"
        )
        faults.append(Fault("DESK_BACKUP_DIR", 1, "", needs))
    backup, *folders = (Path(str(values.get(name) or "data")).resolve() for name in ("backup_dir", "data_dir"))
    kind, _, place = str(values.get("database_url") or "").partition(":")
    if kind == "tinydb":
        folders.append(Path(place).resolve())
    if any(folder == backup or folder in backup.parents for folder in folders):
        faults.append(Fault("DESK_BACKUP_DIR", 1, "", "lies in the data folder: what takes one takes both"))
    return faults


def _fault(found: Any) -> Fault:
    name = "DESK_" + str(found["loc"][0]).upper()
    if found["type"] == "extra_forbidden":  # a misspelt name may hide a secret: its value is not shown
        return Fault(name, 1, "", "there is no such setting")
    shown = str(found["input"])
    secret = any(word in name for word in _HIDDEN) or _LIKE_A_TOKEN.search(shown)
    return Fault(name, 1, "", found["msg"].removeprefix("Value error, "), "" if secret else shown[:60])


def _read_file(file: Path, values: dict[str, object]) -> list[Fault]:
    try:
        text = file.read_text("utf-8")
        mode = file.stat().st_mode
    except OSError as error:
        return [Fault(file.name, 1, "", f"cannot be read: {error.strerror}")]
    except UnicodeDecodeError:
        return [Fault(file.name, 1, "", "this is not UTF-8 text", allowed="a file saved as UTF-8")]
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), 1):
        written = line.strip()
        if not written or written.startswith("#"):
            continue
        name, separator, value = written.partition("=")
        if not separator:
            faults.append(Fault(file.name, number, "", "this is not NAME=value"))  # not shown: it may be a secret
            continue
        values[name.strip().removeprefix("DESK_").lower()] = value.strip().strip("\"'")
    holds_secrets = any(
        value and any(word in name.upper() for word in _SECRET_NAMES) and not name.endswith("_file")
        for name, value in values.items()
    )
    if holds_secrets and mode & (stat.S_IRGRP | stat.S_IROTH):
        faults.append(
            Fault(file.name, 1, "", "others can read this file, and it holds secrets", oct(mode & 0o777), "chmod 600")
        )
    return faults
