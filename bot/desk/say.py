"""What the desk itself says to delegates: every sentence that is not an answer of the content store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.answers.compose import danger_button, person_button, topic_button
from bot.content.fields import phone
from bot.i18n.translator import Speaker
from bot.model.content import Event, SmallTalk, Snapshot
from bot.model.language import LANGUAGES, OWN_NAMES
from bot.model.messages import Button, Message, TicketId
from bot.model.rich import Rich, Span, join, plain


def language_row() -> tuple[Button, ...]:
    """Always in each language's own script, so that everyone finds their own."""
    return tuple(Button(OWN_NAMES[language], action=f"language:{language}") for language in LANGUAGES)


def menu_rows(speaker: Speaker) -> tuple[tuple[Button, ...], ...]:
    return (
        (
            Button("🗓 " + speaker.text("Today"), action="command:today"),
            Button("▶️ " + speaker.text("Now"), action="command:now"),
            Button("⏭ " + speaker.text("Next"), action="command:next"),
        ),
        (
            Button("🏨 " + speaker.text("Hotel"), action="area:hotel"),
            Button("🚌 " + speaker.text("Transport"), action="area:transport"),
            Button("🛂 " + speaker.text("Visa"), action="area:visa"),
        ),
        (person_button(speaker), danger_button(speaker)),
        (Button("📋 " + speaker.text("My requests"), action="command:requests"),),
        language_row(),
    )


def keyboard(speaker: Speaker) -> tuple[tuple[str, ...], ...]:
    """Words kept below the input field on Telegram."""
    return (
        ("🗓 " + speaker.text("Today"), "⏭ " + speaker.text("Next")),
        ("🙋 " + speaker.text("Talk to a person"), "🩺 " + speaker.text("Medical emergency")),
    )


def keyboard_action(text: str, speakers: Sequence[Speaker]) -> str:
    """The action of a keyboard word in any language; empty for other text."""
    for speaker in speakers:
        actions = dict(
            zip(
                (word for row in keyboard(speaker) for word in row),
                ("command:today", "command:next", "person", "emergency:medical"),
                strict=True,
            )
        )
        if text.strip() in actions:
            return actions[text.strip()]
    return ""


def welcome(event: Event, speaker: Speaker) -> Message:
    text = join(
        [
            speaker._("Welcome to {event}!", event=(Span(event.name.in_(speaker.language), "bold"),)),
            speaker._(
                "Ask me in your own words about the programme, hotel, visa, transport, food or your health. What I do not know goes to reception, and their answer comes back here."
            ),
            speaker._(
                "I am an automatic assistant. I keep what you write here so that people can help you; /privacy tells more. In an emergency call {desk}.",
                desk=phone(event.contacts["reception"].phone),
            ),
        ],
        "\n\n",
    )
    return Message(text, speaker.language, menu_rows(speaker), keyboard=keyboard(speaker))


def help_(event: Event, speaker: Speaker) -> Message:
    text = join(
        [
            speaker._("Write your question as you would say it, in English, Arabic or Vietnamese."),
            speaker._(
                "/today – today's programme\n/now – what is on now\n/next – what comes next\n/human – talk to a person\n/requests – what became of my requests\n/lang – change the language\n/privacy – what I keep"
            ),
            speaker._("Reception answers day and night: {desk}.", desk=phone(event.contacts["reception"].phone)),
        ],
        "\n\n",
    )
    return Message(text, speaker.language, menu_rows(speaker))


def choose_language(speaker: Speaker) -> Message:
    return Message(speaker._("Which language shall I speak?"), speaker.language, (language_row(),))


def language_set(speaker: Speaker) -> Message:
    return Message(
        speaker._("I speak English with you now."), speaker.language, menu_rows(speaker), keyboard=keyboard(speaker)
    )


def privacy(event: Event, speaker: Speaker, *, translates: bool = False) -> Message:
    by_machine = speaker._(
        "Where staff do not read your language, a translation service may be given what you write to them, without your name."
    )
    text = join(
        [
            speaker._(
                "I keep your language, what you write here and the answers, to help you and to hand questions to reception. The staff of {event} at reception read what I pass on, with what we wrote shortly before it.",
                event=event.short,
            ),
            speaker._(
                "I need no phone number, no location and no documents: please never send passport pictures, card numbers or diagnoses here."
            ),
            by_machine if translates else (),
            speaker._("/mydata shows everything kept about you; /forget deletes it at once."),
        ],
        "\n\n",
    )
    return Message(text, speaker.language, ((person_button(speaker),),))


def clarify(options: Sequence[str], snapshot: Snapshot, speaker: Speaker) -> Message:
    return _choice(speaker._("I want to be sure I understand. Do you mean:"), options, snapshot, speaker)


def not_that(options: Sequence[str], snapshot: Snapshot, speaker: Speaker) -> Message:
    """After "no, not that": what else may have been meant."""
    return _choice(speaker._("I am sorry, that was not it. Is it one of these?"), options, snapshot, speaker)


def _choice(lead: Rich, options: Sequence[str], snapshot: Snapshot, speaker: Speaker) -> Message:
    topics = [snapshot.library.topics[key] for key in options]
    rows = [(topic_button(topic, speaker),) for topic in topics]
    rows.append((Button("🙋 " + speaker.text("None of these: ask a person"), action="none", style="primary"),))
    rows.append((danger_button(speaker),))
    return Message(lead, speaker.language, tuple(rows))


def area_menu(area: str, snapshot: Snapshot, speaker: Speaker) -> Message:
    topics = [
        topic for topic in snapshot.library.topics.values() if topic.area == area and topic.urgency != "emergency"
    ]
    rows = tuple((topic_button(topic, speaker),) for topic in topics[:12])
    return Message(speaker._("What would you like to know?"), speaker.language, (*rows, (person_button(speaker),)))


