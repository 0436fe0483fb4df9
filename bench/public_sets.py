"""The matcher on public sets of questions, beside scikit-learn, bm25s and SQLite's full text search in the same run.

Clone these repositories into one folder (ordinary or bare; only their last commit is read), and name the folder:

    clinc/oos-eval                       CLINC150, English, with messages about none of its topics (CC BY 3.0)
    SinaLab/ArBanking77                  77 questions to a bank in Modern Standard Arabic (CC BY-SA 4.0)
    hellohaptik/HINT3                    three live bots with the messages that people sent them, English (ODbL)
    NguyenVanLinh1709/DoAnTotNghiep      a Vietnamese university's bot, 37 topics (no licence is named: measured, never kept)

    python -m bench.public_sets FOLDER

Nothing of them is kept in this repository and nothing was learnt from them. All learn from the same phrases, and the order of
messages and the choice of phrases are seeded. Each figure is the mean over the seeds.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

import numpy as np
import numpy.typing as npt

from bench import machine
from bench.venv import interpreter
from bot.answers.learnt import lexicon_of
from bot.answers.lexicon import Lexicon
from bot.answers.matcher import OFFTOPIC, Matcher
from bot.answers.teaching import build
from bot.content.source import Folders, load_or_raise
from bot.model.language import Language
from bot.settings import content_root

PEERS: Final = ("scikit-learn==1.7.2", "bm25s==0.2.14")
PEER_NAMES: Final = ("LogReg", "bm25s", "FTS5")
MOST: Final = 600  # messages of a set; a tenth more or less moves nothing
KEPT: Final = 0.95  # of the messages about a topic, when those about none are turned away

Pair = tuple[str, str]  # what is asked, and its topic


@dataclass(frozen=True)
class Set:
    name: str
    language: Language
    taught: Sequence[Pair]
    asked: Sequence[Pair]
    outside: Sequence[str] = ()
    """Messages about none of the topics."""


@dataclass(frozen=True)
class Shares:
    """What a matcher says of messages: a row per message, a column per topic."""

    topics: Sequence[str]
    scores: npt.NDArray[np.float64]
    sure: npt.NDArray[np.float64]
    """How sure it is of the first; higher is surer."""


@dataclass(frozen=True)
class Figures:
    first: float
    three: float
    turned_away: float
    """Share of the messages about none, when as many of the others as ``KEPT`` are answered."""


class Repositories:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def text(self, name: str, path: str) -> str:
        """A file of the last commit.

        Raises:
            FileNotFoundError: There is no such clone.
        """
        owner, short = name.split("/")
        for candidate in (short, f"{owner}+{short}/repo", f"{short}.git"):
            clone = self._folder / candidate
            if clone.is_dir():
                done = subprocess.run(
                    ["git", "-C", str(clone), "show", f"HEAD:{path}"], check=True, capture_output=True
                )
                return done.stdout.decode("utf-8", "replace")
        raise FileNotFoundError(f"{name} is not cloned in {self._folder}")

    def table(self, name: str, path: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.text(name, path))))


def few(pairs: Sequence[Pair], most: int, seed: int) -> list[Pair]:
    """As many phrases of each topic, chosen by the seed."""
    chance = random.Random(seed)  # noqa: S311 -- nothing secret
    by: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by[pair[1]].append(pair)
    return [pair for topic in sorted(by) for pair in chance.sample(by[topic], min(most, len(by[topic])))]


def some(pairs: Sequence[Pair]) -> list[Pair]:
    return random.Random(5).sample(list(pairs), min(MOST, len(pairs)))  # noqa: S311 -- nothing secret


def clinc(repositories: Repositories, seed: int) -> Iterator[Set]:
    read = json.loads(repositories.text("clinc/oos-eval", "data/data_full.json"))
    taught, asked = ([(text, topic) for text, topic in read[part]] for part in ("train", "test"))
    outside = [text for text, _ in read["oos_test"]]
    yield Set("CLINC, 10 phrases", "en", few(taught, 10, seed), some(asked), outside)
    if seed == 0:
        yield Set("CLINC, all phrases", "en", taught, some(asked), outside)


def banking(repositories: Repositories, seed: int) -> Iterator[Set]:
    name = "SinaLab/ArBanking77"
    taught = repositories.table(name, "data/Banking77_Arabized_MSA_PAL_train.csv")
    half = len(taught) // 2  # first what is in Modern Standard Arabic, then Palestinian
    asked = [(row["text"], row["label"]) for row in repositories.table(name, "data/Banking77_Arabized_MSA_test.csv")]
    pairs = [(row["text"], row["label"]) for row in taught[:half]]
    yield Set("BANKING ar, 10 phrases", "ar", few(pairs, 10, seed), some(asked))


def faq(repositories: Repositories, seed: int) -> Iterator[Set]:
    by: dict[str, list[str]] = defaultdict(list)
    topic = ""
    for line in repositories.text("NguyenVanLinh1709/DoAnTotNghiep", "data/nlu.md").splitlines():
        if line.startswith("## "):
            topic = line.split(":", 1)[1].strip() if line.startswith("## intent") else ""
        elif topic and line.startswith("- "):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line[2:]).strip()
            if text and text.casefold() not in {one.casefold() for one in by[topic]}:
                by[topic].append(text)
    taught, asked = [], []
    for topic, texts in sorted(by.items()):
        if len(texts) < 4:
            continue
        random.Random(f"{seed}{topic}").shuffle(texts)  # noqa: S311 -- nothing secret
        most = min(10, max(3, int(len(texts) * 0.7)))
        taught += [(text, topic) for text in texts[:most]]
        asked += [(text, topic) for text in texts[most : most + 5]]
    yield Set("FAQ vi, up to 10 phrases", "vi", taught, asked)


def hint(repositories: Repositories, seed: int) -> Iterator[Set]:
    if seed:
        return  # it comes divided
    for bot in ("curekart", "powerplay11", "sofmattress"):
        rows = {
            part: repositories.table("hellohaptik/HINT3", f"dataset/v1/{part}/{bot}_{part}.csv")
            for part in ("train", "test")
        }
        taught, asked = ([(row["sentence"], row["label"]) for row in rows[part]] for part in ("train", "test"))
        none = "NO_NODES_DETECTED"
        yield Set(
            f"HINT3 {bot}",
            "en",
            taught,
            [pair for pair in asked if pair[1] != none],
            [text for text, topic in asked if topic == none],
        )


SOURCES: Final[Sequence[Callable[[Repositories, int], Iterator[Set]]]] = (clinc, banking, faq, hint)


def ours(given: Set, lexicon: Lexicon, offtopic: Mapping[Language, Sequence[str]]) -> Shares:
    """What the product's matcher says, with the concepts and the sentences about nothing that every event has."""
    asking: dict[str, dict[Language, list[str]]] = defaultdict(lambda: {given.language: []})
    for text, topic in given.taught:
        asking[topic][given.language].append(text)
    matcher: Matcher = build(asking, {given.language: offtopic[given.language]}, lexicon)
    real = [index for index, topic in enumerate(matcher.topics) if topic != OFFTOPIC]
    texts = [*(text for text, _ in given.asked), *given.outside]
    shares = np.stack([matcher.shares(matcher.vectoriser.vector(text)) for text in texts]).astype(np.float64)
    known = shares[:, real]
    return Shares([matcher.topics[index] for index in real], known, known.max(axis=1))


