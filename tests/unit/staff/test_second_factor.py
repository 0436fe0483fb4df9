"""The codes of the app are those of RFC 6238, good once and for a minute and a half; recovery codes are good once."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from bot.staff.second import (
    app_address,
    matching_recovery,
    matching_step,
    new_recovery_codes,
    new_secret,
    recovery_hash,
)

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("second", "code"),
    [  # RFC 6238, appendix B, for SHA-1; its eight digits end in ours
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    now = datetime.fromtimestamp(second, UTC)

    assert matching_step(SECRET, code, now, 0) == second // 30


def test_code_is_good_for_a_step_before_and_after_and_no_longer() -> None:
    made, code = 1111111109, "081804"

    found = [matching_step(SECRET, code, datetime.fromtimestamp(made + 30 * away, UTC), 0) for away in range(-3, 4)]

    assert [step is not None for step in found] == [False, False, True, True, True, False, False]


def test_used_code_and_older_ones_are_spent() -> None:
    now = datetime.fromtimestamp(1111111109, UTC)
    step = matching_step(SECRET, "081804", now, 0)

    assert step is not None
    assert matching_step(SECRET, "081804", now, step) is None
    assert matching_step(SECRET, "081804", now, step + 1) is None


@pytest.mark.parametrize("code", ["", "81804", "0818040", "08180a", "٠٨١٨٠٤", "081 804", "081805"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert matching_step(SECRET, code, datetime.fromtimestamp(1111111109, UTC), 0) is None


def test_recovery_codes_differ_and_are_found_however_they_are_typed() -> None:
    codes = new_recovery_codes()
    kept = [recovery_hash(code) for code in codes]

    assert len(set(codes)) == 8
    assert matching_recovery(f" {codes[3].upper().replace('-', ' ')}", kept) == kept[3]
    assert matching_recovery("aaaa-aaaa-aaaa-aaaa", kept) is None
    assert not any(code.replace("-", "") in "".join(kept) for code in codes)


def test_address_for_the_app_survives_odd_names() -> None:
    address = app_address(new_secret(), "Lễ tân: đêm", "Delegate Desk AP-11")

    assert address.startswith("otpauth://totp/Delegate%20Desk%20AP-11:L%E1%BB%85%20t%C3%A2n%3A%20%C4%91%C3%AAm?secret=")
