"""What the desk says to delegates about their requests: what is being done, what happens next, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.content.fields import phone
from bot.i18n import forms
from bot.i18n.translator import Speaker
from bot.model.content import Event
from bot.model.messages import Button, Message, TicketId
from bot.model.rich import Rich, Span, join
from bot.model.tickets import Priority, Ticket, TicketState
from bot.tickets import clocks, rights

_LONGEST_QUESTION = 60  # characters of the delegate's own words by which they know a request again
_MOST = 5  # requests with buttons of their own


def resolved(number: TicketId, speaker: Speaker) -> Message:
    text = speaker._(
        "Reception has closed your request #{number}. If something is still open, just write here.",
        number=str(number),
    )
    return Message(
        text,
        speaker.language,
        (
            (
                Button("👍 " + speaker.text("Solved, thank you"), action=f"request:rate:{number}:good"),
                Button(speaker.text("Solved, but slowly"), action=f"request:rate:{number}:poor"),
            ),
            (Button(speaker.text("Not solved"), action=f"request:unsolved:{number}"),),
        ),
    )


def still_open(number: TicketId, message: Message, speaker: Speaker) -> Message:
    told = speaker._(
        "Your request #{number} is still open at reception. If you do not need it any more, withdraw it here.",
        number=str(number),
    )
    button = Button(speaker.text("Withdraw #{number}", number=str(number)), action=f"request:cancel:{number}")
    return replace(message, text=join([message.text, told], "\n\n"), buttons=((button,),))


def promised(number: TicketId, until: str, speaker: Speaker) -> Message:
    return _told(
        speaker._(
            "Reception will be back to you about your request #{number} by {time}.", number=str(number), time=until
        ),
        speaker,
    )


def handed_back(number: TicketId, speaker: Speaker) -> Message:
    return _told(
        speaker._(
            "The automatic assistant answers you here again. Your request #{number} stays open at reception.",
            number=str(number),
        ),
        speaker,
    )


def confirmed(number: TicketId, speaker: Speaker) -> Message:
    """Only said when a person has claimed an emergency."""
    return _told(
        speaker._("A person at reception has taken your emergency, request #{number}.", number=str(number)), speaker
    )


def waiting_longer(number: TicketId, next_at: str, event: Event, speaker: Speaker, *, officer: bool) -> Message:
    """A person has not answered yet; what comes next is in the house's own hands, and so it is true."""
    not_yet = speaker._("Nobody could answer your request #{number} yet; it is not forgotten.", number=str(number))
    return _told(join([not_yet, *_what_next(next_at, event, speaker, officer=officer)], " "), speaker)


def late(number: TicketId, promised: str, next_at: str, event: Event, speaker: Speaker, *, officer: bool) -> Message:
    """The time that reception named has passed without a word of theirs; said once, when reception is called again."""
    not_kept = speaker._(
        "Reception said it would be back to you about your request #{number} by {time}. Nobody has written yet, so I call reception again now.",
        number=str(number),
        time=promised,
    )
    return _told(join([not_kept, *_what_next(next_at, event, speaker, officer=officer)], " "), speaker)


def _what_next(next_at: str, event: Event, speaker: Speaker, *, officer: bool) -> Sequence[Rich]:
    return [
        _who_is_called(next_at, speaker, officer=officer),
        speaker._("If it is urgent, call {desk}.", desk=phone(event.contacts["reception"].phone)),
    ]


def _who_is_called(next_at: str, speaker: Speaker, *, officer: bool) -> Rich:
    if officer:
        return speaker._("If nobody answers by {time}, I call the duty officer.", time=next_at)
    return speaker._("If nobody answers by {time}, I call reception again.", time=next_at)


def rated(speaker: Speaker) -> Message:
    return _told(speaker._("Thank you for telling us."), speaker)


def opened_again(number: TicketId, speaker: Speaker) -> Message:
    return _told(
        speaker._(
            "Your request #{number} is open again. Please write what is still missing; a person reads it.",
            number=str(number),
        ),
        speaker,
    )


def cancelled(number: TicketId, speaker: Speaker) -> Message:
    return _told(speaker._("You have withdrawn your request #{number}.", number=str(number)), speaker)


