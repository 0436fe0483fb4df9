"""What is erased is in no file: a whole desk with planted words, and then every byte of its folders is looked at."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.answers.engine import Engine
from bot.backup.keeper import LOG, Backups
from bot.backup.places import opened
from bot.backup.restore import restore
from bot.i18n.translator import Speakers
from bot.model.language import Language
from bot.model.messages import Attachment
from bot.privacy.erasing import Eraser
from bot.privacy.keeping import Keeping, Purged
from storage.crypt import new_key, parse_key
from storage.documents import DocumentStore
from storage.logcopy import generations
from tests.conversations.world import Colleague, Delegate, Desk, SetClock

KEY: Final = parse_key(new_key())
NAMES: Final[dict[Language, str]] = {
    "en": "Josephine Quillfeather",
    "ar": "زبيدة القرطبي",
    "vi": "Nguyễn Thị Hoàng Oanh",
}
WORDS: Final[dict[Language, tuple[str, ...]]] = {
    "en": ("my turquoise rucksack is gone", "I had a quadruple bypass", "zanzibar umbrella"),
    "ar": ("ضاعت حقيبتي الفيروزية", "أجريت عملية في القلب", "مظلة زنجبار"),
    "vi": ("ba lô màu ngọc lam của tôi bị mất", "tôi từng mổ tim bốn lần", "chiếc ô Zanzibar"),
}
REPLY: Final = "your rucksack stands beside the samovar"
NOTE: Final = "she sounded rather flustered"


def spellings(word: str) -> set[bytes]:
    """The forms in which a file may hold a word."""
    plain = word.encode()
    found = {plain, word.encode("utf-16-le"), word.encode("utf-16-be"), json.dumps(word)[1:-1].encode()}
    for lead in range(3):  # base64 of the word inside of something longer, wherever in it
        coded = base64.b64encode(b"\x00" * lead + plain)
        found.add(coded[-(-lead * 8 // 6) + (1 if lead else 0) : (lead + len(plain)) * 8 // 6])
    return {form for form in found if len(form) > 5}


def traces(folders: Iterable[Path], words: Iterable[str]) -> list[str]:
    """Which words stand in which files, in any form."""
    forms = {form: word for word in words for form in spellings(word)}
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return sorted(f"{path.name}: {word}" for path in files for form, word in forms.items() if form in path.read_bytes())


def planted(*languages: Language) -> list[str]:
    return [*(NAMES[language] for language in languages), *(word for one in languages for word in WORDS[one])]


class Site:
    """A desk in this process over a store of files, with its data, its cache and its backups."""

    def __init__(self, root: Path, desk: Desk, backups: Backups, keeping: Keeping) -> None:
        self.root, self.desk, self.backups, self.keeping = root, desk, backups, keeping

    async def tells(self, language: Language) -> Delegate:
        """Somebody who writes their words into questions, requests, captions and presses."""
        guest = Delegate(self.desk, language, f"guest-{language}")
        first, health, caption = WORDS[language]
        lan = Colleague(self.desk, "Lan")
        await self.desk.receives(
            replace(
                guest.inbound(text=first, command="human"),
                sender=replace(guest.inbound().sender, name=NAMES[language]),
            )
        )
        number = max(ticket.id for ticket in await self.desk.store.tickets())
        await lan.replies(number, REPLY)
        await lan.does("note", number, NOTE)
        await guest.says(health)
        await guest.says(caption, attachments=(Attachment("photo", f"file of {NAMES[language]}"),))
        await guest.commands("mydata")
        await self.desk.store.remember(
            f"aside:{language}",
            f"raw {first}",
            until=self.desk.clock.now() + timedelta(days=7),
            who=guest.address.delegate,
        )
        return guest

    async def forgets(self, guest: Delegate) -> None:
        await guest.commands("forget")
        await guest.presses_action("forget:yes")


@asynccontextmanager
async def site_in(
    root: Path, content: Engine, speakers: Speakers, clock: SetClock, *, sealed: bool
) -> AsyncIterator[Site]:
    key = KEY if sealed else None
    async with opened(f"tinydb:{root / 'data'}", key) as store:
        assert isinstance(store, DocumentStore)
        desk = Desk(store, content, speakers, clock)
        backups = Backups(store, root / "backup", key, "1.0", root / "data" / "desk.journal", now=clock.now)
        eraser = Eraser(store, clock, desk.front.lanes, backups.note_erased)
        object.__setattr__(desk.front, "eraser", eraser)
        yield Site(root, desk, backups, Keeping(store, lambda: content.snapshot.event, clock, eraser))


@pytest.fixture
async def site(tmp_path: Path, content: Engine, speakers: Speakers, clock: SetClock) -> AsyncIterator[Site]:
    async with site_in(tmp_path, content, speakers, clock, sealed=False) as opened_site:
        yield opened_site


def test_the_search_itself_finds_every_form(tmp_path: Path) -> None:
    word = WORDS["ar"][0]
    forms = [word.encode(), word.encode("utf-16"), json.dumps({"x": word}).encode()]
    forms += [base64.b64encode(b"x" * lead + word.encode() + b"y" * 5) for lead in range(6)]
    for number, form in enumerate(forms):
        (tmp_path / str(number)).write_bytes(b"before " + form + b" after")

    assert len({trace.partition(":")[0] for trace in traces([tmp_path], [word])}) == len(forms)


async def test_after_forget_nothing_of_a_delegate_is_in_any_file(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    guests = {language: await site.tells(language) for language in NAMES}
    data = [site.root / "data"]
    assert {trace.partition(": ")[2] for trace in traces(data, planted("en", "ar", "vi"))} >= set(planted("ar", "vi"))

    await site.forgets(guests["ar"])

    assert traces(data, planted("ar")) == []
    assert traces(data, ["guest-ar"]) == []
    assert site.desk.lane.removed == [2]
    assert set(planted("vi")) <= {trace.partition(": ")[2] for trace in traces(data, planted("vi"))}

    await site.forgets(guests["vi"])
    await site.forgets(guests["en"])

    assert traces(data, [*planted("en", "ar", "vi"), REPLY, NOTE]) == []
    printed = capsys.readouterr()
    assert [word for word in [*planted("en", "ar", "vi"), REPLY, NOTE] if word in printed.out + printed.err] == []


async def test_a_message_on_its_way_to_whoever_was_erased_does_not_come_back(site: Site) -> None:
    guest = await site.tells("en")
    await site.desk.front.receive(guest.inbound(text=WORDS["en"][2]))
    [row, *_] = await site.desk.store.claim_outbox(limit=9, now=site.desk.clock.now(), lease=timedelta(minutes=1))

    await site.desk.front.eraser.erase(guest.address.delegate)  # type: ignore[union-attr]
    for late in (
        site.desk.store.postpone(row.id, site.desk.clock.now(), unsure=True),
        site.desk.store.undeliverable(row, "too late"),
        site.desk.store.redirect(row, guest.address),
        site.desk.dispatcher._deliver(row),
    ):
        await late

    assert traces([site.root / "data"], planted("en")) == []
    assert await site.desk.store.entries(guest.address.delegate) == []


async def test_what_was_sealed_shows_nothing_even_before(
    tmp_path: Path, content: Engine, speakers: Speakers, clock: SetClock
) -> None:
    async with site_in(tmp_path, content, speakers, clock, sealed=True) as site:
        await site.tells("vi")
        await site.backups.look()

    assert traces([tmp_path], planted("vi")) == []


async def test_a_month_after_the_event_nothing_is_left_anywhere(site: Site) -> None:
    clock = site.desk.clock
    for language in NAMES:
        await site.tells(language)
    await site.backups.look()
    assert traces([site.root / "data"], planted("en")) != []

    clock.moves(timedelta(days=12))
    await site.keeping.purge(clock.now())
    assert traces([site.root / "data"], ["raw " + WORDS["en"][0]]) == []  # updates set aside go after a week
    assert traces([site.root / "data"], planted("en")) != []

    clock.moves(timedelta(days=21))
    done = await site.keeping.purge(clock.now())
    await site.desk.settles()
    await site.backups.look()
    clock.moves(timedelta(days=7, hours=1))
    await site.backups.look()

    assert done.people == 3
    assert traces([site.root], [*planted("en", "ar", "vi"), REPLY, NOTE]) == []
    assert await site.keeping.purge(clock.now()) == Purged()


async def test_words_of_a_medical_case_go_a_week_after_it_was_closed(site: Site) -> None:
    guest, lan = Delegate(site.desk, "en"), Colleague(site.desk, "Lan")
    words = "I have chest pain and my arm is numb"
    await guest.says(words)
    await lan.claims(1)
    await lan.resolves(1)
    assert traces([site.root / "data"], [words]) != []

    site.desk.clock.moves(timedelta(days=6, hours=23))
    assert (await site.keeping.purge(site.desk.clock.now())).requests == 0
    site.desk.clock.moves(timedelta(hours=1))
    assert (await site.keeping.purge(site.desk.clock.now())).requests == 1
    await site.desk.settles()

    assert traces([site.root / "data"], [words]) == []
    ticket = await site.desk.store.ticket(site.desk.lane.removed[0])
    assert ticket is not None
    assert (ticket.id, ticket.question, ticket.redacted_at) == (1, "", site.desk.clock.now())


async def test_restore_drill(site: Site) -> None:
    """A desk that lost its disk: everything is back but the one who was erased, and it answers."""
    for language in NAMES:
        await site.tells(language)
    await site.backups.look()
    site.desk.clock.moves(timedelta(minutes=5))
    await site.forgets(Delegate(site.desk, "ar", "guest-ar"))
    for copy in generations(site.root / "backup" / LOG):
        copy.unlink()

    done = await restore(site.root / "backup", f"tinydb:{site.root / 'new'}", key=None, say=print)

    assert done.erased == 1
    assert traces([site.root / "new"], planted("ar")) == []
    assert set(planted("vi")) <= {trace.partition(": ")[2] for trace in traces([site.root / "new"], planted("vi"))}
    async with opened(f"tinydb:{site.root / 'new'}", None) as store:
        assert isinstance(store, DocumentStore)
        again = Desk(store, site.desk.content, site.desk.speakers, site.desk.clock)
        again.ids = itertools.count(1_000)
        read = await Delegate(again, "en", "somebody new").says("What is the wifi password?")
    assert read["somebody new"][0].startswith("Conference Wi-Fi")
