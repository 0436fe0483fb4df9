"""Texts that try to become something else in a page: markup, handlers, addresses, templates, directions, broken letters."""

from __future__ import annotations

from itertools import islice, product

_CALL = "window.taken=1"
_SEEDS = (
    f"<script>{_CALL}</script>",
    f"<img src=x onerror={_CALL}>",
    f'<img src=x onerror="{_CALL}">',
    f"<svg onload={_CALL}>",
    f"<svg><script>{_CALL}</script></svg>",
    f'<iframe src="javascript:parent.{_CALL}"></iframe>',
    f"<iframe srcdoc='<script>parent.{_CALL}</script>'></iframe>",
    f'<a href="javascript:{_CALL}">here</a>',
    f"javascript:{_CALL}",
    f"JaVaScRiPt:{_CALL}",
    f"java\tscript:{_CALL}",
    f"data:text/html,<script>{_CALL}</script>",
    f"vbscript:{_CALL}",
    f"<details open ontoggle={_CALL}>",
    f"<input autofocus onfocus={_CALL}>",
    f"<body onload={_CALL}>",
    f'<math><mi xlink:href="javascript:{_CALL}">x</mi></math>',
    f'<object data="javascript:{_CALL}"></object>',
    f'<form action="javascript:{_CALL}"><button>go</button></form>',
    f"<style>@import 'javascript:{_CALL}';</style>",
    f"<template><script>{_CALL}</script></template>",
    f"{{{{constructor.constructor('{_CALL}')()}}}}",
    f"${{{_CALL}}}",
    f"{{name}} {{number}} {{0}} %s %(x)s {_CALL}",
    f'<!--<img src="--><img src=x onerror={_CALL}//">',
    f'<noscript><p title="</noscript><img src=x onerror={_CALL}>">',
    '{"type":"script","props":{"dangerouslySetInnerHTML":{"__html":"x"}},"constructor":null}',
    "__proto__ constructor prototype toString",
    "\u202eevil\u202c \u2066left\u2069 \u200f\u200e",
    "\u2067\u2067\u2067" * 5,
    "Z\u0351\u0300\u0361a\u0315\u0321l\u0336g\u0322o\u0317" * 8,
    "\ufffd \ud7ff \ufeff \u0000 \x07 \x1b[31m",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \u1f468" * 4,
    '=HYPERLINK("http://x.example") +1 -1 @SUM',
    "'; DROP TABLE tickets; --",
    "../../../etc/passwd %2e%2e%2f file:///etc/passwd",
    "https://" + "a" * 120 + ".example/" + "b" * 200,
    "W" * 300,
    "#1 #2 #3 #urgent #tickets",
    "<b>bold</b> *bold* _it_ [link](javascript:window.taken=1) `code`",
)
_AROUND = (
    "{}",
    '"{}',
    "'{}",
    ">{}",
    "</bdi>{}",
    "</title>{}",
    "</textarea>{}",
    "]]>{}",
    "*/{}",
    "{}\n\n{}",
    "أ {} ب",
    "\u202e{}",
    "-->{}",
)


def attacks(count: int) -> list[str]:
    """So many different texts; the same ones each time."""
    made = (around.replace("{}", seed) for around, seed in product(_AROUND, _SEEDS))
    return list(islice(dict.fromkeys(made), count))
