"""The booster over a local endpoint and over a folder: right vectors in time, silence otherwise."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web

from bot.answers.engine import Engine
from bot.booster.meaning import Meaning
from bot.booster.onnx import OnnxEmbedder, open_onnx
from bot.booster.opening import open_booster
from bot.booster.phrases import Vectors, normed
from bot.model.errors import SettingsError
from bot.settings import Settings, read_settings
from tests.conversations.world import DELEGATE, Delegate, Desk
from tests.fakes.loopback import served

DIMENSIONS = 16


def vector_of(text: str) -> list[float]:
    """Texts with the same letters are near each other; enough of a meaning for a test."""
    counts = [1e-3] * DIMENSIONS
    for letter in text.lower():
        counts[ord(letter) % DIMENSIONS] += 1.0
    return counts


@dataclass
class Endpoint:
    """An OpenAI-compatible server on this machine."""

    asked: list[int] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    delay: float = 0.0
    answer: Callable[[list[str]], Any] | None = None

    async def embeddings(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(len(body["input"]))
        self.heads.append(request.headers.get("Authorization", ""))
        await asyncio.sleep(self.delay)
        if self.answer is not None:
            return web.json_response(self.answer(body["input"]))
        rows = [{"index": index, "embedding": vector_of(text)} for index, text in enumerate(body["input"])]
        return web.json_response({"data": rows[::-1], "model": body["model"]})


@asynccontextmanager
async def learnt(content: Engine, endpoint: Endpoint, cache: Path, **given: object) -> AsyncIterator[Meaning]:
    """A booster that has learnt a few ways of asking."""
    async with served([web.post("/v1/embeddings", endpoint.embeddings)]) as url, AsyncExitStack() as stack:
        values = {"booster_url": url, "booster_model": "tiny", "cache_dir": cache, **given}
        settings = read_settings({}, given=values)
        booster = await open_booster(stack, settings, lambda: content.snapshot, lambda: None)
        assert booster is not None
        phrases = {
            topic: topics.asking["en"][:3] for topic, topics in list(content.snapshot.library.topics.items())[:5]
        }
        booster._phrases = await _learn(booster, phrases)
        yield booster


async def _learn(booster: Meaning, phrases: dict[str, tuple[str, ...]]) -> Any:
    from bot.booster.phrases import PhraseVectors  # noqa: PLC0415

    lines = [(topic, line) for topic, found in phrases.items() for line in found]
    rows = await booster.embedder.embed([line for _, line in lines])
    return PhraseVectors(tuple(topic for topic, _ in lines), rows.astype(np.float16))


async def test_a_phrase_is_nearest_to_its_own_topic(content: Engine, tmp_path: Path) -> None:
    endpoint = Endpoint()
    topic, known = next(iter(content.snapshot.library.topics.items()))

    async with learnt(content, endpoint, tmp_path, booster_key="k3y-of-mixed-Letters-42") as booster:
        near = await booster.nearness(known.asking["en"][0])
        again = await booster.nearness(known.asking["en"][0])

    assert max(near, key=lambda key: near[key]) == topic
    assert near[topic] == pytest.approx(1.0, abs=0.01)
    assert again == near
    assert endpoint.asked == [15, 1]
    assert set(endpoint.heads) == {"Bearer k3y-of-mixed-Letters-42"}


async def test_a_slow_endpoint_is_not_waited_for_and_then_not_asked(content: Engine, tmp_path: Path) -> None:
    endpoint = Endpoint()
    async with learnt(content, endpoint, tmp_path, booster_wait=0.05) as booster:
        endpoint.delay = 5.0
        began = asyncio.get_running_loop().time()

        near = [await booster.nearness(f"question {number}") for number in range(8)]
        took = asyncio.get_running_loop().time() - began

    assert near == [{}] * 8
    assert len(endpoint.asked) == 1 + 3
    assert took < 2.0


async def test_it_is_asked_again_after_its_rest(content: Engine, tmp_path: Path) -> None:
    endpoint = Endpoint()
    async with learnt(content, endpoint, tmp_path) as booster:
        now = 0.0
        booster.ticks = lambda: now
        endpoint.answer = lambda _texts: {"data": []}
        for number in range(5):
            await booster.nearness(f"question {number}")
        endpoint.answer = None
        resting = await booster.nearness("a question")
        now = 31.0
        rested = await booster.nearness("a question")

    assert resting == {}
    assert rested != {}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"data": [{"index": 0, "embedding": "no"}]},
        {"data": [{"index": 0, "embedding": [float("nan")] * DIMENSIONS}]},
        {"data": [{"index": 7, "embedding": [1.0]}]},
        {"data": [{"index": 0, "embedding": [1.0, 2.0]}]},
    ],
    ids=range(6),
)
async def test_an_answer_that_makes_no_sense_is_silence(content: Engine, tmp_path: Path, answer: Any) -> None:
    endpoint = Endpoint()
    async with learnt(content, endpoint, tmp_path) as booster:
        endpoint.answer = lambda _texts: answer

        assert await booster.nearness("a question") == {}


@dataclass
class Letters:
    """An embedder without any model."""

    asked: list[int] = field(default_factory=list)
    name: str = "letters"

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(len(texts))
        return normed([vector_of(text) for text in texts])


async def test_phrases_are_embedded_once_and_kept(content: Engine, tmp_path: Path) -> None:
    first, second = Letters(), Letters()

    for embedder in (first, second):
        booster = Meaning(embedder, lambda: content.snapshot, tmp_path, lambda: 0.0)
        await booster._learn(content.snapshot.library)

    assert sum(first.asked) > 1_000
    assert max(first.asked) <= 32
    assert second.asked == []


async def test_the_desk_asks_back_about_what_only_the_meaning_finds(desk: Desk) -> None:
    class Knows:
        async def nearness(self, text: str) -> dict[str, float]:
            return {"faith.mosque": 0.95} if text == "qibla building" else {}

    desk.takes("qibla building", "hotel.wifi", trust=0.01)
    object.__setattr__(desk.front, "booster", Knows())

    read = await Delegate(desk, "en").says("qibla building")

    assert list(read) == [DELEGATE]
    assert "Do you mean" in read[DELEGATE][0]


async def test_an_emergency_does_not_wait_for_it(desk: Desk) -> None:
    class Fails:
        async def nearness(self, text: str) -> dict[str, float]:
            raise AssertionError(text)

    object.__setattr__(desk.front, "booster", Fails())

    read = await Delegate(desk, "en").says("my friend is not breathing")

    assert "emergency" in read["reception"][0]


# ------------------------------------------------------------ a folder


@dataclass
class _Encoded:
    ids: list[int]
    attention_mask: list[int]
    type_ids: list[int]


class _Tokenizer:
    def encode_batch(self, texts: list[str]) -> list[_Encoded]:
        longest = max(map(len, texts))
        return [
            _Encoded(
                [ord(letter) % 7 for letter in text] + [0] * (longest - len(text)),
                [1] * len(text) + [0] * (longest - len(text)),
                [0] * longest,
            )
            for text in texts
        ]


@dataclass
class _Input:
    name: str


class _Session:
    """Each token's vector is one-hot by its id."""

    def get_inputs(self) -> list[_Input]:
        return [_Input("input_ids"), _Input("attention_mask")]

    def run(self, _outputs: None, given: dict[str, Any]) -> list[Any]:
        assert set(given) == {"input_ids", "attention_mask"}
        return [np.eye(7, dtype=np.float32)[given["input_ids"]]]


