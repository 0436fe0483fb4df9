"""Topics and ways of asking that staff taught during the event, laid over the content.

A folder of the same shape as the library's: topics in ``*.yaml``, ways of asking in ``asking/<language>/*.yaml``. They
are checked like all content, beside the content as it is. Nothing is learnt from them, so they are live at once; whoever
keeps them after the event moves them into the library.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.content import check
from bot.content.load import Reading, read_taught
from bot.model.content import Library, Snapshot, Topic
from bot.model.errors import Fault


def with_taught(snapshot: Snapshot, folder: Path) -> tuple[Snapshot, tuple[Fault, ...]]:
    """The content with what the folder holds; as it was when the folder has faults."""
    if not folder.is_dir():
        return snapshot, ()
    reading = Reading((folder,))
    fresh, asking = read_taught(reading, folder, snapshot.library.topics)
    checked, live = dict(snapshot.library.topics), dict(snapshot.library.topics)
    for key, topic in fresh.items():
        if key in checked:
            problem = "this topic is in the content already; only ways of asking can be added to it"
            reading.faults.append(Fault(topic.origin_file, topic.origin_line, key, problem))
        checked.setdefault(key, topic)
        live.setdefault(key, replace(topic, asking={}))
    for language, lines_by_topic in asking.items():
        for key, lines in lines_by_topic.items():
            if key not in live:
                continue
            before = checked[key]
            if key not in fresh:
                both = (*before.asking.get(language, ()), *lines)
                checked[key] = replace(before, asking={**before.asking, language: both})
            live[key] = replace(live[key], taught=(*live[key].taught, *lines))
    faults = (*reading.faults, *_new_faults(snapshot, checked))
    if faults:
        return snapshot, tuple(sorted(faults))
    return _with(snapshot, live), ()


def _new_faults(snapshot: Snapshot, topics: dict[str, Topic]) -> list[Fault]:
    """What is wrong now and was not before."""
    before = set(_errors(snapshot, snapshot.library))
    return [fault for fault in _errors(snapshot, replace(snapshot.library, topics=topics)) if fault not in before]


def _errors(snapshot: Snapshot, library: Library) -> list[Fault]:
    return [fault for fault in check.faults_of(snapshot.event, library, snapshot.event.id) if not fault.warning]


def _with(snapshot: Snapshot, topics: dict[str, Topic]) -> Snapshot:
    library = replace(snapshot.library, topics=topics)
    return replace(snapshot, library=library, unanswerable=check.unanswerable(snapshot.event, library))
