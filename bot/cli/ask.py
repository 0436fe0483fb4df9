"""``desk ask``: one question, or a file of them, answered without keeping anything."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

import click

from bot.answers.compose import Composer
from bot.answers.engine import Context, Engine
from bot.answers.explain import explain
from bot.answers.together import together
from bot.cli.options import DEMO_START, event_option, language_option, settings_for, tell_learning
from bot.clock import RealClock
from bot.content.source import Folders
from bot.desk import say, say_requests
from bot.desk.emergency_card import EmergencyCard
from bot.desk.live import prepare
from bot.i18n.translator import Speakers, load_speakers
from bot.model.decisions import Answer, Clarify, Decision, Emergency, SmallTalkReply, Understanding, Unresolved, name_of
from bot.model.language import Language, is_language
from bot.model.messages import Message
from bot.model.rich import Rich, Span, join, letters
from bot.settings import content_root, locales_root


@dataclass(frozen=True)
class Asker:
    """Answers questions one by one, each as the first of a chat."""

    engine: Engine
    speakers: Speakers
    card: EmergencyCard

    def now(self) -> datetime:
        event = self.engine.snapshot.event
        return DEMO_START.astimezone(event.zone) if event.id == "ap11" else RealClock(event.zone).now()

    def ask(self, text: str, language: Language | None) -> dict[str, Any]:
        """The contract's fields for one question."""
        now = self.now()
        understood = self.engine.understand(text, Context(language or "en", now))
        sure = language is not None or understood.sure_of_language
        spoken = language or understood.language
        composer = Composer(self.engine.snapshot, self.speakers[spoken], now)
        decision = understood.decision
        return {
            "lang": understood.language,
            "decision": name_of(decision) if self._can_say(decision, composer) else "handover",
            "certain": decision.certain if isinstance(decision, Emergency) else True,
            "topic": _topic(decision),
            "options": list(decision.options) if isinstance(decision, Clarify) else [],
            "confidence": round(_confidence(decision), 4),
            "team": self._team(decision),
            "reply": letters(self._replies(understood, composer, sure=sure), isolate=False),
        }

    def _can_say(self, decision: Decision, composer: Composer) -> bool:
        return not isinstance(decision, Answer) or decision.hand_over or composer.answer(decision) is not None

    def _team(self, decision: Decision) -> str | None:
        match decision:
            case Answer(topic) | Clarify((topic, *_)):
                return self.engine.snapshot.library.topics[topic].team
            case Unresolved(team) | Emergency(team=team):
                return team
            case _:
                return None

    def _replies(self, understood: Understanding, composer: Composer, *, sure: bool) -> Rich:
        """Of several needs what is certain comes first, in one message."""
        if not understood.needs:
            return self._with_left(self._reply(understood.decision, composer, sure=sure), understood, composer)
        told = together(composer, understood.needs)
        answered = self._with_left(told.message.text if told.message else (), understood, composer)
        rest = [self._reply(need.decision, composer, sure=sure) for need in told.rest]
        return join([answered, *rest], "\n\n")

    def _with_left(self, text: Rich, understood: Understanding, composer: Composer) -> Rich:
        speaker = composer.speaker
        return say.with_left(Message(text, speaker.language), understood.left, speaker).text

    def _reply(self, decision: Decision, composer: Composer, *, sure: bool) -> Rich:
        speaker = composer.speaker
        match decision:
            case Emergency(kind, certain=certain):
                return self.card.message(
                    kind, certain=certain, language=speaker.language, sure=sure, speakers=self.speakers
                ).text
            case SmallTalkReply("language"):
                return say.language_set(speaker).text
            case SmallTalkReply("help"):
                return say.help_(composer.snapshot.event, speaker).text
            case SmallTalkReply("requests"):
                return say_requests.none(speaker).text
            case SmallTalkReply(kind):
                replies = [
                    say.small_talk(known, speaker).text
                    for known in self.engine.snapshot.library.small_talk
                    if known.kind == kind
                ]
                return replies[0] if replies else ()
            case Clarify(options):
                message = say.clarify(options, self.engine.snapshot, speaker)
                titles = [self.engine.snapshot.library.topics[key].title.in_(speaker.language) for key in options]
                return join([message.text, *[(Span("• " + title),) for title in titles]], "\n")
            case Answer():
                composed = composer.answer(decision)
                if composed is not None and not decision.hand_over:
                    return composed.message.text
                return self._handed_over(decision.topic, composer, composed.message.text if composed else ())
            case Unresolved(team):
                return say.passing_on(None, self._team_name(team, composer), speaker, known=False).text

    def _handed_over(self, topic: str, composer: Composer, before: Rich) -> Rich:
        team = self.engine.snapshot.library.topics[topic].team
        return say.passing_on(None, self._team_name(team, composer), composer.speaker, known=True, before=before).text

    def _team_name(self, team: str, composer: Composer) -> str:
        teams = self.engine.snapshot.event.teams
        return teams[team].name.in_(composer.speaker.language) if team in teams else team


def _topic(decision: Decision) -> str | None:
    match decision:
        case Answer(topic) | Emergency(topic=topic) | Unresolved(topic=topic):
            return topic
        case _:
            return None


def _confidence(decision: Decision) -> float:
    return decision.confidence if isinstance(decision, Answer | Clarify | Unresolved) else 1.0


@click.command("ask")
@language_option
@event_option
@click.option("--json", "as_json", is_flag=True, help="One JSON line instead of the text.")
@click.option("--batch", is_flag=True, help='JSON lines in ({"id","text","lang"?}), JSON lines out, same order.')
@click.option("--explain", "explained", is_flag=True, help="Why it is understood so: every step with its figures.")
@click.argument("text", nargs=-1)
def command(
    text: tuple[str, ...], lang: str | None, event: str | None, *, as_json: bool, batch: bool, explained: bool
) -> None:
    """Answer TEXT as a delegate would be answered. Nothing is stored, nobody is told."""
    settings = settings_for(event)
    engine = prepare(Folders.of(content_root(), settings.event), settings.cache, learning=tell_learning)
    asker = Asker(engine, load_speakers(locales_root()), EmergencyCard.of(engine.snapshot.event))
    language = lang if lang is not None and is_language(lang) else None
    if batch:
        failed = _batch(asker, sys.stdin, language)
        sys.exit(1 if failed else 0)
    if not text:
        raise click.UsageError("give a question, or --batch")
    if explained:
        context = Context(language or "en", asker.now())
        click.echo("\n".join(explain(engine, " ".join(text), context)))
        return
    found = asker.ask(" ".join(text), language)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    click.echo(found["reply"])
    about = found["topic"] or ", ".join(found["options"]) or "-"
    click.echo(f"\n[{found['decision']} · {about} · {found['lang']} · confidence {found['confidence']:.2f}]", err=True)


def _batch(asker: Asker, lines: TextIO, language: Language | None) -> int:
    """Answer every line; a line that cannot be read gets an error line in its place. Returns how many could not."""
    failed = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            text, identity, own = _fields(item)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            failed += 1
            click.echo(
                json.dumps(
                    {"id": None, "line": number, "error": f'this line is not {{"id", "text", "lang"?}}: {error}'},
                    ensure_ascii=False,
                )
            )
            continue
        click.echo(json.dumps({"id": identity, **asker.ask(text, own or language)}, ensure_ascii=False))
    return failed


def _fields(item: dict[str, Any]) -> tuple[str, Any, Language | None]:
    text, own = item["text"], item.get("lang")
    if not isinstance(text, str) or (own is not None and not is_language(own)):
        raise ValueError("text is a string; lang is en, ar or vi")
    return text, item["id"], own
