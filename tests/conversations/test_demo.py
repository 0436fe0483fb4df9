"""The demonstration plays to its end: a request is claimed and answered, an emergency climbs and is claimed."""

from __future__ import annotations

from datetime import timedelta

from bot.answers.engine import Engine
from bot.cli.demo import STAFF
from bot.cli.demo_seed import PLAY, Does, Replay
from bot.i18n.translator import Speakers
from tests.conversations.script import MORNING
from tests.conversations.stage import opened


async def test_every_deed_of_the_replay_is_done_and_the_emergency_climbs(content: Engine, speakers: Speakers) -> None:
    stage = opened(content, speakers, MORNING.astimezone(content.snapshot.event.zone))
    for name, role, language in STAFF:
        await stage.hires(name, roles=[role], language=language)
    replay = Replay(stage.store, stage.front.receive, stage.staff.act, stage.staff_list, stage.clock.now)
    begun, done = stage.clock.at, []

    for number, part in enumerate(PLAY, 1):
        while stage.clock.at < begun + timedelta(seconds=part.after):
            await stage.waits(seconds=1)
        before = await stage.store.tickets(include_resolved=True)
        if isinstance(part, Does):
            await replay.do(number, part)
            done += [part] if await stage.store.tickets(include_resolved=True) != before else []
        else:
            await replay.write(number, part)
        await stage.settles()

    assert done == [part for part in PLAY if isinstance(part, Does)]
    rings = [seen.text.partition("rings: ")[2] for seen in stage.seen if "rings: alarm" in seen.text]
    assert {"alarm:0", "alarm:1", "alarm:2"} == set(rings)