def add_now(number: TicketId, speaker: Speaker) -> Message:
    return _told(speaker._("Write now what you want to add to your request #{number}.", number=str(number)), speaker)


def none(speaker: Speaker) -> Message:
    return Message(
        speaker._("You have no requests with us. Just write what you need."),
        speaker.language,
        ((Button("🙋 " + speaker.text("Talk to a person"), action="person", style="primary"),),),
    )


def not_yours(speaker: Speaker) -> Message:
    return _told(speaker._("There is no such request of yours any more."), speaker)


def listed(tickets: Sequence[Ticket], event: Event, now: datetime, speaker: Speaker, *, officer: bool) -> Message:
    """Number, state, what happens next and when of each request, with buttons to add and to withdraw."""
    parts = [join([_head(ticket), _state(ticket, event, now, speaker, officer=officer)], "\n") for ticket in tickets]
    rows = [row for ticket in tickets[:_MOST] if (row := _buttons(ticket, speaker))]
    return Message(join(parts, "\n\n"), speaker.language, tuple(rows))


def _head(ticket: Ticket) -> Rich:
    question = " ".join(ticket.question.split())
    short = question if len(question) <= _LONGEST_QUESTION else question[: _LONGEST_QUESTION - 1].rstrip() + "…"
    # A restricted request is known again by its number: somebody may look over the delegate's shoulder.
    words: Rich = () if rights.secrecy(ticket) or not short else (Span(" "), Span(short, "quote"))
    return (Span(f"#{ticket.id}", "bold"), *words)


def _state(ticket: Ticket, event: Event, now: datetime, speaker: Speaker, *, officer: bool) -> Rich:
    if not ticket.open:
        return speaker._("You have withdrawn it.") if ticket.cancelled else speaker._("Closed.")
    if ticket.promised_at is not None:
        return _promise(ticket, ticket.promised_at, event, now, speaker, officer=officer)
    if ticket.state is TicketState.WAITING:
        return speaker._("Reception waits for your answer.")
    if ticket.state is TicketState.SNOOZED and ticket.snoozed_until is not None:
        return speaker._(
            "Reception comes back to it at {time}.", time=forms.time_seen(ticket.snoozed_until, now, speaker.language)
        )
    if ticket.priority is Priority.EMERGENCY and ticket.owner is None:
        return speaker._("Everybody at reception is being called, again and again, until a person confirms it.")
    if ticket.owner is not None and clocks.unanswered_since(ticket) is None:
        return speaker._("Reception has answered. Write here if something is still open.")
    return join([_whose(ticket, speaker), _next(ticket, event, now, speaker, officer=officer)], " ")


def _promise(
    ticket: Ticket, promised: datetime, event: Event, now: datetime, speaker: Speaker, *, officer: bool
) -> Rich:
    time = forms.time_seen(promised, now, speaker.language)
    if promised > now:
        return speaker._("Reception will be back to you by {time}.", time=time)
    late_ = speaker._("Reception said it would be back to you by {time}, and is late.", time=time)
    return join([late_, _next(ticket, event, now, speaker, officer=officer)], " ")


def _whose(ticket: Ticket, speaker: Speaker) -> Rich:
    if ticket.owner is not None:
        return speaker._("A person at reception is working on it.")
    if ticket.seen_at is not None:
        return speaker._("Reception has it; nobody has taken it yet.")
    return speaker._("It is kept, but nobody at reception has seen it yet.")


def _next(ticket: Ticket, event: Event, now: datetime, speaker: Speaker, *, officer: bool) -> Rich:
    """When the duty officer is called at the latest; nothing when that time has passed."""
    at = clocks.officer_at(ticket, event.waits)
    if at is None or at <= now:
        return ()
    return _who_is_called(forms.time_seen(at, now, speaker.language), speaker, officer=officer)


def _buttons(ticket: Ticket, speaker: Speaker) -> tuple[Button, ...]:
    number = str(ticket.id)
    if not ticket.open:
        return ()
    add = Button(speaker.text("Add to #{number}", number=number), action=f"request:add:{number}")
    if ticket.priority is Priority.EMERGENCY:
        return (add,)
    return (add, Button(speaker.text("Withdraw #{number}", number=number), action=f"request:cancel:{number}"))


def _told(text: Rich, speaker: Speaker) -> Message:
    return Message(text, speaker.language)
