"""Groups of people that the bot is in: the staff desk with its topics."""

from collections.abc import Sequence

from .bell import PATIENCE
from .model import ALL_RIGHTS, Account, Chat, Member, Topic
from .people import Person
from .world import World


class Group:
    """A group, supergroup or forum; ``staff`` are its people, ``group["Lan"]`` one of them."""

    def __init__(self, world: World, chat: Chat, staff: Sequence[Account]) -> None:
        self._world = world
        self.chat = chat
        self.staff = [self._seat(account) for account in staff]

    def _seat(self, account: Account) -> Person:
        creator = not any(member.status == "creator" for member in self.chat.members.values())
        status = "creator" if creator else "member"
        self.chat.members.setdefault(account.id, Member(account, status))
        return Person(self._world, account, self.chat)

    @property
    def id(self) -> int:
        """The chat id, such as for STAFF_CHAT; another one after ``upgrades``."""
        return self.chat.id

    def __getitem__(self, name: str) -> Person:
        return next(person for person in self.staff if person.name == name)

    @property
    def topics(self) -> list[Topic]:
        """Topics that are still there, oldest first."""
        return [topic for topic in self.chat.topics.values() if not topic.deleted]

    async def topic(self, contains: str = "", timeout: float = PATIENCE) -> Topic:  # noqa: ASYNC109
        """Waits for a topic whose name contains a text.

        Raises:
            AssertionError: There is none in time.
        """
        look = lambda: next((topic for topic in self.topics if contains in topic.name), None)  # noqa: E731
        found = await self.chat.bell.until(look, timeout)
        if found is None:
            raise AssertionError(f"no topic with {contains!r}: {[t.name for t in self.topics]}")
        return found

    async def joins(self, name: str | Person) -> Person:
        """Somebody comes in, and the bot hears of it."""
        account = name.account if isinstance(name, Person) else self._world.account(name)
        person = self._seat(account)
        self.staff.append(person)
        self._world.say(self.chat, account, {"new_chat_members": [account.as_dict()]}, service=True)
        return person

    async def kicks_bot(self) -> None:
        self._world.set_bot_status(self.chat, "kicked", self.staff[0].account)

    async def admits_bot(self, *, rights: frozenset[str] = ALL_RIGHTS) -> None:
        """Lets the bot in again, or changes its rights; without any it is a plain member."""
        status = "administrator" if rights else "member"
        self._world.set_bot_status(self.chat, status, self.staff[0].account, rights)

    async def upgrades(self) -> int:
        """Gets a new id, which the bot learns from a message or from its next call."""
        self.chat = self._world.upgrade(self.chat)
        for person in self.staff:
            person.chat = self.chat
        return self.chat.id
