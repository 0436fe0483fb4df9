"""The settings of health: nothing in the open, no easy token, no secret in a complaint."""

from __future__ import annotations

import pytest

from bot.model.errors import SettingsError
from bot.settings import read_settings


@pytest.mark.parametrize("url", ["https://watch.example/abc", "http://127.0.0.1:9/abc", "http://localhost/abc", ""])
def test_a_heartbeat_goes_out_encrypted_or_stays_here(url: str) -> None:
    assert read_settings({}, given={"heartbeat_url": url}).heartbeat_url == url


@pytest.mark.parametrize(
    "url", ["http://watch.example/hunter7", "watch.example/hunter7", "ftp://watch.example/hunter7"]
)
def test_any_other_heartbeat_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(SettingsError, match="DESK_HEARTBEAT_URL") as refused:
        read_settings({"DESK_HEARTBEAT_URL": url})

    assert "hunter7" not in str(refused.value)


@pytest.mark.parametrize("token", ["hunter7", "hunter7hunter7h", "change-me-please-now-1234"])
def test_an_easy_token_for_the_figures_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(SettingsError, match="DESK_METRICS_TOKEN") as refused:
        read_settings({"DESK_METRICS_TOKEN": token})

    assert token not in str(refused.value)
