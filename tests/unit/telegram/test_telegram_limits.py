"""The pace, with time passed in."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.messages import Lane
from bot.outbox.limits import Pace

BULK = Lane.BROADCAST


def send(pace: Pace, chats: list[tuple[str, Lane, bool]], now: float = 0.0) -> list[tuple[float, str, Lane]]:
    """Sends in order, each as soon as it may."""
    left = []
    for key, lane, group in chats:
        while (wait := pace.wait_for(key, lane, now, group=group)) > 0:
            now += wait
        pace.sent(key, lane, now, group=group)
        left.append((now, key, lane))
    return left


def fullest(times: list[float], window: float) -> int:
    return max(sum(start <= t < start + window for t in times) for start in times)


def test_never_more_than_thirty_in_any_second() -> None:
    left = send(Pace(), [(str(n), Lane.REPLY, False) for n in range(600)])

    times = [t for t, _, _ in left]
    assert fullest(times, 1.0) <= 30
    assert times[-1] < 600 / 28 + 0.1


def test_bulk_leaves_room_for_answers() -> None:
    left = send(Pace(), [(str(n), BULK, False) for n in range(270)])

    assert 9.9 <= left[-1][0] <= 10.0
    assert fullest([t for t, _, _ in left], 1.0) <= 29


def test_an_answer_goes_at_once_although_bulk_waits() -> None:
    pace = Pace()
    now = send(pace, [(str(n), BULK, False) for n in range(100)])[-1][0]

    assert pace.wait_for("other", Lane.REPLY, now) <= 1 / 28
    assert pace.wait_for("other", BULK, now) >= pace.wait_for("other", Lane.REPLY, now)


def test_private_chat_three_at_once_and_then_one_a_second() -> None:
    left = send(Pace(), [("5", Lane.REPLY, False)] * 6)

    assert [round(t) for t, _, _ in left] == [0, 0, 0, 1, 2, 3]


@settings(deadline=None)  # other work on the machine is no failure
@given(st.lists(st.tuples(st.floats(0, 20), st.booleans()), max_size=120))
def test_group_never_gets_more_than_twenty_in_any_minute(gaps: list[tuple[float, bool]]) -> None:
    pace, now, times = Pace(), 0.0, []
    for gap, urgent in gaps:
        now += gap
        lane = Lane.EMERGENCY if urgent else Lane.TICKET
        while (wait := pace.wait_for("-100", lane, now, group=True)) > 0:
            now += wait
        pace.sent("-100", lane, now, group=True)
        times.append(now)

    assert not times or fullest(times, 60.0) <= 20


def test_group_takes_what_staff_do_in_a_row_and_then_eighteen_a_minute() -> None:
    left = [t for t, _, _ in send(Pace(), [("-100", Lane.TICKET, True)] * 20)]

    assert [round(t) for t in left[:8]] == [0, 0, 0, 0, 0, 1, 2, 3]
    assert left[17] <= 14
    assert left[18] == left[0] + 61


def test_emergency_in_a_busy_group_goes_first() -> None:
    pace = Pace()
    now = send(pace, [("-100", Lane.TICKET, True)] * 18)[-1][0]

    assert pace.wait_for("-100", Lane.TICKET, now, group=True) > 40
    assert pace.wait_for("-100", Lane.EMERGENCY, now, group=True) <= 1


def test_refused_bulk_stops_bulk_and_that_chat_only() -> None:
    pace = Pace()

    pace.refused("5", BULK, until=10.0, now=0.0)

    assert pace.wait_for("6", BULK, 0.0) == 10
    assert pace.wait_for("5", Lane.REPLY, 0.0) == 10
    assert pace.wait_for("6", Lane.REPLY, 0.0) == 0
    assert pace.wait_for("6", BULK, 10.0) == 0


def test_refused_answer_stops_that_chat_only() -> None:
    pace = Pace()

    pace.refused("5", Lane.REPLY, until=10.0, now=0.0)
    pace.refused("5", Lane.REPLY, until=4.0, now=0.0)

    assert pace.wait_for("5", Lane.EMERGENCY, 0.0) == 10
    assert pace.wait_for("6", Lane.REPLY, 0.0) == 0
    assert pace.wait_for("6", BULK, 0.0) == 0


def test_whole_channel_waits() -> None:
    pace = Pace()

    pace.hold(3.0)

    assert pace.wait_for("5", Lane.EMERGENCY, 1.0) == 2
    assert pace.wait_for("5", Lane.EMERGENCY, 3.0) == 0


def test_parts_count_and_old_chats_are_forgotten() -> None:
    pace = Pace()
    pace.sent("5", Lane.REPLY, 0.0, count=4)
    assert pace.wait_for("5", Lane.REPLY, 0.0) == 2

    for number in range(5_000):
        pace.sent(str(number), Lane.REPLY, 1_000.0 + number)

    assert pace.wait_for("4999", Lane.REPLY, 6_000.0) == 0

    assert len(pace._chats) <= 4_097
