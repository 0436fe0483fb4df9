"""A small but complete conference, written into a folder of its own, for tests to break."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.content.source import Folders, Loaded, load, record_translations
from bot.model.errors import Fault

HOTEL: Final = """\
# The hotel.
hotel.wifi:
  team: reception
  urgency: normal
  needs: none
  title: {en: Wi-Fi, vi: Wi-Fi, ar: شبكة الواي فاي}
  answer:
    en: |
      Wi-Fi network {{ wifi.network }}, password **{{ wifi.password }}**.

      It works in the {{ place.hall.where }}.
    vi: |
      Mạng Wi-Fi {{ wifi.network }}, mật khẩu **{{ wifi.password }}**.

      Mạng dùng được tại {{ place.hall.where }}.
    ar: |
      شبكة الواي فاي {{ wifi.network }}، كلمة المرور **{{ wifi.password }}**.

      الشبكة متاحة في {{ place.hall.where }}.
  buttons: [hotel.breakfast]
  place: main-hall
  copy: [wifi.password]

hotel.breakfast:
  team: reception
  urgency: normal
  needs: none
  title: {en: Breakfast, vi: Bữa sáng, ar: الفطور}
  answer:
    en: |
      Breakfast is served {{ hotel.breakfast }}.
    vi: |
      Bữa sáng phục vụ {{ hotel.breakfast }}.
    ar: |
      يُقدَّم الفطور {{ hotel.breakfast }}.
"""

SCHEDULE: Final = """\
schedule.opening:
  team: programme
  urgency: normal
  needs: none
  title: {en: Opening, vi: Khai mạc, ar: الافتتاح}
  answer:
    en: |
      {{ session.opening.title }}: {{ session.opening.when }}, {{ session.opening.where }}.
      The coach leaves at {{ line.opening-coach.departs }}.
    vi: |
      {{ session.opening.title }}: {{ session.opening.when }}, {{ session.opening.where }}.
      Xe khởi hành lúc {{ line.opening-coach.departs }}.
    ar: |
      {{ session.opening.title }}: {{ session.opening.when }}، {{ session.opening.where }}.
      تنطلق الحافلة الساعة {{ line.opening-coach.departs }}.

schedule.audience:
  team: security
  urgency: high
  needs: person
  title: {en: Audience, vi: Buổi tiếp kiến, ar: الاستقبال الرسمي}
"""

SMALL_TALK: Final = """\
greeting:
  says: {en: [hello], vi: [xin chào], ar: [مرحبا]}
  reply: {en: Hello!, vi: Xin chào!, ar: أهلًا!}
fillers: {en: [please], vi: [ạ], ar: [من فضلك]}
"""

ASKING: Final = {
    "en": """\
hotel.wifi:
  - what is the wifi password
  - internet in my room
  - how do I connect to the network
  - wifi please
  - is there wireless here
hotel.breakfast:
  - when is breakfast
  - what time can I eat in the morning
  - breakfast hours
  - where do we eat breakfast
  - is breakfast included
""",
    "vi": """\
hotel.wifi:
  - mật khẩu wifi là gì
  - mạng trong phòng
  - vào mạng thế nào
  - cho xin wifi
  - ở đây có mạng không
hotel.breakfast:
  - mấy giờ ăn sáng
  - bữa sáng lúc nào
  - giờ ăn sáng
  - ăn sáng ở đâu
  - có bao gồm bữa sáng không
""",
    "ar": """\
hotel.wifi:
  - ما كلمة مرور الواي فاي
  - الانترنت في غرفتي
  - كيف اتصل بالشبكة
  - واي فاي لو سمحت
  - هل يوجد انترنت هنا
hotel.breakfast:
  - متى الفطور
  - في أي ساعة نفطر
  - مواعيد الفطور
  - أين نتناول الفطور
  - هل الفطور مشمول
""",
}

ASKING_SCHEDULE: Final = {
    "en": """\
schedule.opening:
  - when is the opening
  - opening session time
  - where is the opening ceremony
  - what time does it open
  - start of the conference
schedule.audience:
  - the audience with the president
  - who meets the president
  - am I invited to the palace
  - palace visit
  - presidential audience
""",
    "vi": """\