def small_talk(kind: SmallTalk, speaker: Speaker) -> Message:
    return Message(plain(kind.reply.in_(speaker.language)), speaker.language)


def passing_on(number: TicketId | None, team: str, speaker: Speaker, *, known: bool, before: Rich = ()) -> Message:
    """Said at once. It does not claim that anyone has seen the request; that is said when it is true.

    Without a number nothing was kept: somebody only tries out what would be said.
    """
    lead = () if known else speaker._("I have no certain answer to that.")
    sentence = (
        speaker._("I am passing it to a person ({team}). The answer comes here.", team=team)
        if number is None
        else speaker._(
            "I am passing it to a person ({team}) as request #{number}. The answer comes here.",
            team=team,
            number=str(number),
        )
    )
    parts = [before, join([lead, sentence], " ")]
    return Message(join(parts, "\n\n"), speaker.language, ((danger_button(speaker),),))


def with_left(message: Message, left: Sequence[str], speaker: Speaker) -> Message:
    """The answer to one part of a message, closed by what of it was not answered, so that nobody believes it was."""
    if not left:
        return message
    told = speaker._(
        "I have not answered this part of your message: “{words}”. Shall a person look at it?",
        words=join([(Span(words, "value"),) for words in left], " · "),
    )
    person = (person_button(speaker),)
    buttons = message.buttons if person in message.buttons else (*message.buttons, person)
    return replace(message, text=join([message.text, told], "\n\n"), buttons=buttons)


def added(number: TicketId, speaker: Speaker) -> Message:
    return Message(speaker._("I have added this to your request #{number}.", number=str(number)), speaker.language)


def seen(number: TicketId, speaker: Speaker) -> Message:
    return Message(speaker._("Reception has your request #{number}.", number=str(number)), speaker.language)


def not_seen(number: TicketId, event: Event, speaker: Speaker) -> Message:
    return Message(
        speaker._(
            "Your request #{number} is kept, but nobody at reception has seen it yet. If it is urgent, call {desk}.",
            number=str(number),
            desk=phone(event.contacts["reception"].phone),
        ),
        speaker.language,
    )


def late(message: Message, sent: str, speaker: Speaker, *, below: bool) -> Message:
    """The answer to a message that could not be read for a while; ``below`` an emergency's telephone number."""
    told = speaker._("You wrote this at {time}, and I can only read it now.", time=sent)
    parts = [message.text, told] if below else [told, message.text]
    return replace(message, text=join(parts, "\n\n"))


def set_aside(event: Event, speaker: Speaker) -> Message:
    """Said when a message could not be handled in any way."""
    return Message(
        speaker._(
            "I could not read your message. It is kept, but nobody sees it soon: please write it again in other words, or call {desk}.",
            desk=phone(event.contacts["reception"].phone),
        ),
        speaker.language,
    )


def not_kept(event: Event, speaker: Speaker) -> Message:
    return Message(
        speaker._(
            "I could not keep your message just now, so nobody has it. I am trying again; if it is urgent, call {desk}.",
            desk=phone(event.contacts["reception"].phone),
        ),
        speaker.language,
    )


def staff_reply(number: TicketId, said: str | Rich, speaker: Speaker) -> Message:
    head = speaker._("Reception answers your request #{number}:", number=str(number))
    return Message(
        (
            *(replace(span, style="bold") if span.style == "plain" else span for span in head),
            Span("\n"),
            *(plain(said) if isinstance(said, str) else said),
        ),
        speaker.language,
    )


def no_pictures(speaker: Speaker) -> Message:
    return Message(
        speaker._(
            "I cannot open pictures, recordings or files. Please write your question, or talk to a person. Never send passports, cards or medical papers here."
        ),
        speaker.language,
        ((person_button(speaker),), (danger_button(speaker),)),
    )


def too_long(speaker: Speaker) -> Message:
    return Message(
        speaker._("This message is too long for me. Please write your question in a few sentences."),
        speaker.language,
        ((person_button(speaker),),),
    )


def old_button(speaker: Speaker) -> Message:
    return Message(
        speaker._("This button is from an earlier version. Here is the menu as it is now."),
        speaker.language,
        menu_rows(speaker),
    )


def not_emergency(speaker: Speaker) -> Message:
    return Message(speaker._("Good. What can I help you with?"), speaker.language, menu_rows(speaker))


def alerted(number: TicketId, speaker: Speaker, first: Message) -> Message:
    sentence = speaker._("This is request #{number}. It stays open until a person closes it.", number=str(number))
    return Message(join([first.text, sentence], "\n"), speaker.language, first.buttons)


def ask_forget(speaker: Speaker) -> Message:
    return Message(
        speaker._(
            "Shall I delete everything you wrote here, the answers and your requests? Open requests are closed. This cannot be undone."
        ),
        speaker.language,
        (
            (Button(speaker.text("Yes, delete everything"), action="forget:yes", style="danger"),),
            (Button(speaker.text("No, keep it"), action="forget:no"),),
        ),
    )


def not_while_emergency(speaker: Speaker) -> Message:
    return Message(
        speaker._(
            "An emergency of yours is still open. Reception closes it when you are safe; then I can delete everything."
        ),
        speaker.language,
    )


def kept(speaker: Speaker) -> Message:
    return Message(speaker._("Nothing was deleted."), speaker.language)


def forgotten(speaker: Speaker) -> Message:
    return Message(speaker._("Everything about you has been deleted here."), speaker.language)
