"""Puts an answer into words: the topic's text with its fields, narrowed to what the question is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from bot.content import fields, template
from bot.i18n import forms
from bot.i18n.translator import Speaker
from bot.model.content import Event, Place, Session, Snapshot, Topic
from bot.model.decisions import Answer, Asked
from bot.model.messages import Button, Message, Pin
from bot.model.rich import Rich, Span, join, letters, merge
from bot.programme import view

_MOST_LINES: Final = 14  # sessions in one list
_MOST_NAMED: Final = 3  # sessions that a question may name before it is about a list


@dataclass(frozen=True, slots=True)
class Composed:
    message: Message
    session: str | None = None
    """The one session that was spoken of."""
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes answers of one snapshot in one language at one time."""

    snapshot: Snapshot
    speaker: Speaker
    now: datetime

    @property
    def _event(self) -> Event:
        return self.snapshot.event

    def answer(self, answer: Answer) -> Composed | None:
        """The answer to a question; None when the event does not say enough to answer it."""
        topic = self.snapshot.library.topics[answer.topic]
        if topic.answer is None or topic.id in self.snapshot.unanswerable:
            return None
        language = self.speaker.language
        sessions = self._named(answer.asked)
        if answer.asked.where and sessions:
            return self._whereabouts(topic, sessions)
        try:
            written = self._narrowed(topic.answer.in_(language), answer.asked)
            text = template.render(written, lambda path: self._field(path, answer.asked, sessions))
        except fields.MissingField:
            return None
        place = self._place(topic, answer.asked)
        lead = self._lead(topic, answer.asked, place)
        session = sessions[0].id if len(sessions) == 1 else self._only_session(topic)
        # Only of a session that was asked for by name: an answer may mention one that is long over.
        parts = [self._over(session if sessions else None), lead, text, self._as_of(topic)]
        return Composed(
            Message(join(parts, "\n\n"), language, self._buttons(topic), self._pin(place)),
            session,
            place.id if place else (self._event.sessions[session].place if session else None),
        )

    # ------------------------------------------------------------ fields

    def _field(self, path: str, asked: Asked, named: Sequence[Session]) -> Rich:
        kind, key, _ = fields.split(path)
        match kind:
            case "sessions":
                return self._group(key, asked, named)
            case "programme":
                return self._programme(key, asked, named)
            case _:
                return fields.value(self._event, path, self.speaker.language)

    def _narrowed(self, text: str, asked: Asked) -> str:
        """Of a list of coaches those of the day that was asked for, else those of days that are not over."""
        left = template.without_items(text, lambda paths: any(day < self.now.date() for day in self._days(paths)[-1:]))
        if asked.day is None:
            return left
        return template.without_items(left, lambda paths: bool(days := self._days(paths)) and asked.day not in days)

    def _days(self, paths: Sequence[str]) -> list[date]:
        """When the coaches run that an item of a list is about."""
        lines = [self._event.line(fields.split(path)[1]) for path in paths if path.startswith("line.")]
        return sorted({at.date() for line in lines if line is not None for at in (*line.departs, *line.returns)})

    def _programme(self, key: str, asked: Asked, named: Sequence[Session]) -> Rich:
        match key:
            case "now":
                running = view.on_now(self._event, self.now)
                return self.lines(running, day=False) if running else self.speaker._("Nothing is on at this moment.")
            case "next":
                return self._next()
            case "now-next":
                return self._now_and_next(asked)
            case "clock":
                return (Span(forms.day_and_hour(self.now, self.speaker.language), "value"),)
            case "updated":
                at = self._event.programme_updated
                return (Span(forms.day_and_hour(at, self.speaker.language), "value"),)
            case _:
                return self._asked(asked, named)

    def _next(self) -> Rich:
        coming = view.coming_next(self._event, self.now)
        if not coming:
            return self.speaker._("Nothing more is on the programme.")
        return self.lines(coming, day=coming[0].starts.date() != self.now.date())

    def _now_and_next(self, asked: Asked) -> Rich:
        """What is on and what comes; what was asked for first."""
        running = view.on_now(self._event, self.now)
        nothing = self.speaker._("Nothing is on at this moment.")
        now = join([self.speaker._("On now:"), self.lines(running, day=False)], "\n\n") if running else nothing
        coming = join([self.speaker._("Next:"), self._next()], "\n\n")
        return join([coming, now] if asked.next and not asked.now else [now, coming], "\n\n")

    def _asked(self, asked: Asked, named: Sequence[Session]) -> Rich:
        """The sessions that a question is about: those it names, those in the place it names, a day, a part of a day; else today."""
        if named:
            return self.lines(named, day=True)
        if asked.now or asked.next:
            return self._programme("now" if asked.now else "next", asked, named)
        day = asked.day or self._day_meant(asked)
        place = asked.place if asked.place in {s.place for s in view.public(self._event)} else ""
        found = view.in_place(self._event, place, day) if place else view.on_day(self._event, day, asked.part)
        title = (Span(forms.day(day, self.speaker.language), "bold"),)
        if found:
            return join([title, self.lines(found, day=False)], "\n")
        if asked.part and view.on_day(self._event, day):
            return join(
                [
                    title,
                    self.speaker._("Nothing is on at that time. The whole day:"),
                    self.lines(view.on_day(self._event, day), day=False),
                ],
                "\n",
            )
        coming = next((d for d in view.days(self._event) if d > day), None)
        nothing = self.speaker._("Nothing is on the programme that day.")
        if coming is None:
            return join([title, nothing], "\n")
        return join(
            [
                title,
                nothing,
                (Span(forms.day(coming, self.speaker.language), "bold"),),
                self.lines(view.on_day(self._event, coming), day=False),
            ],
            "\n",
        )

    def _day_meant(self, asked: Asked) -> date:
        """Today; late in the evening, when nothing of today is left and no hour was named, the next day of the programme."""
        today = self.now.date()
        left = asked.part or any(session.ends > self.now for session in view.on_day(self._event, today))
        coming = next((day for day in view.days(self._event) if day > today), None)
        return today if left or coming is None or not view.on_day(self._event, today) else coming

    def _group(self, group: str, asked: Asked, named: Sequence[Session]) -> Rich:
        sessions = view.in_group(self._event, group)
        if not sessions:
            raise fields.MissingField(group)
        wanted = (
            [s for s in sessions if s in named]
            or [s for s in sessions if asked.day and s.starts.date() == asked.day]
            or [s for s in sessions if s.ends.date() >= self.now.date()]
            or sessions
        )
        return self.lines(wanted, day=True)

    def lines(self, sessions: Sequence[Session], *, day: bool) -> Rich:
        """One line per session, with headings where the day changes."""
        said: list[Rich] = []
        last = None
        for session in sessions[:_MOST_LINES]:
            if day and session.starts.date() != last:
                last = session.starts.date()
                said.append((Span(forms.day(last, self.speaker.language), "bold"),))
            said.append(self._line(session))
        if len(sessions) > _MOST_LINES:
            said.append(
                self.speaker.count("… and {n} more session", "… and {n} more sessions", len(sessions) - _MOST_LINES)
            )
        return join(said, "\n")

    def _line(self, session: Session) -> Rich:
        language = self.speaker.language
        place = self._event.places[session.place]
        spans: list[Span] = [
            Span("• "),
            Span(forms.hours(session.starts, session.ends), "value"),
            Span(" "),
            Span(session.title.in_(language), "value"),
            Span(" – "),
            Span(place.name.in_(language), "value"),
        ]
        if session.audience != "all" and session.audience in self._event.audiences:
            spans.append(Span(f" ({self._event.audiences[session.audience].in_(language)})"))
        return merge(tuple(spans))

    # ------------------------------------------------------------ around the text

    def _named(self, asked: Asked) -> list[Session]:
        found = view.by_ids(self._event, asked.sessions)
        if asked.day:
            found = [s for s in found if s.starts.date() == asked.day] or found
        if len(found) > 1:
            # "Lunch" or "the dinner" names several: the one that is on or comes next is meant, unless a day was named.
            coming = [s for s in found if s.ends > self.now]
            found = coming[:_MOST_NAMED] if not asked.day and coming else found
        return found if len(found) <= _MOST_NAMED else []

    def _whereabouts(self, topic: Topic, sessions: Sequence[Session]) -> Composed:
        language = self.speaker.language
        said: list[Rich] = []
        day = None
        for session in sessions:
            if session.starts.date() != day:
                day = session.starts.date()
                said.append((Span(forms.day(day, language), "bold"),))
            where = self._event.places[session.place].where
            said += [self._line(session), *([(Span(where.in_(language)),)] if where else [])]
        place = self._event.places[sessions[0].place]
        return Composed(
            Message(
                join([*said, self._updated()], "\n"),
                language,
                self._buttons(topic),
                self._pin(place),
            ),
            sessions[0].id if len(sessions) == 1 else None,
            place.id,
        )

    def _over(self, session: str | None) -> Rich:
        """Said first when the one session that is asked about has ended."""
        if session is None or self._event.sessions[session].ends > self.now:
            return ()
        ended = self._event.sessions[session]
        return self.speaker._(
            "Already over: {session}", session=(Span(ended.title.in_(self.speaker.language), "bold"),)
        )

    def _updated(self) -> Rich:
        at = self._event.programme_updated
        return self.speaker._("As of {date}", date=forms.day_and_hour(at, self.speaker.language))

    def _only_session(self, topic: Topic) -> str | None:
        """The session a topic is about, if it is about one."""
        if topic.answer is None:
            return None
        keys = [
            fields.split(path)[1] for path in template.fields(topic.answer.en) if fields.split(path)[0] == "session"
        ]
        return session.id if keys and (session := self._event.session(keys[0])) else None

    def _place(self, topic: Topic, asked: Asked) -> Place | None:
        if asked.place and topic.area in ("venue", "hotel", "schedule", "faith", "medical", "side"):
            return self._event.places.get(asked.place)
        return self._event.place(topic.place) if topic.place else None

    def _lead(self, topic: Topic, asked: Asked, place: Place | None) -> Rich:
        """The place that was asked for, before the general answer."""
        if place is None or not asked.place or topic.id != "venue.find-room":
            return ()
        language = self.speaker.language
        parts = [fields.place_part(place, "where", language)]
        if place.address:
            parts.append(fields.place_part(place, "address", language))
        if place.hours:
            parts.append(fields.place_part(place, "hours", language))
        return join([(Span("📍 "), *parts[0]), *parts[1:]], "\n")

    def _as_of(self, topic: Topic) -> Rich:
        """From when the facts are that an answer rests on; the programme says it itself."""
        if topic.answer is None or "programme.updated" in template.fields(topic.answer.en):
            return ()
        dates = [
            self._event.facts[path].origin.checked
            for path in template.fields(topic.answer.en)
            if path in self._event.facts
        ]
        if not dates:
            return ()
        return self.speaker._("As of {date}", date=forms.full_date(min(dates), self.speaker.language))

    def _buttons(self, topic: Topic) -> tuple[tuple[Button, ...], ...]:
        rows: list[tuple[Button, ...]] = []
        copies = [
            Button(self.speaker.text("Copy: {text}", text=_short(text)), copy=text)
            for path in topic.copy
            if (text := self._copied(path))
        ]
        rows += [(button,) for button in copies]
        topics = self.snapshot.library.topics
        rows += [(topic_button(topics[key], self.speaker),) for key in topic.buttons if key in topics]
        if topic.id == "privacy.my-data":
            rows.append((Button(self.speaker.text("Show what is kept about me"), action="command:mydata"),))
            rows.append((Button(self.speaker.text("Delete everything about me"), action="command:forget"),))
        rows.append((person_button(self.speaker),))
        if topic.area == "medical":
            rows.append((danger_button(self.speaker),))
        return tuple(rows)

    def _copied(self, path: str) -> str:
        try:
            return letters(fields.value(self._event, path, self.speaker.language), isolate=False)[:256]
        except fields.MissingField:
            return ""

    def _pin(self, place: Place | None) -> Pin | None:
        if place is None or place.map is None:
            return None
        language = self.speaker.language
        address = place.address or place.where
        return Pin(place.name.in_(language), address.in_(language) if address else "", *place.map)


def topic_button(topic: Topic, speaker: Speaker) -> Button:
    return Button(topic.title.in_(speaker.language), action=f"topic:{topic.id}")


def person_button(speaker: Speaker) -> Button:
    return Button("🙋 " + speaker.text("Talk to a person"), action="person", style="primary")


def danger_button(speaker: Speaker) -> Button:
    return Button("🩺 " + speaker.text("Medical emergency"), action="emergency:medical", style="danger")


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"
