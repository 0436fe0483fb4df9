"""Compares what was sent with what came of it: conservation, by what the chats and the console show.

Every confirmed input ends as one answer, one case or one stated refusal; every reply of staff reaches its delegate and nobody
else. A message may stand twice in a Telegram chat only around an interruption, and then once for that chat (D10).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.load.desk.delegates import Crowd, page_id
from tests.load.desk.house import House, Interruption
from tests.load.desk.said import MARKS, NUMBER, Chat, Said, Seen, bare, mark_of, past_the_outbox
from tests.load.desk.staff import Reception

SOON: float = 3.0  # seconds before an interruption in which a first copy may have left


@dataclass(slots=True)
class Violation:
    promise: str
    what: str
    inputs: Sequence[str] = ()
    chat: str = ""
    missing: int = 0
    """How many things are owed still; later they may have come."""

    def __str__(self) -> str:
        named = f" [{', '.join(self.inputs)}]" if self.inputs else ""
        return f"{self.promise}: {self.what}{named}" + (f" in chat {self.chat}" if self.chat else "")


@dataclass
class Found:
    """What the world looks like at the end."""

    chats: dict[str, list[Seen]] = field(default_factory=dict)
    tickets: dict[int, dict[str, object]] = field(default_factory=dict)
    timelines: dict[int, list[dict[str, object]]] = field(default_factory=dict)


@dataclass
class Verdict:
    violations: list[Violation] = field(default_factory=list)
    repeats: int = 0
    """Messages that stand twice around an interruption, as D10 allows."""

    @property
    def owed(self) -> int:
        return sum(one.missing for one in self.violations)

    def add(self, promise: str, what: str, inputs: Sequence[str] = (), chat: str = "", missing: int = 0) -> None:
        self.violations.append(Violation(promise, what, inputs, chat, missing))


class Oracle:
    """Looks at a house whose people have stopped writing."""

    def __init__(self, house: House, crowd: Crowd, reception: Reception) -> None:
        self._house = house
        self._crowd = crowd
        self._reception = reception

    # ---------------------------------------------------------------- what is there

    async def look(self) -> Found:
        found = Found()
        for chat in self._crowd.chats:
            found.chats[chat.key] = self._telegram(chat) if chat.door == "telegram" else await self._page(chat)
        for ticket in await self._reception.tickets():
            # Lists hold no words of medical cases; whoever may read them opens the thread.
            thread = await self._reception.timeline(ticket["id"])
            found.tickets[ticket["id"]] = ticket | {"question": thread["question"]}
            found.timelines[ticket["id"]] = thread["timeline"]
        return found

    def _telegram(self, chat: Chat) -> list[Seen]:
        sent_at = times_of(self._house, chat.key)
        inbox = self._crowd.people[chat.key].inbox
        return [Seen(m.text, sent_at.get(m.id, float(m.date))) for m in inbox if m.text]

    async def _page(self, chat: Chat) -> list[Seen]:
        shown = await self._house.get("/chat/messages?after=0", self._crowd.cookies[chat.key])
        return [
            Seen("".join(span["text"] for span in entry["spans"]), 0.0, entry["id"], entry["author"])
            for entry in (shown or {"entries": []})["entries"]
        ]

    # ---------------------------------------------------------------- is it what should be?

    def judge(self, found: Found) -> Verdict:
        verdict = Verdict()
        for sent, status in self._crowd.refused:
            verdict.add("D2", f"refused with status {status}", [sent.id], sent.chat)
        for sent in self._crowd.updates.values():
            verdict.add("D1", "Telegram's copy was never let go", [sent.id], sent.chat, 1)
        for chat in self._crowd.chats:
            self._answers(chat, found, verdict)
        self._cases(found, verdict)
        self._replies(found, verdict)
        for violation in self._house.tg.violations:
            verdict.add("strict Telegram", str(violation)[:300])
        return verdict

    def _answers(self, chat: Chat, found: Found, verdict: Verdict) -> None:
        seen = [one for one in found.chats[chat.key] if one.author == "desk" and not past_the_outbox(one.text)]
        own = [one.own for one in found.chats[chat.key] if one.own]
        if chat.door == "webchat":
            for sent in chat.sent:
                if sent.confirmed is not None and own.count(page_id(sent)) != 1:
                    times = own.count(page_id(sent))
                    verdict.add("D1", f"it stands {times} times on its page", [sent.id], chat.key, int(not times))
        if chat.role == "needs people":
            return
        copies = Counter(mark_of(one.text) for one in seen)
        for mark in MARKS:
            owed = [sent.id for sent in chat.sent if sent.mark == mark and (sent.confirmed or chat.door == "webchat")]
            there = copies.pop(mark, 0)
            if there < len(owed):
                missing = len(owed) - there
                verdict.add("D2", f"missing {missing} of {len(owed)} answers about {mark}", owed, chat.key, missing)
            if there > len(owed) and chat.door == "webchat":  # at Telegram the closed store tells repeats apart
                verdict.add("D9", f"{there - len(owed)} answers too many about {mark}", owed, chat.key)
        for text in [one.text for one in seen if not mark_of(one.text)]:
            verdict.add("D8", f"something that nobody there asked for: {bare(text)[:80]!r}", [], chat.key)

    # ---------------------------------------------------------------- cases

    def _cases(self, found: Found, verdict: Verdict) -> None:
        questions, owners = [str(ticket["question"]) for ticket in found.tickets.values()], self._owners(found)
        lines = {
            number: [_words(line) for line in timeline if line["author"] == "delegate"]
            for number, timeline in found.timelines.items()
        }
        for chat in self._crowd.chats:
            if chat.role != "needs people":
                continue
            told = {int(n) for one in found.chats[chat.key] for n in NUMBER.findall(bare(one.text))}
            for sent in chat.sent:
                if sent.confirmed is None:
                    continue
                holding = [number for number, said in lines.items() for one in said if sent.id in one]
                # An emergency of somebody whose case a colleague holds belongs to both.
                if len(holding) != 1 and not (sent.kind == "emergency" and len(holding) == 2):
                    what = f"it is in {len(holding)} cases {holding}"
                    verdict.add("D1" if not holding else "D9", what, [sent.id], chat.key, int(not holding))
                elif holding[-1] not in told and holding[0] not in told:
                    verdict.add("D2", f"never told of case {holding[0]}", [sent.id], chat.key, 1)
                if sum(sent.id in question for question in questions) > 1:
                    verdict.add("D10", "two case numbers for one question", [sent.id], chat.key)
            foreign = [number for number in told if owners.get(number) != chat.key]
            if foreign:
                verdict.add("D3", f"told of cases that are not theirs or not there: {foreign}", [], chat.key)
        for number, ticket in found.tickets.items():
            if not ticket["seen"]:
                verdict.add("S1", f"case {number} was shown to nobody", missing=1)

    # ---------------------------------------------------------------- replies of staff

    def _replies(self, found: Found, verdict: Verdict) -> None:
        owners = self._owners(found)
        for reply in self._reception.said:
            places = {
                key: [one.at for one in seen if reply.id in one.text and one.author != "delegate"]
                for key, seen in found.chats.items()
            }
            reached = {key: times for key, times in places.items() if times}
            owner = owners.get(reply.ticket, "")
            for key in reached:
                if key != owner:
                    verdict.add("D8", f"a reply about case {reply.ticket} of {owner}", [reply.id], key)
            self._delivered(reply, owner, reached.get(owner, []), verdict)

    def _delivered(self, reply: Said, owner: str, times: list[float], verdict: Verdict) -> None:
        if reply.refused:
            if times and "This delegate reads" not in reply.refused:  # then somebody may have pressed "Send anyway"
                verdict.add("S3", f"refused ({reply.refused}) and delivered all the same", [reply.id], owner)
            return
        if reply.confirmed is None or not times:
            verdict.add("S3", "a reply that did not arrive", [reply.id], owner, 1)
            return
        if len(times) > 1 and owner.startswith("page"):
            verdict.add("D9", f"a reply {len(times)} times", [reply.id], owner)
        elif len(times) > 1:
            pairs = list(pairwise(times))
            explained(pairs, [*self._house.interruptions, *spoilt(self._house, owner)], owner, verdict, [reply.id])

    def _owners(self, found: Found) -> dict[int, str]:
        """Whose case it is, by the token in its question."""
        by_token = {sent.id: sent.chat for sent in self._crowd.sent}
        owners: dict[int, str] = {}
        for number, ticket in found.tickets.items():
            for word in str(ticket["question"]).split():
                if word in by_token:
                    owners[number] = by_token[word]
        return owners


def _words(line: dict[str, object]) -> str:
    spans = line["spans"]
    assert isinstance(spans, list)
    return "".join(str(span["text"]) for span in spans)


def times_of(house: House, chat: str) -> dict[int, float]:
    """When each message came into a chat."""
    return {
        call.result["message_id"]: call.at
        for call in house.tg.calls_of("sendMessage", chat_id=int(chat))
        if isinstance(call.result, dict)
    }


def spoilt(house: House, chat: str) -> list[Interruption]:
    """Calls that took effect and whose answer was lost."""
    return [
        Interruption(call.at, call.at + 120, call.fault)
        for call in house.tg.calls_of("sendMessage", chat_id=int(chat))
        if call.fault and call.result is not None
    ]


def explained(
    pairs: Sequence[tuple[float, float]],
    interruptions: Sequence[Interruption],
    chat: str,
    verdict: Verdict,
    inputs: Sequence[str] = (),
    surplus: int | None = None,
) -> None:
    """So many of the pairs of copies (all, unless given) must have an interruption of their own between them."""
    free, needed, found = list(interruptions), len(pairs) if surplus is None else surplus, 0
    for first, second in sorted(pairs, key=lambda pair: pair[1]):
        between = [one for one in free if first - SOON <= one.ended and one.began <= second]
        if between and found < needed:
            free.remove(min(between, key=lambda one: one.ended))
            found += 1
    verdict.repeats += needed
    if found < needed:
        gaps = ", ".join(f"{second - first:.1f}" for first, second in pairs)
        verdict.add("D10", f"{needed - found} copies without an interruption, {gaps} s apart", inputs, chat)
