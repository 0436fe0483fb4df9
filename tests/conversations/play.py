"""Plays a transcript on the stage: each step is done, and what everybody read because of it is told."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.answers.engine import Engine
from bot.i18n.translator import Speakers
from bot.model.errors import Refused
from bot.model.language import Language, is_language
from bot.model.messages import LONGEST_TEXT, Attachment, Button, Inbound, InboundId, Sender, TicketId
from bot.model.people import Address, Role
from bot.model.rich import FSI, LRI, PDI
from bot.model.tickets import Priority, StaffAction, Ticket, Verb
from tests.conversations.script import MORNING, SILENCE, Script, lines
from tests.conversations.stage import GROUP, Stage, opened
from tests.conversations.world import Seen

DOORS: Final = {"web": "webchat", "telegram": "telegram"}
_UNITS: Final = {"s": "seconds", "min": "minutes", "h": "hours"}
_VERBS: Final[dict[str, Verb]] = {
    "claims": "claim", "releases": "release", "replies": "reply", "asks": "ask", "notes": "note", "wakes": "wake",
    "resolves": "resolve", "reopens": "reopen", "hands back": "hand-back", "raises": "raise", "lowers": "lower",
    "unlinks": "unlink", "sees": "seen", "views": "view", "promises": "promise", "snoozes": "snooze",
    "gives": "assign", "links": "link",
}  # fmt: skip
_DEED = re.compile(
    r"(?P<who>\w+) (?P<how>carefully |insistently |again |by machine )?(?P<verb>"
    + "|".join(_VERBS)
    + r") (?P<number>\d+)"
    r"(?: to (?P<to>[\w -]+?))?(?: in (?P<in>\d+) (?P<unit>s|min|h))?(?: with (?P<answer>[\w:.-]+)(?P<fields>(?: \w+=\"[^\"]*\")*))?"
    r"(?P<all> for all)?(?P<seen> as seen)?(?P<at> at the console)?(?:: (?P<text>.*))?"
)


@dataclass
class Guest:
    """A delegate at a door."""

    name: str
    door: str
    language: Language | None
    last: Inbound | None = None

    @property
    def address(self) -> Address:
        return Address(self.door, self.name)


@dataclass
class Play:
    stage: Stage
    heads: list[str]
    guests: dict[str, Guest] = field(default_factory=dict)
    looked: dict[str, int] = field(default_factory=dict)
    """The version of a request that somebody has in front of them."""
    last_action: StaffAction | None = None

    @classmethod
    def of(cls, script: Script, content: Engine, speakers: Speakers) -> Play:
        zone = content.snapshot.event.zone
        at = MORNING
        for head in script.heads:
            if head.startswith("clock "):
                at = datetime.fromisoformat(head.removeprefix("clock ")).replace(tzinfo=zone)
        return cls(opened(content, speakers, at.astimezone(zone)), script.heads)

    async def write(self, script: Script) -> None:
        await self.begin()
        for step in script.steps:
            step.read = await self.does(step.does)

    async def begin(self) -> None:
        """The people come, and the matcher is told what it shall make of some words."""
        for head in self.heads:
            kind, _, rest = head.partition(" ")
            if kind == "delegate" and (found := re.fullmatch(r"(\w+) on (web|telegram)(?: in (\w\w))?", rest)):
                language = found[3]
                known = language if language and is_language(language) else None
                self.guests[found[1]] = Guest(found[1], DOORS[found[2]], known)
            elif kind == "staff":
                await self._hire(rest)
            elif kind == "words" and (found := re.fullmatch(r'"(.*)" are ([\w. -]+?)(, surely|, perhaps)?', rest)):
                trust = {None: 0.01, ", perhaps": 0.5, ", surely": 0.99}[found[3]]
                self.stage.takes(found[1].replace("\\n", "\n"), *found[2].split(), trust=trust)
            elif kind == "machine" and (found := re.fullmatch(r'"(.*)" in (\w\w) is "(.*)"', rest)):
                self.stage.machine.says[found[1], found[2]] = found[3]
                self.stage._open()  # the service stood in the settings from the start
            else:
                assert kind in ("#", "clock"), head

    async def _hire(self, rest: str) -> None:
        found = re.fullmatch(r"(\w+) as ([\w, -]+?)(?: in (\w\w))?(?: for ([\w, ]+))?(?: on shift (\w+))?", rest)
        assert found is not None, rest
        roles = [Role(role.strip()) for role in found[2].split(",")]
        teams = [team.strip() for team in (found[4] or "reception").split(",")]
        await self.stage.hires(
            found[1], roles=roles, language=found[3] or "en", teams=teams, shifts=[found[5]] if found[5] else []
        )

    # ---------------------------------------------------------------- one step

    async def does(self, step: str) -> list[str]:
        """Do it; returns every line that anybody read because of it."""
        before = len(self.stage.seen)
        told = await self._do(step)
        await self.stage.settles()
        read: list[str] = list(told)
        for seen in sorted(self.stage.seen[before:], key=self._place):  # the order of one reader is kept
            rows = [[button.label for button in row] for row in seen.message.buttons] if seen.message else []
            read += lines(seen.reader, seen.text, rows)
        return [_bare(line) for line in read] or [SILENCE]

    def _place(self, seen: Seen) -> tuple[bool, bool, str]:
        """Delegates first, then the group, then direct messages."""
        return seen.reader not in self.guests, seen.reader != GROUP, seen.reader

    async def _do(self, step: str) -> list[str]:
        for pattern, act in self._house().items():
            if found := re.fullmatch(pattern, step):
                return await act(found) or []
        name = re.match(r"\w+", step)
        assert name is not None, step
        if name[0] in self.guests:
            await self._guest(self.guests[name[0]], step.removeprefix(name[0]))
            return []
        deed = _DEED.fullmatch(step)
        assert deed is not None, f"nobody can do this: {step}"
        return await self._deed(deed)

    def _house(self) -> dict[str, Callable[[re.Match[str]], Awaitable[list[str] | None]]]:
        return {
            r"(\d+) (s|min|h) pass": self._time,
            r"the desk restarts": lambda _: self._plain(self.stage.restart()),
            r"the group is out of reach": lambda _: self._reach(out=True),
            r"the group is back": lambda _: self._reach(out=False),
            r"the machine is (away|back)": self._machine,
            r"(\w+) blocks the bot": self._block,
            r"(\w+) leaves the staff": lambda found: self._plain(self.stage.fires(found[1])),
            r"(\w+) says that they are (on|away)": self._presence,
            r"(\w+) looks at (\d+)": self._look,
            r"a drill begins": lambda _: self._plain(self.stage.drills.start({})),
            r"the drill of (\d+) is reported": self._report,
            r"request (\d+) is (.*)": self._is,
        }

    async def _plain(self, done: Awaitable[Any]) -> None:
        await done

    async def _time(self, found: re.Match[str]) -> None:
        self.stage.clock.moves(timedelta(**{_UNITS[found[2]]: int(found[1])}))

    async def _reach(self, *, out: bool) -> None:
        self.stage.group.out_of_reach = out

    async def _machine(self, found: re.Match[str]) -> None:
        self.stage.machine.away = found[1] == "away"

    async def _block(self, found: re.Match[str]) -> None:
        self.stage.telegram.blocked.add(found[1])

    async def _presence(self, found: re.Match[str]) -> None:
        await self.stage.says_on_duty(found[1], away=found[2] == "away")

    async def _look(self, found: re.Match[str]) -> None:
        ticket = await self.stage.store.ticket(TicketId(int(found[2])))
        assert ticket is not None
        self.looked[found[1]] = ticket.version

    async def _report(self, found: re.Match[str]) -> list[str]:
        report = await self.stage.drills.report({"ticket": int(found[1])})
        return lines(
            "organisers", ", ".join(f"{key} {report[key]}" for key in ("shown", "claimed", "claimedBy", "people"))
        )

    async def _is(self, found: re.Match[str]) -> None:
        ticket = await self.stage.store.ticket(TicketId(int(found[1])))
        assert _told(ticket) == found[2], f"{_told(ticket)} is not {found[2]}"

    # ---------------------------------------------------------------- delegates

    async def _guest(self, guest: Guest, rest: str) -> None:
        inbound = self._inbound(guest, rest)
        guest.last = inbound
        await self.stage.front.receive(inbound)

    def _inbound(self, guest: Guest, rest: str) -> Inbound:
        number = InboundId(f"in:{next(self.stage.ids)}")
        new = Inbound(number, Sender(guest.address, guest.name, guest.language), self.stage.clock.now())
        if rest == " sends it again":
            assert guest.last is not None
            return guest.last
        if found := re.fullmatch(r"(?: (edits|late))?: (.*)", rest):
            late = timedelta(minutes=20) if found[1] == "late" else timedelta()
            return replace(new, text=found[2].replace("\\n", "\n"), edited=found[1] == "edits", waited=late)
        if found := re.fullmatch(r' writes "(.*)" (\d+) times', rest):
            text = found[1] * int(found[2])
            return replace(new, text=text[:LONGEST_TEXT], refused="too-long" if len(text) > LONGEST_TEXT else "")
        if found := re.fullmatch(r" /(\w+)(?: (.*))?", rest):
            return replace(new, command=found[1], text=found[2] or "")
        if found := re.fullmatch(r" presses (\w[\w-]*:\S*|none)", rest):
            return replace(new, press=found[1])
        if found := re.fullmatch(r" presses \[(.*)\]", rest):
            return replace(new, press=self._action(guest, found[1]))
        if found := re.fullmatch(r" sends an? (\w+)(?: of album (\w+))?(?:: (.*))?", rest):
            return replace(new, attachments=(Attachment(found[1], "ref"),), group=found[2] or "", text=found[3] or "")
        if found := re.fullmatch(r" opens the link of (\w+)", rest):
            url = next(button.url for button in self._buttons(self.guests[found[1]]) if button.url)
            return replace(new, command="start", text=url.partition("start=")[2])
        raise AssertionError(f"{guest.name} cannot do this: {rest}")

    def _buttons(self, guest: Guest) -> list[Button]:
        messages = [one.message for one in reversed(self.stage.seen) if one.reader == guest.name and one.message]
        return [button for message in messages for row in message.buttons for button in row]

    def _action(self, guest: Guest, label: str) -> str:
        """By what stands on it, or by the English for it."""
        names = {label, *(self.stage.speakers[language].text(label) for language in ("en", "ar", "vi"))}
        found = [one.action for one in self._buttons(guest) if names & {one.label, one.label.partition(" ")[2]}]
        assert found, f"{guest.name} sees no button [{label}]"
        return found[0]

    # ---------------------------------------------------------------- staff

    async def _deed(self, deed: re.Match[str]) -> list[str]:
        name, verb = deed["who"], _VERBS[deed["verb"]]
        staff = await self.stage.acting(name, "console" if deed["at"] else "telegram")
        if staff is None:
            return lines(name, "(not on the staff list: nothing is done)")
        action = StaffAction(
            f"act:{next(self.stage.ids)}", TicketId(int(deed["number"])), staff, verb, self.stage.clock.now(),
            deed["text"] or "", careful=deed["how"] == "carefully ", confirmed=deed["how"] == "insistently ", machine=deed["how"] == "by machine ",
            answer=deed["answer"] or "", fields=dict(re.findall(r'(\w+)="([^"]*)"', deed["fields"] or "")),
            to_group=bool(deed["all"]), expected_version=self.looked[name] if deed["seen"] else None,
        )  # fmt: skip
        action = await self._aimed(action, deed)
        if deed["how"] == "again ":
            assert self.last_action is not None
            action = self.last_action
        self.last_action = action
        try:
            await self.stage.staff.act(action)
        except Refused as refused:
            return lines(name, "✋ " + self.stage.speakers[staff.language].text(refused.message, **refused.fields))
        return []

    async def _aimed(self, action: StaffAction, deed: re.Match[str]) -> StaffAction:
        """To whom, until when."""
        if deed["in"]:
            until = self.stage.clock.now() + timedelta(**{_UNITS[deed["unit"]]: int(deed["in"])})
            action = replace(action, until=until)
        to = deed["to"]
        if not to:
            return action
        if action.verb == "link":
            return replace(action, other=TicketId(int(to)))
        if action.verb in ("raise", "lower"):
            return replace(action, to_priority=Priority[to.upper()])
        if to.startswith("team "):
            return replace(action, to_team=to.removeprefix("team "))
        colleague = await self.stage.staff_list.named(to)
        return replace(action, to_staff=colleague.id, to_name=colleague.name)


def _told(ticket: Ticket | None) -> str:
    if ticket is None:
        return "gone"
    owner = f" by {ticket.owner_name}" if ticket.owner_name else ""
    extra = [
        ticket.rated and f"rated {ticket.rated}",
        ticket.cancelled and "withdrawn",
        ticket.with_bot and "with the bot",
    ]
    return ", ".join([f"{ticket.state}{owner}", *filter(None, [str(one) for one in extra if one])])


def _bare(line: str) -> str:
    """Without the signs that isolate directions: nobody sees them."""
    return line.replace(FSI, "").replace(LRI, "").replace(PDI, "")