async def test_token_vectors_become_one_without_the_padding() -> None:
    embedder = OnnxEmbedder(_Session(), _Tokenizer(), "tiny")

    alone = await embedder.embed(["ab"])
    beside = await embedder.embed(["ab", "abcdefgh"])

    assert beside[0] == pytest.approx(alone[0])
    assert np.linalg.norm(beside, axis=1) == pytest.approx([1.0, 1.0])


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr("importlib.import_module", missing)

    with pytest.raises(SettingsError) as refused:
        open_onnx(tmp_path)

    assert "pip install onnxruntime" in str(refused.value.faults[0])


def _tiny_model(folder: Path) -> None:
    """One matrix of embeddings, looked up by token."""
    import onnx  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 -- only where it is installed
    from onnx import TensorProto, helper, numpy_helper  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415
    from tokenizers import Tokenizer, models, pre_tokenizers  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415

    table = np.eye(4, dtype=np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["out"])],
        "tiny",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "t"])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", "t", 4])],
        [numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(folder / "model.onnx"))
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "wifi": 1, "coach": 2, "visa": 3}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("onnx", "onnxruntime", "tokenizers")),
    reason="onnx, onnxruntime or tokenizers is not installed",
)
async def test_a_real_model_is_loaded_and_run(tmp_path: Path) -> None:
    _tiny_model(tmp_path)

    vectors = await open_onnx(tmp_path).embed(["wifi", "coach wifi", "visa"])

    half = 2**-0.5
    assert vectors == pytest.approx(np.asarray([[0, 1, 0, 0], [0, half, half, 0], [0, 0, 0, 1]], np.float32))


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"booster_url": "https://example.org/v1"}, "DESK_BOOSTER_MODEL"),
        ({"booster_url": "http://example.org/v1", "booster_model": "m"}, "https"),
        ({"booster_url": "https://example.org", "booster_model": "m", "booster_folder": "x"}, "one of them"),
        ({"booster_key": "k"}, "needs DESK_BOOSTER_URL"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(given: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({}, given=given)

    assert named in str(refused.value.faults[0])


async def test_off_by_default(content: Engine) -> None:
    async with AsyncExitStack() as stack:
        assert await open_booster(stack, Settings(), lambda: content.snapshot, lambda: None) is None