schedule.opening:
  - khi nào khai mạc
  - giờ khai mạc
  - khai mạc ở đâu
  - lễ khai mạc lúc mấy giờ
  - hội nghị bắt đầu khi nào
schedule.audience:
  - tiếp kiến chủ tịch
  - ai được gặp chủ tịch
  - tôi có được mời vào phủ không
  - thăm phủ chủ tịch
  - buổi tiếp kiến
""",
    "ar": """\
schedule.opening:
  - متى الافتتاح
  - موعد جلسة الافتتاح
  - أين حفل الافتتاح
  - في أي ساعة يبدأ
  - بداية المؤتمر
schedule.audience:
  - لقاء الرئيس
  - من يقابل الرئيس
  - هل أنا مدعو إلى القصر
  - زيارة القصر
  - استقبال رئاسي
""",
}

EVENT: Final = """\
id: tiny
name: {en: Tiny Conference, vi: Hội nghị Nhỏ, ar: مؤتمر صغير}
short: TINY
zone: Asia/Ho_Chi_Minh
languages: [en, ar, vi]
days: {from: 2023-11-21, to: 2023-11-22}
currency: VND
teams:
  - id: reception
    name: {en: Reception, vi: Lễ tân, ar: الاستقبال}
  - id: programme
    name: {en: Programme, vi: Chương trình, ar: البرنامج}
  - id: security
    name: {en: Security, vi: An ninh, ar: الأمن}
nights: {from: "22:00", to: "07:00", all_to: reception, except: [security]}
venue: hall
desk: lobby
programme_updated: 2023-11-20T18:00:00+07:00
audiences:
  heads: {en: heads of delegation, vi: trưởng đoàn, ar: رؤساء الوفود}
home_times:
  - zone: Asia/Tokyo
    name: {en: Tokyo, vi: Tokyo, ar: طوكيو}
"""

_ORIGIN = """\
  basis: sample
  source: T1
  checked: 2023-11-19
"""

FACTS: Final = f"""\
- id: wifi.network
  type: code
  value: Delegates
{_ORIGIN}
- id: wifi.password
  type: code
  value: lotus-2023
{_ORIGIN}
- id: hotel.breakfast
  type: span
  value: {{from: "06:00", to: "10:00"}}
{_ORIGIN}
- id: visa.free
  type: countries
  value: [NO, SE]
{_ORIGIN}
- id: hotel.rules
  type: text
  value: {{en: Please keep quiet., vi: Xin giữ yên lặng., ar: يُرجى الهدوء.}}
{_ORIGIN}
- id: hotel.desk-number
  type: phone
  value: "+84 24 5555 0100"
{_ORIGIN}
- id: visa.page
  type: url
  value: https://example.org/visa
{_ORIGIN}"""

PLACES: Final = f"""\
- id: hall
  roles: [main-hall]
  name: {{en: Lotus Hall, vi: Phòng Hoa Sen, ar: قاعة اللوتس}}
  where: {{en: "first floor, by the stairs", vi: "tầng 1, cạnh cầu thang", ar: الطابق الأول بجانب الدرج}}
  hours: {{from: "07:00", to: "22:00"}}
{_ORIGIN}
- id: lobby
  name: {{en: Lobby, vi: Sảnh, ar: البهو}}
  address: {{en: 1 Lotus Street, vi: 1 phố Hoa Sen, ar: شارع اللوتس 1}}
  map: [21.0243, 105.8494]
{_ORIGIN}
- id: palace
  name: {{en: The Palace, vi: Phủ, ar: القصر}}
{_ORIGIN}"""

CONTACTS: Final = f"""\
- id: reception
  name: {{en: Reception, vi: Lễ tân, ar: الاستقبال}}
  phone: "+84 24 5555 0101"
  extension: "0"
{_ORIGIN}
- id: ambulance
  name: {{en: Ambulance, vi: Cấp cứu, ar: الإسعاف}}
  phone: "115"
  emergency: true
{_ORIGIN}"""

PROGRAMME: Final = f"""\
- id: s1
  roles: [opening]
  starts: 2023-11-21T08:30:00+07:00
  ends: 2023-11-21T10:00:00+07:00
  place: hall
  audience: all
  track: plenary
  tags: [streamed]
  title: {{en: Opening session, vi: Phiên khai mạc, ar: الجلسة الافتتاحية}}
  line: t1
{_ORIGIN}
- id: s2
  starts: 2023-11-21T10:30:00+07:00
  ends: 2023-11-21T12:00:00+07:00
  place: hall
  audience: all
  track: plenary
  title: {{en: First plenary, vi: Phiên toàn thể thứ nhất, ar: الجلسة العامة الأولى}}
{_ORIGIN}
- id: s3
  roles: [heads-audience]
  starts: 2023-11-21T17:45:00+07:00
  ends: 2023-11-21T18:45:00+07:00
  place: palace
  audience: heads
  track: protocol
  title: {{en: Audience, vi: Tiếp kiến, ar: استقبال}}
  restricted: true
{_ORIGIN}"""

TRANSPORT: Final = f"""\
- id: t1
  roles: [opening-coach]
  from: lobby
  to: hall
  departs: [2023-11-21T07:30:00+07:00, 2023-11-21T08:00:00+07:00]
  returns: [2023-11-21T18:00:00+07:00]
{_ORIGIN}
- id: t2
  roles: [heads-convoy]
  from: lobby
  to: palace
  departs: [2023-11-21T17:15:00+07:00]
  restricted: true
{_ORIGIN}"""

LEXICON: Final = """\
wifi:
  en: [wifi, internet]
  vi: [mạng]
  ar: [نت]
