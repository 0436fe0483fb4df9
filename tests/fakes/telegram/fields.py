"""What values a field may have. A check returns the value, converted, or raises ValueError."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Check = Callable[[Any], Any]

LANGUAGE_CODE = re.compile(r"([a-z]{2})?")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in a multipart body."""

    name: str
    mime: str
    data: bytes


def integer(least: int = -(2**63), most: int = 2**63) -> Check:
    def check(value: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError("must be an integer")  # noqa: TRY004 -- one kind of error for all checks
        if not least <= value <= most:
            raise ValueError(f"must be from {least} to {most}")
        return value

    return check


def number(least: float, most: float) -> Check:
    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError("must be a number")  # noqa: TRY004
        if not least <= float(value) <= most:
            raise ValueError(f"must be from {least} to {most}")
        return float(value)

    return check


def boolean(value: Any) -> bool:
    if isinstance(value, str):
        value = {"true": True, "false": False, "1": True, "0": False}.get(value.lower(), value)
    if not isinstance(value, bool):
        raise ValueError("must be a boolean")  # noqa: TRY004
    return value


def string(least: int = 0, most: int = 1 << 16, pattern: str = "(?s).*") -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("must be a string")  # noqa: TRY004
        if not least <= len(value) <= most:
            raise ValueError(f"must have {least} to {most} characters")
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must match {pattern}")
        return value

    return check


def octets(least: int, most: int) -> Check:
    """A string whose length is counted in bytes of UTF-8."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value.encode()) <= most:
            raise ValueError(f"must be a string of {least} to {most} bytes")
        return value

    return check


def one_of(*choices: str) -> Check:
    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return str(value)

    return check


def chat_id(value: Any) -> int | str:
    if isinstance(value, str) and re.fullmatch(r"@\w{4,32}", value):
        return value
    number_: int = integer()(value)
    return number_


def _decoded(value: Any) -> Any:
    """Forms carry objects and lists as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        raise ValueError("can't parse JSON") from None


def array(of: Check, least: int = 0, most: int = 1000) -> Check:
    def check(value: Any) -> list[Any]:
        items = _decoded(value)
        if not isinstance(items, list) or not least <= len(items) <= most:
            raise ValueError(f"must be a list of {least} to {most} items")
        return [of(item) for item in items]

    return check


def table(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with exactly these fields."""
    known = {**required, **(optional or {})}

    def check(value: Any) -> dict[str, Any]:
        found = _decoded(value)
        if not isinstance(found, dict):
            raise ValueError("must be an object")  # noqa: TRY004
        if missing := required.keys() - found.keys():
            raise ValueError(f"lacks {', '.join(sorted(missing))}")
        return {name: checked(name, known.get(name), part) for name, part in found.items()}

    return check


def tagged(tag: str, variants: Mapping[str, Check]) -> Check:
    """An object whose field ``tag`` says which of several shapes it has."""

    def check(value: Any) -> Any:
        found = _decoded(value)
        variant = variants.get(str(found.get(tag))) if isinstance(found, dict) else None
        if variant is None:
            raise ValueError(f"{tag} must be one of {', '.join(variants)}")
        return variant(found)

    return check


def checked(name: str, check: Check | None, value: Any) -> Any:
    """Runs a check and puts the field's name before its complaint."""
    if check is None:
        raise ValueError(f'unknown field "{name}"')
    try:
        return check(value)
    except ValueError as error:
        raise ValueError(f'field "{name}": {error}') from None


def file(value: Any) -> Upload | str:
    """An upload, a file id, an address or ``attach://``."""
    if isinstance(value, Upload) or (isinstance(value, str) and value):
        return value
    raise ValueError("must be a file, a file identifier or an HTTP URL")
