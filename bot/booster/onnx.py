"""Sentence embeddings from a folder with ``model.onnx`` and ``tokenizer.json``, as sentence-transformers exports them."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bot.booster.phrases import Vectors, normed
from bot.model.errors import Fault, SettingsError

_LONGEST: Final = 256  # tokens of a message
_SETTING: Final = "DESK_BOOSTER_FOLDER"


@dataclass(frozen=True)
class OnnxEmbedder:
    """Runs the model in a thread; one core is enough for one message at a time."""

    session: Any
    tokenizer: Any
    name: str

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length 1, one per text."""
        return await asyncio.to_thread(self._embed, list(texts))

    def _embed(self, texts: list[str]) -> Vectors:
        encoded = self.tokenizer.encode_batch(texts)
        mask = np.asarray([one.attention_mask for one in encoded], np.int64)
        known = {
            "input_ids": np.asarray([one.ids for one in encoded], np.int64),
            "attention_mask": mask,
            "token_type_ids": np.asarray([one.type_ids for one in encoded], np.int64),
        }
        wanted = {given.name: known[given.name] for given in self.session.get_inputs() if given.name in known}
        output = np.asarray(self.session.run(None, wanted)[0], np.float32)
        if output.ndim == 3:  # one vector per token: their mean, without the padding
            weights = mask[:, :, None].astype(np.float32)
            output = (output * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0)
        return normed(output)


def open_onnx(folder: Path) -> OnnxEmbedder:
    """The embedder of a folder.

    Raises:
        SettingsError: A package or a file is missing, or the model cannot be read.
    """
    runtime, tokenizers = _package("onnxruntime"), _package("tokenizers")
    for name in ("model.onnx", "tokenizer.json"):
        if not (folder / name).is_file():
            raise SettingsError([Fault(_SETTING, 1, "", f"there is no {name} in this folder", str(folder))])
    try:
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        session = runtime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the packages raise errors of their own
        raise SettingsError([Fault(_SETTING, 1, "", f"the model cannot be read: {type(error).__name__}")]) from error
    tokenizer.enable_truncation(max_length=_LONGEST)
    tokenizer.enable_padding()
    size = (folder / "model.onnx").stat().st_size
    return OnnxEmbedder(session, tokenizer, f"onnx:{folder.name}:{size}")


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        problem = f"needs the package {name}: pip install {name}"
        raise SettingsError([Fault(_SETTING, 1, "", problem)]) from error