meal:
  en: [breakfast, eat*]
  vi: [ăn sáng]
  ar: [فطور]
"""

FILES: Final = {
    "library/hotel.yaml": HOTEL,
    "library/schedule.yaml": SCHEDULE,
    "library/smalltalk.yaml": SMALL_TALK,
    "library/lexicon/things.yaml": LEXICON,
    **{f"library/asking/{language}/hotel.yaml": text for language, text in ASKING.items()},
    **{f"library/asking/{language}/schedule.yaml": text for language, text in ASKING_SCHEDULE.items()},
    "library/offtopic/en.yaml": "- who won the cup\n",
    "library/offtopic/vi.yaml": "- ai thắng trận chung kết\n",
    "library/offtopic/ar.yaml": "- من فاز بالكأس\n",
    "library/emergencies/en.yaml": 'medical:\n  certain: ["heart attack"]\n',
    "library/emergencies/vi.yaml": 'medical:\n  certain: ["đau tim"]\n',
    "library/emergencies/ar.yaml": 'medical:\n  certain: ["نوبة قلبية"]\n',
    "tiny/event.yaml": EVENT,
    "tiny/facts.yaml": FACTS,
    "tiny/places.yaml": PLACES,
    "tiny/contacts.yaml": CONTACTS,
    "tiny/programme.yaml": PROGRAMME,
    "tiny/transport.yaml": TRANSPORT,
}


@dataclass(frozen=True)
class SmallContent:
    """The folder ``root`` with a library and the event ``tiny``."""

    root: Path

    @classmethod
    def write(cls, root: Path) -> SmallContent:
        content = cls(root)
        for name, text in FILES.items():
            content.put(name, text)
        record_translations(content.folders)
        return content

    @property
    def folders(self) -> Folders:
        return Folders.of(self.root, "tiny")

    def load(self) -> Loaded:
        return load(self.folders)

    def faults(self) -> tuple[Fault, ...]:
        """Every fault but the reminders that a text was edited: those have tests of their own."""
        return tuple(fault for fault in self.load().faults if "--stamp" not in fault.allowed)

    def put(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".fresh")  # replaced as a whole: a watcher never sees half a file
        fresh.write_text(text, "utf-8")
        fresh.replace(path)

    def edit(self, name: str, old: str, new: str, *, everywhere: bool = False) -> None:
        """Replace the first ``old`` in a file, or every one; a test that no longer finds it should fail."""
        text = (self.root / name).read_text("utf-8")
        assert old in text, f"{old!r} does not stand in {name}"
        self.put(name, text.replace(old, new) if everywhere else text.replace(old, new, 1))

    def line(self, name: str, words: str) -> int:
        """The number of the first line that holds these words."""
        lines = (self.root / name).read_text("utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if words in line)
