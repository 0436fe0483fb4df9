"""What is stored comes back equal, whatever its fields hold."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model.messages import Entry, Outbound
from bot.model.people import Delegate
from bot.model.tickets import Ticket
from storage.codec import DELEGATE, ENTRY, OUTBOUND, TICKET, Codec, write_json

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
st.register_type_strategy(float, st.floats(allow_nan=False))  # what is not a number equals nothing
st.register_type_strategy(datetime, st.datetimes(timezones=zones))


@pytest.mark.parametrize(
    ("shape", "codec"), [(Delegate, DELEGATE), (Entry, ENTRY), (Ticket, TICKET), (Outbound, OUTBOUND)]
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_value_comes_back_from_its_document(shape: type[Any], codec: Codec[Any], data: st.DataObject) -> None:
    value = data.draw(st.from_type(shape))

    document = codec.dump(value)

    assert codec.load(document) == value
    assert codec.load(write_json(json.loads(document))) == value  # as it comes back from a backup