def peers(given: Set, python: str) -> dict[str, Shares]:
    """What the others say."""
    with tempfile.TemporaryDirectory() as folder:
        work, said = Path(folder) / "work.json", Path(folder) / "said.npz"
        texts = [*(text for text, _ in given.asked), *given.outside]
        work.write_text(json.dumps({"taught": given.taught, "asked": texts}), encoding="utf-8")
        script = Path(__file__).parent / "peers" / "topic_rankers.py"
        subprocess.run([python, str(script), str(work), str(said)], check=True, timeout=900)
        with np.load(said) as read:
            topics = [str(topic) for topic in read["topics"]]
            return {name: Shares(topics, read[name], read[name].max(axis=1)) for name in PEER_NAMES}


def figures(given: Set, shares: Shares) -> Figures:
    order = np.argsort(-shares.scores[: len(given.asked)], axis=1, kind="stable")[:, :3]
    right = [
        [shares.topics[index] == topic for index in row] for row, (_, topic) in zip(order, given.asked, strict=True)
    ]
    turned = float("nan")
    if given.outside:
        limit = np.quantile(shares.sure[: len(given.asked)], 1 - KEPT)
        turned = float(np.mean(shares.sure[len(given.asked) :] < limit))
    return Figures(fmean(row[0] for row in right), fmean(any(row) for row in right), turned)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the clones are")
    parser.add_argument("--seeds", type=int, default=2, help="choices of phrases (default 2)")
    options = parser.parse_args()
    print(machine.line())
    library = load_or_raise(Folders.of(content_root(), "ap11")).library
    lexicon = lexicon_of(library)
    python = interpreter(*PEERS)
    found: dict[str, dict[str, list[Figures]]] = defaultdict(lambda: defaultdict(list))
    repositories = Repositories(options.folder)
    for source in SOURCES:
        for seed in range(options.seeds):
            for given in source(repositories, seed):
                said = {
                    "Delegate Desk": ours(given, lexicon, library.offtopic),
                    **(peers(given, python) if python else {}),
                }
                for name, shares in said.items():
                    found[given.name][name].append(figures(given, shares))
    names = ["Delegate Desk", *(PEER_NAMES if python else ())]
    print("right at first % / among three % / outside turned away % when 95 % of the rest are kept")
    print("| | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    for row, by in found.items():
        print(f"| {row} | " + " | ".join(_cell(by[name]) for name in names) + " |")


def _cell(found: Sequence[Figures]) -> str:
    parts = [
        fmean(one.first for one in found),
        fmean(one.three for one in found),
        fmean(one.turned_away for one in found),
    ]
    return " / ".join("–" if np.isnan(part) else f"{100 * part:.1f}" for part in parts)


if __name__ == "__main__":
    main()
