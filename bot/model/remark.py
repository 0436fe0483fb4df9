"""A sentence with its fields, to be said in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Remark:
    message: str
    """A marked catalog message."""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def english(self) -> str:
        """For commands, which speak English only."""
        return self.message.format_map(self.fields) if self.fields else self.message
