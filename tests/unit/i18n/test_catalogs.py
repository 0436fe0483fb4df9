"""The catalogs say everything the code says, whole and in each language's own letters; each rule is seen to fail."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from gettext import c2py
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bot.i18n import units
from bot.i18n.extract import PLURAL_FORMS, Found, find_messages
from bot.i18n.translator import load_speakers, mark_count, read_catalog
from bot.model.language import LANGUAGES, Language

ROOT: Final = Path(__file__).parents[3]
NUMBERS: Final = range(1000)  # enough to meet every plural form of our languages several times

FIELD: Final = re.compile(r"\{(\w+)\}")
ADDRESS: Final = re.compile(r"https?://\S+|(?<![\w/])/[a-z]\w*")  # commands as well
PHONE: Final = re.compile(r"\+?\d[\d ()-]{4,}\d|\b1\d\d\b")
BULLET: Final = re.compile(r"•|^\s*[-*–] ", re.MULTILINE)
ARABIC: Final = re.compile(r"[\u0621-\u064A]")
LATIN_MARK: Final = re.compile(r"[\u0621-\u0652]\s*[,;?]|[,;?]\s*[\u0621-\u0652]")
SENTENCE_END: Final = re.compile(r"[.!?:;\n]+")
WORD: Final = re.compile(r"[^\W\d_]+")
ENDS: Final = {"؟": "?", "،": ",", "؛": ";"}


@dataclass(frozen=True)
class Entry:
    """One message of one catalog, one form of it at a time."""

    language: Language
    source: str
    said: str
    numbers: frozenset[int] = field(default_factory=frozenset)
    """The numbers that this form stands for; empty when the message does not count."""


Rule = Callable[[Entry], bool]


# ------------------------------------------------------------ rules about the words: true when broken


def fields(entry: Entry) -> bool:
    """Lost or invented. "One more session" may leave out the number it says in words."""
    wanted, said = set(FIELD.findall(entry.source)), set(FIELD.findall(entry.said))
    spare = {"n"} if len(entry.numbers) == 1 else set()
    return bool((wanted ^ said) - spare) or bool(said - wanted) or bool(re.search(r"[{}]", FIELD.sub("", entry.said)))


def addresses(entry: Entry) -> bool:
    return Counter(ADDRESS.findall(entry.source)) != Counter(ADDRESS.findall(entry.said))


def phones(entry: Entry) -> bool:
    return Counter(PHONE.findall(entry.source)) != Counter(PHONE.findall(entry.said))


def edges(entry: Entry) -> bool:
    """Space before and after belongs to whoever joins the sentences."""
    return _edges(entry.source) != _edges(entry.said)


def emoji(entry: Entry) -> bool:
    return _emoji(entry.source) != _emoji(entry.said)


def lines(entry: Entry) -> bool:
    return entry.source.count("\n") != entry.said.count("\n")


def bullets(entry: Entry) -> bool:
    return len(BULLET.findall(entry.source)) != len(BULLET.findall(entry.said))


def ending(entry: Entry) -> bool:
    """A question stays a question, and a colon before a list stays."""
    return _ending(entry.source) != _ending(entry.said)


def invisible(entry: Entry) -> bool:
    """Direction marks are set where values are shown, never typed; letters are composed, so that words compare."""
    hidden = any(unicodedata.category(letter) == "Cf" for letter in entry.said)
    return hidden or unicodedata.normalize("NFC", entry.said) != entry.said


def arabic_letters(entry: Entry) -> bool:
    return entry.language == "ar" and bool(_words(entry.source)) and not ARABIC.search(entry.said)


def arabic_marks(entry: Entry) -> bool:
    said = FIELD.sub("ع", ADDRESS.sub("", entry.said))  # a field stands among Arabic words like one of them
    return entry.language == "ar" and bool(LATIN_MARK.search(said))


def vietnamese_marks(entry: Entry) -> bool:
    """More than three words without one diacritic are another language or were typed without them."""
    return entry.language == "vi" and any(
        len(words) > 3 and not any(_marked(word) for word in words)
        for words in map(_words, SENTENCE_END.split(ADDRESS.sub("", entry.said)))
    )


def english_itself(entry: Entry) -> bool:
    return entry.language == "en" and entry.said != entry.source


WORD_RULES: Final[Sequence[Rule]] = (
    fields,
    addresses,
    phones,
    edges,
    emoji,
    lines,
    bullets,
    ending,
    invisible,
    arabic_letters,
    arabic_marks,
    vietnamese_marks,
    english_itself,
)


def _words(text: str) -> Sequence[str]:
    return WORD.findall(unicodedata.normalize("NFC", FIELD.sub("", ADDRESS.sub("", text))))


def _marked(word: str) -> bool:
    return any(letter in "đĐ" or unicodedata.combining(letter) for letter in unicodedata.normalize("NFD", word))


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _emoji(text: str) -> Counter[str]:
    return Counter(letter for letter in text if unicodedata.category(letter) == "So")


def _ending(text: str) -> str:
    last = text.rstrip()[-1:]
    last = ENDS.get(last, last)
    return last if last in (".", "?", "!", ":", "…") else ""


# ------------------------------------------------------------ rules about a whole catalog


def faults(language: Language, catalog: Catalog, found: Found) -> Iterator[str]:
    """Every fault as "rule: message"."""
    known = {_key(message) for message in catalog if message.id}
    yield from (f"missing: {msgid}" for msgid in found if msgid not in known)
    yield from (f"obsolete: {msgid}" for msgid in known if msgid not in found)
    yield from (f"obsolete: {message.id}" for message in catalog.obsolete.values())
    rule = _plural_rule(catalog)
    if _behaviour(rule) != _behaviour(_plural_rule(_of(PLURAL_FORMS[language]))):
        yield "plural_rule: in the header"
    for message in catalog:
        if message.id:
            yield from _message_faults(language, message, rule)


def _message_faults(language: Language, message: Message, rule: Callable[[int], int]) -> Iterator[str]:
    forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    if message.fuzzy:
        yield f"fuzzy: {message.id}"
    if not (forms and all(forms)):
        yield f"untranslated: {message.id}"
        return
    if isinstance(message.id, str):
        yield from _broken(Entry(language, message.id, forms[0]))
        return
    if len(forms) != _forms(language):
        yield f"plural_forms: {message.id}"
        return
    one, many = message.id
    for form, said in enumerate(forms):
        numbers = frozenset(number for number in NUMBERS if rule(number) == form)
        source = one if language == "en" and form == 0 else many
        yield from _broken(Entry(language, source, said, numbers))


def _broken(entry: Entry) -> Iterator[str]:
    return (f"{rule.__name__}: {entry.source} → {entry.said}" for rule in WORD_RULES if rule(entry))


def _key(message: Message) -> str | tuple[str, str]:
    return message.id if isinstance(message.id, str) else (message.id[0], message.id[1])


def _plural_rule(catalog: Catalog) -> Callable[[int], int]:
    rule: Callable[[int], int] = c2py(catalog.plural_expr)
    return rule


def _behaviour(rule: Callable[[int], int]) -> Sequence[int]:
    return [rule(number) for number in NUMBERS]


def _forms(language: Language) -> int:
    return {"en": 2, "ar": 6, "vi": 1}[language]


def _of(plural_forms: str, body: str = "", language: Language = "en") -> Catalog:
    """A small catalog, read as the real ones are."""
    header = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {plural_forms}\\n"\n\n'
    return read_po(BytesIO((header + body).encode()), locale=language)


# ------------------------------------------------------------ the real catalogs


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalog_says_everything_whole_and_in_its_own_letters(language: Language) -> None:
    found = find_messages(ROOT)

    catalog = read_catalog(language, ROOT / "locales")

    assert len(found) > 100
    assert list(faults(language, catalog, found)) == []


def test_every_message_is_said_as_translated() -> None:
    speakers = load_speakers(ROOT / "locales")

    said = {language: speakers[language].text("I speak English with you now.") for language in LANGUAGES}

    assert said == {
        "en": "I speak English with you now.",
        "vi": "Từ bây giờ tôi nói tiếng Việt với quý vị.",
        "ar": "أتحدث إليك الآن بالعربية.",
    }


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "… وفقرة أخرى"),
        (2, "… وفقرتان أخريان"),
        (3, "… و3 فقرات أخرى"),
        (11, "… و11 فقرة أخرى"),
        (102, "… و102 فقرة أخرى"),
    ],
)
def test_arabic_counts_in_its_own_forms(number: int, said: str) -> None:
    arabic = load_speakers(ROOT / "locales")["ar"]

    spans = arabic.count("… and {n} more session", "… and {n} more sessions", number)

    assert "".join(span.text for span in spans) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_that_counts_by_itself_says_what_the_catalog_says(language: Language) -> None:
    speaker = load_speakers(ROOT / "locales")[language]
    said = mark_count("Send to {n} person", "Send to {n} people")

    forms = speaker.every_form(said)

    for number in NUMBERS:
        spans = speaker.count(said.one, said.many, number)
        by_page = forms[units.category(Decimal(number), language)].replace("{n}", str(number))
        assert by_page == "".join(span.text for span in spans), number


# ------------------------------------------------------------ each rule can fail


def po(source: str, said: str, more: str = "") -> str:
    return f'{more}msgid "{source}"\nmsgstr "{said}"\n\n'


def counted(*said: str) -> str:
    forms = "".join(f'msgstr[{form}] "{text}"\n' for form, text in enumerate(said))
    return f'msgid "{{n}} seat"\nmsgid_plural "{{n}} seats"\n{forms}\n'


SIX: Final = ("لا مقاعد", "مقعد واحد", "مقعدان", "{n} مقاعد", "{n} مقعدًا", "{n} مقعد")
TWO_FORMS: Final = "nplurals=2; plural=(n != 1);"

PLANTED: Final[Mapping[str, tuple[Language, str, Sequence[str]]]] = {
    "missing": ("vi", "", ["Good morning."]),
    "missing as a plural": ("vi", po("{n} seat", "{n} chỗ"), ["{n} seat", "{n} seat|{n} seats"]),
    "obsolete": ("vi", po("Good morning.", "Chào buổi sáng."), []),
    "obsolete, commented out": ("vi", '#~ msgid "Good night."\n#~ msgstr "Chúc ngủ ngon."\n', []),
    "untranslated": ("vi", po("Good morning.", ""), ["Good morning."]),
    "untranslated form": ("ar", counted(*SIX[:5], ""), ["{n} seat|{n} seats"]),
    "fuzzy": ("vi", po("Good morning.", "Chào buổi sáng.", "#, fuzzy\n"), ["Good morning."]),
    "fields, lost": ("vi", po("Room {room}", "Phòng"), ["Room {room}"]),
    "fields, invented": ("vi", po("Room {room}", "Phòng {room} {phòng}"), ["Room {room}"]),
    "fields, broken": ("vi", po("Room {room}", "Phòng {room} {"), ["Room {room}"]),
    "fields, lost number": ("ar", counted(*SIX[:3], "مقاعد", *SIX[4:]), ["{n} seat|{n} seats"]),
    "addresses": ("vi", po("See https://desk.example/a", "Xem https://desk.example/b"), ["See https://desk.example/a"]),
    "addresses, command": ("ar", po("Write /privacy", "اكتب الخصوصية"), ["Write /privacy"]),
    "phones": ("vi", po("Call +84 24 0000 0100", "Gọi +84 24 0000 0101"), ["Call +84 24 0000 0100"]),
    "phones, short": ("ar", po("Call 115", "اتصل"), ["Call 115"]),
    "edges, leading": ("vi", po("Now", " Bây giờ"), ["Now"]),
    "edges, trailing": ("ar", po("Now ", "الآن"), ["Now "]),
    "emoji": ("vi", po("🏨 Hotel", "🏢 Khách sạn"), ["🏨 Hotel"]),
    "lines": ("vi", po("One\\nTwo", "Một, hai"), ["One\nTwo"]),
    "bullets": ("vi", po("• One • Two", "• Một, hai"), ["• One • Two"]),
    "ending": ("ar", po("Where is it?", "مكانه"), ["Where is it?"]),
    "invisible, direction": ("ar", po("Now", "\u200fالآن"), ["Now"]),
    "invisible, decomposed": ("vi", po("Hotel", unicodedata.normalize("NFD", "Khách sạn")), ["Hotel"]),
    "arabic_letters": ("ar", po("Good morning.", "Good morning."), ["Good morning."]),
    "arabic_marks, comma": ("ar", po("Yes, now", "نعم, الآن"), ["Yes, now"]),
    "arabic_marks, question": ("ar", po("Now?", "الآن?"), ["Now?"]),
    "arabic_marks, after a field": ("ar", po("{name}, now", "{name}, الآن"), ["{name}, now"]),
    "vietnamese_marks": ("vi", po("Hello. I am here now.", "Chào. Toi dang o day."), ["Hello. I am here now."]),
    "english_itself": ("en", po("Good morning.", "Good day."), ["Good morning."]),
    "plural_forms": ("ar", counted("مقعد", "{n} مقاعد"), ["{n} seat|{n} seats"]),
    "plural_rule": ("ar", "", []),
}


def rule_of(name: str) -> str:
    return re.split(r"\W", name, maxsplit=1)[0]


def planted(name: str) -> list[str]:
    """The rules that a planted catalog breaks, each once."""
    language, body, sources = PLANTED[name]
    found: dict[str | tuple[str, str], list[str]] = {}
    for source in sources:
        one, _, many = source.partition("|")
        found[(one, many) if many else source] = ["bot/x.py:1"]
    forms = TWO_FORMS if name.startswith("plural_") else PLURAL_FORMS[language]
    broken = (fault.partition(":")[0] for fault in faults(language, _of(forms, body, language), found))
    return list(dict.fromkeys(broken))


@pytest.mark.parametrize("name", [name for name in PLANTED if not name.startswith("plural_")])
def test_rule_finds_its_planted_fault_and_no_other_rule_does(name: str) -> None:
    assert planted(name) == [rule_of(name)]


def test_arabic_with_two_plural_forms_is_found() -> None:
    assert planted("plural_rule") == ["plural_rule"]
    assert planted("plural_forms") == ["plural_rule", "plural_forms"]


def test_every_rule_has_a_planted_fault() -> None:
    assert {rule.__name__ for rule in WORD_RULES} <= {rule_of(name) for name in PLANTED}


@pytest.mark.parametrize(
    ("language", "source", "said"),
    [
        ("vi", "Room {room}, call 115: see /help.", "Phòng {room}, gọi 115: xem /help."),
        ("vi", "Web chat", "Chat web"),
        ("ar", "Room {room}, call 115?", "غرفة {room}، اتصل على 115؟"),
        ("ar", "• {option}", "• {option}"),
        ("en", "Good morning.", "Good morning."),
    ],
)
def test_good_translation_breaks_no_rule(language: Language, source: str, said: str) -> None:
    catalog = _of(PLURAL_FORMS[language], po(source, said), language)

    assert list(faults(language, catalog, {source: ["bot/x.py:1"]})) == []


def test_arabic_may_say_small_numbers_in_words() -> None:
    catalog = _of(PLURAL_FORMS["ar"], counted(*SIX), "ar")

    assert list(faults("ar", catalog, {("{n} seat", "{n} seats"): ["bot/x.py:1"]})) == []


def test_a_command_among_arabic_words_keeps_its_slash_in_front() -> None:
    said = load_speakers(ROOT / "locales")["ar"].text(
        "Write /link in the chat on the web page: you get a link that brings you back here."
    )

    assert "\u200e/link" in said
