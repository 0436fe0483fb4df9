"""A question that waits for a person, and what its writer adds to it."""

from __future__ import annotations

from bot.model.language import Language

QUESTION: dict[Language, str] = {
    "en": "My question is about the blue folder",
    "ar": "سؤالي عن الملف الأزرق",
    "vi": "Tôi muốn hỏi về tập hồ sơ màu xanh",
}
MORE: dict[Language, str] = {
    "en": "It has my name on the front",
    "ar": "اسمي مكتوب على الملف",
    "vi": "Trên bìa có tên của tôi",
}
