"""Any change to the record is found, and told by its number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.model.audit import AuditEvent, AuditLine, Link, chained
from bot.model.messages import TicketId
from bot.model.people import Staff, StaffId
from bot.model.tickets import StaffAction
from bot.staff.audit import Check, action_event

KEY = bytes(range(32))
NOON = datetime(2023, 11, 21, 12, tzinfo=UTC)


def log(count: int, key: bytes | None = KEY) -> list[AuditLine]:
    lines, head = [], Link()
    for number in range(count):
        line = chained(AuditEvent(NOON + timedelta(seconds=number), "staff:1", f"e{number}"), head, key)
        lines.append(line)
        head = Link(line.seq, line.hash)
    return lines


def checked(lines: list[AuditLine], head: Link, key: bytes | None = KEY) -> Check:
    check = Check(key)
    for line in lines:
        check.take(line)
    check.end(head, head)
    return check


def head_of(lines: list[AuditLine]) -> Link:
    return Link(lines[-1].seq, lines[-1].hash) if lines else Link()


def test_whole_log_has_no_faults() -> None:
    for lines in (log(0), log(1), log(40)):
        assert checked(lines, head_of(lines)).faults == []


@given(st.integers(2, 12), st.data())
def test_removed_lines_are_found_wherever_they_stood(count: int, data: st.DataObject) -> None:
    lines = log(count)
    gone = data.draw(st.sets(st.integers(1, count), min_size=1, max_size=count))

    faults = checked([line for line in lines if line.seq not in gone], head_of(lines)).faults

    told: set[int] = set()
    for fault in faults:
        numbers = [int(word) for word in fault.split() if word.isdigit()]
        told |= set(range(numbers[0], numbers[-1] + 1))
    assert told == gone


@given(st.integers(1, 12), st.data())
def test_line_that_was_made_anew_without_the_key_is_found(count: int, data: st.DataObject) -> None:
    lines = log(count)
    which = data.draw(st.integers(0, count - 1))
    before = Link(which, lines[which].prev)
    forged = chained(AuditEvent(NOON, "staff:9", "other"), before, data.draw(st.sampled_from([None, bytes(32)])))

    faults = checked([*lines[:which], forged, *lines[which + 1 :]], head_of(lines)).faults

    assert faults[0].startswith(f"line {which + 1} ")


def test_log_that_was_replaced_as_a_whole_is_told_when_there_is_a_key() -> None:
    forged = log(5, key=None)

    check = checked(forged, head_of(forged))

    assert (check.faults, check.unkeyed) == ([], 5)
    assert (
        "line 6"
        in checked([*log(5), chained(AuditEvent(NOON, "x", "y"), head_of(log(5)), None)], Link(6, "?")).faults[0]
    )


def test_keyed_log_is_not_called_whole_without_the_key() -> None:
    lines = log(2)

    assert len(checked(lines, head_of(lines), key=None).faults) == 2


def test_replaced_line_that_fits_its_own_hash_is_blamed_itself() -> None:
    """Without a key anybody can make a hash; the line after still knows the true one."""
    lines = log(5, key=None)
    lines[2] = chained(AuditEvent(NOON, "staff:9", "other"), Link(2, lines[1].hash), None)

    assert checked(lines, head_of(log(5, key=None)), key=None).faults == ["line 3 was changed"]


def test_log_that_grows_while_it_is_read_is_whole() -> None:
    lines = log(6)
    check = Check(KEY)
    for line in lines[:5]:
        check.take(line)

    check.end(head_of(lines[:4]), head_of(lines))

    assert check.faults == []


def test_action_leaves_no_words_on_the_record() -> None:
    by = Staff(StaffId("staff:1"), "Lan", "console")
    action = StaffAction("a", TicketId(7), by, "reply", NOON, text="Your results are back")

    event = action_event(action)

    assert event == AuditEvent(NOON, "staff:1", "ticket.reply", "Lan", "console", TicketId(7))
    assert action_event(StaffAction("b", TicketId(7), by, "seen", NOON)) is None
