"""A request between people: asked back, promised, put aside, handed on, handed back, solved or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from bot.answers.compose import Composer
from bot.desk import say, say_requests
from bot.i18n.translator import Speaker, Speakers
from bot.model.decisions import Answer, Asked
from bot.model.errors import Outdated, Refused, Unsure
from bot.model.language import Language
from bot.model.messages import TicketId
from bot.model.people import Role
from bot.model.tickets import Ticket, TicketState
from bot.staff.list import StaffList
from tests.conversations.waiting import MORE, QUESTION
from tests.conversations.world import DELEGATE, RECEPTION, Colleague, Delegate, Desk, said

WIFI = "What is the wifi password?"


async def now(desk: Desk, number: int = 1) -> Ticket:
    ticket = await desk.store.ticket(TicketId(number))
    assert ticket is not None
    return ticket


@pytest.mark.usefixtures("asked")
async def test_a_question_back_waits_for_the_delegate(
    desk: Desk, guest: Delegate, lan: Colleague, language: Language, speaker: Speaker
) -> None:
    read = await lan.acts("ask", 1, answer="canned:where-are-you")

    words = desk.engine.snapshot.library.canned["where-are-you"].text.in_(language).strip()
    text = said(say.staff_reply(TicketId(1), words, speaker))
    assert read[DELEGATE] == [text]
    assert (await now(desk)).state is TicketState.WAITING
    assert await desk.waits(minutes=50) == {}

    answered = await guest.says(MORE[language])

    assert answered[RECEPTION][0] == f"#1 delegate: {MORE[language]}"
    assert DELEGATE not in answered
    assert (await now(desk)).state is TicketState.CLAIMED


@pytest.mark.usefixtures("asked")
async def test_a_promise_is_told_and_the_truth_once_when_it_was_not_kept(
    desk: Desk, guest: Delegate, lan: Colleague, language: Language, speaker: Speaker
) -> None:
    read = await lan.acts("promise", 1, "the list of rooms", until=desk.clock.now() + timedelta(minutes=50))
    early = await desk.waits(minutes=49)
    due = await desk.waits(minutes=1)

    assert read[DELEGATE] == [said(say_requests.promised(TicketId(1), "08:30", speaker))]
    assert early == {}
    assert "#1 rings: promise" in due[RECEPTION]
    event = desk.engine.snapshot.event
    late = said(say_requests.late(TicketId(1), "08:30", "08:50", event, speaker, officer=True))
    assert due[DELEGATE] == [late]
    listed = await guest.commands("requests")
    assert "08:30" in listed[DELEGATE][0]
    desk.takes(MORE[language], trust=0.0)
    more = await guest.says(MORE[language])
    later = await desk.waits(minutes=20)
    assert late not in more.get(DELEGATE, [])
    assert DELEGATE not in later
    assert any(line.startswith("#1 rings: wait:") for line in later[RECEPTION])


@pytest.mark.usefixtures("asked")
async def test_a_promise_that_was_kept_is_no_more_spoken_of(desk: Desk, lan: Colleague) -> None:
    await lan.acts("promise", 1, until=desk.clock.now() + timedelta(minutes=50))
    await desk.waits(minutes=49)
    await lan.replies(1, "Here is the list.")

    assert await desk.waits(minutes=30) == {}


@pytest.mark.usefixtures("asked")
async def test_each_promise_that_was_not_kept_is_told(desk: Desk, lan: Colleague, speaker: Speaker) -> None:
    event, told = desk.engine.snapshot.event, []
    for _ in range(2):
        await lan.acts("promise", 1, until=desk.clock.now() + timedelta(minutes=10))
        told += (await desk.waits(minutes=10))[DELEGATE]

    assert told == [
        said(say_requests.late(TicketId(1), promised, called, event, speaker, officer=True))
        for promised, called in (("07:50", "08:10"), ("08:00", "08:20"))
    ]


@pytest.mark.usefixtures("asked")
async def test_putting_it_aside_does_not_hide_that_a_promise_was_not_kept(desk: Desk, lan: Colleague) -> None:
    await lan.acts("promise", 1, until=desk.clock.now() + timedelta(minutes=10))
    await lan.acts("snooze", 1, until=desk.clock.now() + timedelta(hours=1))

    due = await desk.waits(minutes=10)
    await lan.acts("snooze", 1, until=desk.clock.now() + timedelta(hours=1))
    quiet = await desk.waits(minutes=59)

    assert len(due[DELEGATE]) == 1
    assert quiet == {}


async def test_a_promise_in_the_past_is_none(desk: Desk, lan: Colleague, asked: str) -> None:
    assert asked
    with pytest.raises(Refused, match="still to come"):
        await lan.acts("promise", 1, until=desk.clock.now())


@pytest.mark.usefixtures("asked")
async def test_put_aside_it_comes_back_by_itself(desk: Desk, lan: Colleague) -> None:
    await lan.replies(1, "One moment.")
    await lan.acts("snooze", 1, until=desk.clock.now() + timedelta(hours=1))

    quiet = await desk.waits(minutes=59)
    woken = await desk.waits(minutes=1)

    assert quiet == {}
    assert "#1 rings: wake" in woken[RECEPTION]
    assert (await now(desk)).state is TicketState.CLAIMED


@pytest.mark.usefixtures("asked")
async def test_put_aside_it_wakes_with_the_delegates_next_line(
    desk: Desk, guest: Delegate, lan: Colleague, language: Language
) -> None:
    await lan.replies(1, "One moment.")
    await lan.acts("snooze", 1, until=desk.clock.now() + timedelta(hours=1))

    read = await guest.says(MORE[language])

    assert read[RECEPTION][0] == f"#1 delegate: {MORE[language]}"
    assert (await now(desk)).snoozed_until is None


async def test_handed_back_the_bot_answers_again_and_the_request_stays(
    desk: Desk, delegate: Delegate, lan: Colleague, speakers: Speakers
) -> None:
    guest, speaker = delegate, speakers["en"]
    desk.takes(QUESTION["en"], "venue.lost-found", trust=0.01)
    await guest.says(QUESTION["en"])
    await lan.replies(1, "We look for it.")
    silent = await guest.says(WIFI)

    told = await lan.acts("hand-back", 1)
    answered = await guest.says(WIFI)
    await lan.replies(1, "Found!")
    silent_again = await guest.says(WIFI)

    assert DELEGATE not in silent
    assert told[DELEGATE] == [said(say_requests.handed_back(TicketId(1), speaker))]
    assert DELEGATE in answered
    assert RECEPTION not in answered
    assert (await now(desk)).open
    assert DELEGATE not in silent_again


@pytest.mark.usefixtures("asked")
async def test_given_to_a_colleague_and_let_go(desk: Desk, lan: Colleague, omar: Colleague) -> None:
    await lan.claims(1)
    await lan.acts("assign", 1, to_staff=omar.staff.id, to_name="Omar")
    given = await now(desk)
    await omar.does("release", 1)
    free = await now(desk)

    assert (given.owner_name, given.previous_owner_name) == ("Omar", "Lan")
    assert (free.owner, free.previous_owner_name, free.state) == (None, "Omar", TicketState.NEW)


@pytest.mark.usefixtures("asked")
async def test_given_to_another_team(desk: Desk, lan: Colleague) -> None:
    await lan.claims(1)

    read = await lan.acts("assign", 1, to_team="transport")

    assert read[RECEPTION][0].startswith("#1 new · normal · transport")
    assert (await now(desk)).owner is None


@pytest.mark.usefixtures("asked")
async def test_not_solved_opens_it_again_with_one_tap(
    desk: Desk, guest: Delegate, lan: Colleague, speaker: Speaker, language: Language
) -> None:
    await lan.replies(1, "It is at the desk.")
    await lan.resolves(1)

    read = await guest.presses(speaker.text("Not solved"))
    more = await guest.says(MORE[language])

    assert read[DELEGATE] == [said(say_requests.opened_again(TicketId(1), speaker))]
    assert (await now(desk)).state is TicketState.REOPENED
    assert (await now(desk)).previous_owner_name == "Lan"
    assert more[RECEPTION] == [f"#1 delegate: {MORE[language]}"]
    assert more[DELEGATE] == [said(say.added(TicketId(1), speaker))]


@pytest.mark.usefixtures("asked")
async def test_solved_is_said_with_one_tap(desk: Desk, guest: Delegate, lan: Colleague, speaker: Speaker) -> None:
    await lan.replies(1, "It is at the desk.")
    await lan.resolves(1)

    read = await guest.presses(speaker.text("Solved, thank you"))

    assert read == {DELEGATE: [said(say_requests.rated(speaker))]}
    assert (await now(desk)).rated == "good"
    assert not (await now(desk)).open


async def test_a_question_right_after_the_end_opens_it_again(
    desk: Desk, guest: Delegate, lan: Colleague, asked: str
) -> None:
    await lan.resolves(1)
    await desk.waits(minutes=29)

    read = await guest.says(asked)

    assert (await now(desk)).state is TicketState.REOPENED
    assert f"#1 delegate: {asked}" in read[RECEPTION]


@pytest.mark.usefixtures("asked")
async def test_what_the_bot_knows_is_answered_after_the_end(desk: Desk, guest: Delegate, lan: Colleague) -> None:
    await lan.resolves(1)

    read = await guest.says(WIFI)

    assert list(read) == [DELEGATE]
    assert not (await now(desk)).open


class TestMyRequests:
    @pytest.mark.usefixtures("asked")
    async def test_number_state_and_what_comes_next(
        self, desk: Desk, guest: Delegate, lan: Colleague, language: Language, speaker: Speaker
    ) -> None:
        waiting = await guest.commands("requests")
        await lan.replies(1, "One moment.")
        answered = await guest.commands("requests")
        await lan.resolves(1)
        closed = await guest.commands("requests")

        assert waiting[DELEGATE][0].splitlines() == [
            f"#1 {QUESTION[language]}",
            speaker.text("Reception has it; nobody has taken it yet.")
            + " "
            + speaker.text("If nobody answers by {time}, I call the duty officer.", time="08:20"),
        ]
        assert answered[DELEGATE][0].splitlines()[1] == speaker.text(
            "Reception has answered. Write here if something is still open."
        )
        assert closed[DELEGATE][0].splitlines()[1] == speaker.text("Closed.")
        assert desk.clock.now().minute == 40

    async def test_none(self, guest: Delegate, speaker: Speaker) -> None:
        assert await guest.commands("requests") == {DELEGATE: [said(say_requests.none(speaker))]}

    @pytest.mark.usefixtures("asked")
    async def test_add(self, desk: Desk, guest: Delegate, speaker: Speaker, language: Language) -> None:
        await desk.waits(minutes=12)
        await guest.commands("requests")

        await guest.presses(speaker.text("Add to #{number}", number="1"))
        read = await guest.says(MORE[language])

        assert read == {
            RECEPTION: [f"#1 delegate: {MORE[language]}"],
            DELEGATE: [said(say.added(TicketId(1), speaker))],
        }

    @pytest.mark.usefixtures("asked")
    async def test_an_emergency_is_never_only_added(self, guest: Delegate, speaker: Speaker) -> None:
        await guest.commands("requests")
        await guest.presses(speaker.text("Add to #{number}", number="1"))

        read = await guest.says("Help, my friend cannot breathe!")

        assert read[DELEGATE][-1].startswith("☎") or read[DELEGATE][0].startswith("☎")
        assert any("emergency · medical" in line for line in read[RECEPTION])

    @pytest.mark.usefixtures("asked")
    async def test_withdraw(self, desk: Desk, guest: Delegate, speaker: Speaker) -> None:
        await guest.commands("requests")

        read = await guest.presses(speaker.text("Withdraw #{number}", number="1"))

        assert read[DELEGATE] == [said(say_requests.cancelled(TicketId(1), speaker))]
        pressed = [line for line in await desk.store.entries(guest.address.delegate) if line.author == "delegate"][-1]
        assert said(pressed.message) == speaker.text("Withdraw #{number}", number="1")
        assert (await now(desk)).cancelled

    async def test_an_emergency_cannot_be_withdrawn(self, desk: Desk, delegate: Delegate) -> None:
        await delegate.says("Help, my friend cannot breathe!")

        read = await delegate.presses_action("request:cancel:1")

        assert read == {DELEGATE: ["Request #1 is an emergency: a person closes it when you are safe."]}
        assert (await now(desk)).open

    @pytest.mark.usefixtures("asked")
    @pytest.mark.parametrize(
        "action",
        ["request:cancel:1", "request:add:1", "request:rate:1:good", "request:unsolved:1", "request:cancel:77",
         "request:cancel:", "request:cancel:١", "request:cancel:-1", "request:", "request:nothing:1"],
    )  # fmt: skip
    async def test_a_forged_button_does_nothing(self, desk: Desk, action: str) -> None:
        before = await now(desk)

        read = await Delegate(desk, "en", "Mallory").presses_action(action)

        assert await now(desk) == before
        assert read == {"Mallory": ["There is no such request of yours any more."]}


class TestWaiting:
    async def test_the_delegate_is_told_and_people_are_called_in_turn(
        self, desk: Desk, asked: str, speaker: Speaker
    ) -> None:
        assert asked
        told = await desk.waits(minutes=15)
        overdue = await desk.waits(minutes=5)
        officer = await desk.waits(minutes=20)
        again = await desk.waits(minutes=40)

        event = desk.engine.snapshot.event
        line = say_requests.waiting_longer(TicketId(1), "08:20", event, speaker, officer=True)
        assert told == {DELEGATE: [said(line)]}
        assert "#1 rings: wait:2" in overdue[RECEPTION]
        assert DELEGATE not in overdue
        assert officer == {RECEPTION: ["#1 rings: wait:3"]}
        assert again == {RECEPTION: ["#1 rings: wait:4"]}

    @pytest.mark.usefixtures("asked")
    async def test_it_is_offered_to_somebody_and_then_to_the_next(self, desk: Desk) -> None:
        first = (await now(desk)).offered_to
        await desk.waits(minutes=20)
        second = (await now(desk)).offered_to

        names = {person.name for person in desk.engine.snapshot.event.roster.people}
        assert {first, second} <= names
        assert first != second

    @pytest.mark.usefixtures("asked")
    async def test_after_an_answer_nobody_is_called(self, desk: Desk, lan: Colleague) -> None:
        await lan.replies(1, "It is at the desk.")

        assert await desk.waits(hours=3) == {}


class TestEmergency:
    CALL = "Help, my friend cannot breathe!"

    async def test_the_ladder_as_everybody_reads_it(self, desk: Desk, delegate: Delegate, lan: Colleague) -> None:
        at_once = await delegate.says(self.CALL)
        read = [await desk.waits(seconds=30) for _ in range(6)]
        taken = await lan.claims(1)
        quiet = await desk.waits(seconds=60)

        assert len(at_once[RECEPTION]) == 1
        assert [step.get(RECEPTION) for step in read] == [
            ["#1 rings: alarm:1"],
            ["#1 rings: alarm:2"],
            None,
            ["#1 rings: alarm:4"],
            None,
            ["#1 rings: alarm:5"],
        ]
        assert read[2][DELEGATE][0].splitlines()[0].startswith("☎ Call +84 24 0000 0100 now")
        assert "Nobody at reception has confirmed your emergency, request #1." in read[2][DELEGATE][0]
        assert [index for index, step in enumerate(read) if DELEGATE in step] == [2]
        assert taken[DELEGATE] == ["A person at reception has taken your emergency, request #1."]
        assert quiet == {}

    async def test_who_claims_and_is_silent_loses_it(self, desk: Desk, delegate: Delegate, lan: Colleague) -> None:
        await delegate.says(self.CALL)
        await lan.claims(1)
        told = await desk.waits(seconds=150)
        assert told

        silent = await desk.waits(seconds=30)

        ticket = await now(desk)
        assert (ticket.owner, ticket.previous_owner_name, ticket.state) == (None, "Lan", TicketState.REOPENED)
        assert "#1 rings: alarm:silent" in silent[RECEPTION]
        assert silent[DELEGATE][-1].startswith("☎")
        again = await desk.waits(seconds=30)
        assert again[RECEPTION] == ["#1 rings: alarm:1"]

    async def test_one_sign_of_life_is_enough(self, desk: Desk, delegate: Delegate, lan: Colleague) -> None:
        await delegate.says(self.CALL)
        await lan.claims(1)
        await desk.waits(seconds=60)
        await lan.replies(1, "We are coming.")

        assert await desk.waits(hours=1) == {}
        assert (await now(desk)).owner_name == "Lan"

    async def test_nothing_the_delegate_writes_closes_it(self, desk: Desk, delegate: Delegate) -> None:
        await delegate.says(self.CALL)
        for words in ("it's fine now", "cancel", "sorry, false alarm", "/requests", "thank you, bye"):
            await delegate.says(words)

        assert (await now(desk)).open

    async def test_the_harassed_are_read_by_few(self, desk: Desk, delegate: Delegate) -> None:
        await delegate.presses_action("emergency:harassment")

        assert (await now(desk)).restricted == "safeguarding"

    async def test_a_question_about_health_is_restricted_even_at_night(self, desk: Desk, delegate: Delegate) -> None:
        await desk.waits(hours=16)
        desk.takes("I feel sick since the dinner", "medical.unwell", trust=0.99)

        await delegate.says("I feel sick since the dinner")

        ticket = await now(desk)
        assert ticket.restricted == "medical"


class TestWords:
    @pytest.mark.usefixtures("asked")
    async def test_an_approved_answer_is_sent_in_the_delegates_language(
        self, desk: Desk, lan: Colleague, language: Language, speakers: Speakers
    ) -> None:
        read = await lan.acts("reply", 1, answer="topic:hotel.wifi")

        composed = Composer(desk.engine.snapshot, speakers[language], desk.clock.now()).answer(
            Answer("hotel.wifi", Asked(), 1.0)
        )
        assert composed is not None
        assert read[DELEGATE] == [said(say.staff_reply(TicketId(1), composed.message.text, speakers[language]))]
        [entry] = [line for line in await desk.store.timeline(TicketId(1)) if line.author == "staff"]
        assert entry.answer == "topic:hotel.wifi"

    async def test_a_free_text_is_stopped_when_the_delegate_reads_another_language(
        self, desk: Desk, lan: Colleague
    ) -> None:
        desk.takes(QUESTION["ar"], "venue.lost-found", trust=0.01)
        await Delegate(desk, "ar").says(QUESTION["ar"])

        with pytest.raises(Unsure, match="This delegate reads العربية"):
            await lan.acts("reply", 1, "We have found your folder at the desk", careful=True)
        read = await lan.acts("reply", 1, "We have found your folder at the desk", careful=True, confirmed=True)

        assert len(read[DELEGATE]) == 1

    async def test_a_reply_to_what_changed_meanwhile_is_stopped(
        self, desk: Desk, delegate: Delegate, lan: Colleague, omar: Colleague
    ) -> None:
        desk.takes(QUESTION["en"], "venue.lost-found", trust=0.01)
        desk.takes(MORE["en"], trust=0.0)
        await delegate.says(QUESTION["en"])
        version = (await now(desk)).version
        await delegate.says(MORE["en"])

        with pytest.raises(Outdated):
            await lan.acts("reply", 1, "Where?", expected_version=version)
        seen = (await now(desk)).version
        await lan.acts("reply", 1, "Where?", expected_version=seen)
        await lan.acts("reply", 1, "Which floor?", expected_version=seen)
        with pytest.raises(Outdated):
            await omar.acts("reply", 1, "Where?", expected_version=seen)


class TestSameQuestion:
    WORDS: ClassVar[dict[Language, str]] = {
        "en": "When does the gala coach leave",
        "ar": "متى تغادر حافلة الحفل",
        "vi": "Xe đi dự tiệc mấy giờ khởi hành",
    }

    @pytest.fixture
    async def three(self, desk: Desk) -> list[Delegate]:
        people = [Delegate(desk, language, language) for language in self.WORDS]
        for person, words in zip(people, self.WORDS.values(), strict=True):
            desk.takes(words, "transport.late", trust=0.01)
            await person.commands("human", words)
        return people

    async def test_one_reply_answers_all_in_their_languages(
        self, desk: Desk, three: list[Delegate], lan: Colleague
    ) -> None:
        assert three
        for number in (1, 2, 3):
            await self._same(desk, number)

        read = await lan.acts("reply", 2, answer="canned:looking-into-it", to_group=True)

        canned = desk.engine.snapshot.library.canned["looking-into-it"]
        for language in self.WORDS:
            assert read[language][0].endswith(canned.text.in_(language).strip())
        assert {(await now(desk, number)).owner_name for number in (1, 2, 3)} == {"Lan"}

    async def test_a_free_text_goes_to_those_who_read_it(
        self, desk: Desk, three: list[Delegate], lan: Colleague
    ) -> None:
        assert three
        for number in (1, 2, 3):
            await self._same(desk, number)

        read = await lan.acts("reply", 1, "The coach leaves a quarter of an hour later today", to_group=True)

        assert set(read) - {RECEPTION} == {"en"}

    async def test_the_same_words_are_found_by_themselves(self, desk: Desk) -> None:
        for name in ("Amal", "Binh"):
            await Delegate(desk, "en", name).commands("human", "Where is the GREEN bag?")

        assert (await now(desk, 2)).group == 1

    async def _same(self, desk: Desk, number: int) -> None:
        ticket = await now(desk, number)
        async with desk.store.transaction(ticket.delegate) as tx:
            fresh = await tx.ticket(ticket.id)
            assert fresh is not None
            await tx.save_ticket(replace(fresh, group=TicketId(1)))


class TestSecrecy:
    """R3: with a medical team on the staff list, others read the number only."""

    @pytest.fixture
    async def case(self, desk: Desk, delegate: Delegate) -> Ticket:
        staff = StaffList(desk.store, desk.clock)
        for role in (Role.MEDICAL, Role.DUTY_OFFICER):
            await staff.add(f"The {role}", roles={role})
        desk.takes("I feel sick since the dinner", "medical.unwell", trust=0.99)
        await delegate.says("I feel sick since the dinner")
        return await now(desk)

    @pytest.mark.parametrize("verb", ["claim", "reply", "note", "resolve", "view", "ask"])
    async def test_the_desk_may_not(self, case: Ticket, lan: Colleague, verb: Any) -> None:
        with pytest.raises(Refused, match="responsible"):
            await lan.acts(verb, case.id, "words")

    async def test_the_medical_team_may(self, desk: Desk, case: Ticket) -> None:
        nurse = Colleague(desk, "Nurse", frozenset({Role.MEDICAL}))

        read = await nurse.replies(case.id, "The doctor is coming.")

        assert read[DELEGATE][0].endswith("The doctor is coming.")

    async def test_a_view_is_on_the_record_and_changes_nothing(self, desk: Desk, case: Ticket) -> None:
        await Colleague(desk, "Nurse", frozenset({Role.MEDICAL})).does("view", case.id)

        trail = [line.event.what async for line in desk.store.audit_trail()]
        assert trail[-1:] == ["ticket.view"]
        assert await now(desk) == case
