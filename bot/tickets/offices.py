"""Who may do what is not about one ticket: one table for the menu, the pages and everything that they post; pure.

What is done to a ticket stands in ``bot.tickets.rights``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

from bot.i18n.translator import mark
from bot.model.errors import Refused
from bot.model.people import Role, Staff

Office = Literal["walk-in", "shift", "announce", "teach", "approve", "staff", "drill"]
OFFICES: Final[tuple[Office, ...]] = get_args(Office)

_EVERYBODY: Final = frozenset(Role)
_IN_CHARGE: Final = frozenset({Role.DUTY_OFFICER, Role.ADMIN})
WHOSE: Final[Mapping[Office, frozenset[Role]]] = {
    "walk-in": _EVERYBODY,
    "shift": _EVERYBODY,
    "teach": _EVERYBODY,
    "approve": _IN_CHARGE,
    "announce": _IN_CHARGE,
    "drill": _IN_CHARGE,
    "staff": frozenset({Role.ADMIN}),
}
_FOR_THEM: Final = mark("This is for the duty officer and administrators only.")
_FOR_ADMINISTRATORS: Final = mark("This is for administrators only.")


def may(staff: Staff, office: Office) -> bool:
    return refusal(staff, office) is None


def refusal(staff: Staff, office: Office) -> Refused | None:
    """Why somebody may not do this, as a sentence for them; None when they may.

    Nobody stands in here: what nobody is there for can wait, or is done with the commands of the desk.
    """
    if WHOSE[office] & staff.roles:
        return None
    return Refused(_FOR_ADMINISTRATORS if office == "staff" else _FOR_THEM)
