"""Other ways of finding a topic, run in an environment of their own: `topic_rankers.py WORK.json SAID.npz`.

Each gets what is commonly done for such a task: folded text, and for the model words, pairs of words and parts of words.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import unicodedata
from pathlib import Path

import bm25s
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

WORDS = re.compile(r"\w+")


def folded(text: str) -> str:
    plain = "".join(mark for mark in unicodedata.normalize("NFD", text) if unicodedata.category(mark) != "Mn")
    return plain.lower().replace("đ", "d")


def best(scores: np.ndarray, owners: np.ndarray, topics: int) -> np.ndarray:
    """The score of each topic's best phrase."""
    found = np.full((len(scores), topics), -np.inf)
    for index, owner in enumerate(owners):
        found[:, owner] = np.maximum(found[:, owner], scores[:, index])
    return found


def log_reg(taught: list[str], owners: np.ndarray, asked: list[str]) -> np.ndarray:
    settings = {"sublinear_tf": True, "dtype": np.float32, "lowercase": False}
    features = FeatureUnion(
        [
            ("words", TfidfVectorizer(token_pattern=r"\w+", ngram_range=(1, 2), **settings)),
            ("parts", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), **settings)),
        ]
    )
    rows = features.fit_transform(taught)
    model = LogisticRegression(C=20, max_iter=300, class_weight="balanced").fit(rows, owners)
    return model.predict_proba(features.transform(asked))


def bm25(taught: list[str], owners: np.ndarray, asked: list[str]) -> np.ndarray:
    index = bm25s.BM25()
    index.index([WORDS.findall(text) or ["_"] for text in taught], show_progress=False)
    scores = np.zeros((len(asked), len(taught)))
    for row, text in enumerate(asked):
        words = [word for word in WORDS.findall(text) if word in index.vocab_dict]
        if words:
            scores[row] = index.get_scores(words)
    return best(scores, owners, owners.max() + 1)


def full_text(taught: list[str], owners: np.ndarray, asked: list[str]) -> np.ndarray:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE phrases USING fts5(text)")
    base.executemany("INSERT INTO phrases(rowid, text) VALUES (?, ?)", enumerate(taught))
    scores = np.zeros((len(asked), len(taught)))
    for row, text in enumerate(asked):
        query = " OR ".join(f'"{word}"' for word in WORDS.findall(text))
        if query:
            for number, rank in base.execute("SELECT rowid, rank FROM phrases WHERE phrases MATCH ?", (query,)):
                scores[row, number] = -rank
    return best(scores, owners, owners.max() + 1)


def main() -> None:
    work = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    topics = sorted({topic for _, topic in work["taught"]})
    owners = np.asarray([topics.index(topic) for _, topic in work["taught"]])
    taught = [folded(text) for text, _ in work["taught"]]
    asked = [folded(text) for text in work["asked"]]
    rankers = {"LogReg": log_reg, "bm25s": bm25, "FTS5": full_text}
    said = {name: ranker(taught, owners, asked) for name, ranker in rankers.items()}
    np.savez(sys.argv[2], topics=np.asarray(topics), **said)


if __name__ == "__main__":
    main()
