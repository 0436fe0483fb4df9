"""Meaning joins the ranking with caution: it may raise trust or make the desk ask, and never answers alone."""

from __future__ import annotations

import pytest

from bot.answers.costs import cheapest
from bot.answers.fused import fused
from bot.answers.matcher import Ranked

UNSURE = Ranked((("hotel.wifi", 0.4), ("hotel.checkin", 0.3), ("visa.need", 0.1)), 0.4)


def test_without_meaning_the_ranking_stays() -> None:
    assert fused(UNSURE, {}) == UNSURE
    assert fused(UNSURE, {"visa.need": 0.3, "hotel.wifi": 0.2}) == UNSURE


def test_agreement_makes_an_unsure_answer_sure() -> None:
    joined = fused(UNSURE, {"hotel.wifi": 0.9, "visa.need": 0.2})

    assert joined.topics[0][0] == "hotel.wifi"
    assert cheapest(joined.trust, joined.offered) == "answer"


def test_a_topic_that_only_the_meaning_finds_is_asked_about() -> None:
    joined = fused(Ranked((("hotel.wifi", 0.1),), 0.02), {"faith.mosque": 0.9})

    assert joined.topics[0][0] == "faith.mosque"
    assert cheapest(joined.trust, joined.offered) == "ask"


def test_disagreement_lowers_trust() -> None:
    sure = Ranked((("hotel.wifi", 0.97), ("faith.mosque", 0.01)), 0.9)

    joined = fused(sure, {"faith.mosque": 0.8})

    assert joined.topics[0][0] == "hotel.wifi"
    assert joined.trust < sure.trust


@pytest.mark.parametrize("nearness", [{"a": 1.0}, {"hotel.wifi": 1.0, "b": 1.0}, {"hotel.wifi": 0.61}])
def test_shares_and_trust_stay_shares(nearness: dict[str, float]) -> None:
    joined = fused(UNSURE, nearness)

    assert sum(share for _, share in joined.topics) == pytest.approx(1.0)
    assert 0.0 <= joined.trust <= 1.0
