"""The first answer in an emergency. Its first line is a telephone number, and it needs no topic, store or network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.content.fields import phone
from bot.i18n.translator import Speaker, Speakers
from bot.model.content import Event
from bot.model.language import LANGUAGES, Language
from bot.model.messages import Button, Message
from bot.model.rich import Rich, Span, join

_NUMBERS: Final[Mapping[str, str]] = {
    "medical": "ambulance",
    "self-harm": "ambulance",
    "fire": "fire",
    "earthquake": "fire",
    "attack": "police",
    "missing-person": "police",
    "harassment": "police",
    "border": "",
}


@dataclass(frozen=True, slots=True)
class EmergencyCard:
    """Made once from the contacts, so that it stands when content breaks later."""

    desk: str
    numbers: Mapping[str, str]
    safeguarding: str

    @classmethod
    def of(cls, event: Event) -> EmergencyCard:
        desk = event.contacts["reception"].phone
        first = event.emergency_numbers()[0].phone
        numbers = {
            kind: event.contacts[key].phone if key in event.contacts else ("" if not key else first)
            for kind, key in _NUMBERS.items()
        }
        safeguarding = event.contacts["safeguarding"].phone if "safeguarding" in event.contacts else desk
        return cls(desk, numbers, safeguarding)

    def message(self, kind: str, *, certain: bool, language: Language, sure: bool, speakers: Speakers) -> Message:
        """What is said at once; in all languages while the delegate's own is not known."""
        said_in = (language,) if sure else (language, *(other for other in LANGUAGES if other != language))
        parts: list[Rich] = []
        for index, tongue in enumerate(said_in):
            speaker = speakers[tongue]
            parts.append(self.first_line(kind, speaker))
            if index == 0:
                parts.append(self._advice(kind, certain=certain, speaker=speaker))
        buttons = () if certain else self._tap(kind, speakers[language])
        return Message(join(parts, "\n"), language, buttons)

    def bare(self, kind: str, *, language: Language, speakers: Speakers) -> Message:
        """The number in every language, and that nobody was alerted: for when nothing can be stored."""
        lines = self._lines(kind, language, speakers)
        told = speakers[language]._(
            "I could not keep your message just now, so nobody at reception has it: please call."
        )
        return Message(join([lines[0], told, *lines[1:]], "\n"), language)

    def number(self, kind: str, *, language: Language, speakers: Speakers) -> Message:
        """The number alone, in every language: for when it is not known yet whether anybody can be alerted."""
        return Message(join(self._lines(kind, language, speakers), "\n"), language)

    def _lines(self, kind: str, language: Language, speakers: Speakers) -> list[Rich]:
        tongues = (language, *(other for other in LANGUAGES if other != language))
        return [self.first_line(kind, speakers[tongue]) for tongue in tongues]

    def unconfirmed(self, kind: str, number: str, speaker: Speaker) -> Message:
        """Said when nobody has claimed an emergency for a while, or whoever did is silent: the number first."""
        told = speaker._(
            "Nobody at reception has confirmed your emergency, request #{number}. Please call now; I keep calling everybody.",
            number=number,
        )
        return Message(join([self.first_line(kind, speaker), told], "\n"), speaker.language)

    def first_line(self, kind: str, speaker: Speaker) -> Rich:
        number = self.numbers.get(kind, "")
        if kind == "harassment":
            return (
                Span("☎ "),
                *speaker._(
                    "Call {desk} in confidence, day and night; police {number}.",
                    desk=phone(self.safeguarding),
                    number=phone(number),
                ),
            )
        if not number:
            return (Span("☎ "), *speaker._("Call {desk} now: reception, day and night.", desk=phone(self.desk)))
        line = {
            "medical": speaker._(
                "Call {desk} now (reception, day and night) or {number} (ambulance).",
                desk=phone(self.desk),
                number=phone(number),
            ),
            "fire": speaker._(
                "Call {number} (fire) or {desk} (reception, day and night) now.",
                desk=phone(self.desk),
                number=phone(number),
            ),
        }.get({"self-harm": "medical", "earthquake": "fire"}.get(kind, kind)) or speaker._(
            "Call {desk} now (reception, day and night) or {number} (police).",
            desk=phone(self.desk),
            number=phone(number),
        )
        return (Span("☎ "), *line)

    def _advice(self, kind: str, *, certain: bool, speaker: Speaker) -> Rich:
        if not certain:
            return speaker._("Is this an emergency? One tap calls everyone at reception.")
        return {
            "medical": speaker._(
                "Shout for staff near you. Stay with the person. I am alerting reception and the medical team; write where you are: floor, room, place."
            ),
            "self-harm": speaker._(
                "You are not alone, and you need not explain anything. Go to other people, away from anything that can harm; if somebody else is in danger, stay with them. I am alerting reception and the medical team; write where you are: floor, room, place."
            ),
            "earthquake": speaker._(
                "Stay inside. Drop to the floor, get under a table, hold on; keep away from glass. Go out by the stairs when the shaking has stopped. I am alerting reception and security; write where you are."
            ),
            "fire": speaker._(
                "Leave by the stairs, not by the lift. I am alerting reception and security; write where you are."
            ),
            "attack": speaker._("Get to a safe place. I am alerting reception and security; write where you are."),
            "missing-person": speaker._(
                "I am alerting reception and security. Write who is missing, where you last saw the person, and what they wear."
            ),
            "harassment": speaker._(
                "You are not alone and it is not your fault. I am alerting the people responsible for protection. Write where you are, and only as much as you wish."
            ),
            "border": speaker._(
                "Stay calm and stay where you are. I am alerting the visa team; write the airport, the flight and what the officer said."
            ),
        }.get(kind) or speaker._("I am alerting reception; write where you are.")

    def _tap(self, kind: str, speaker: Speaker) -> tuple[tuple[Button, ...], ...]:
        return (
            (Button("🚨 " + speaker.text("Yes, it is an emergency"), action=f"emergency:{kind}", style="danger"),),
            (Button(speaker.text("No, something else"), action="not-emergency"),),
        )
