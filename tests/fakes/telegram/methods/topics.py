"""Forum topics."""

from tests.fakes.telegram.errors import unlucky, wrong
from tests.fakes.telegram.ledger import Json
from tests.fakes.telegram.model import Chat, Topic
from tests.fakes.telegram.request import Request, handles
from tests.fakes.telegram.world import TOPIC_COLORS


def _forum(request: Request, action: str) -> Chat:
    chat = request.chat()
    if not chat.is_forum:
        raise wrong("the chat is not a forum")
    if action:
        request.require(chat, "can_manage_topics", action)
    return chat


def _topic(request: Request) -> tuple[Chat, Topic]:
    chat = _forum(request, "")
    topic = chat.topics.get(request.fields["message_thread_id"])
    if topic is None:
        raise wrong("TOPIC_ID_INVALID")
    if topic.deleted:
        raise unlucky(400, "TOPIC_ID_INVALID")
    if not topic.by_bot:
        request.require(chat, "can_manage_topics", "manage the topic")
    return chat, topic


@handles("createForumTopic")
def create(request: Request) -> Json:
    chat = _forum(request, "create a topic")
    name = request.fields["name"].strip()
    if not name:
        raise wrong("topic name must be non-empty")
    color = request.fields.get("icon_color", 0)
    if color and color not in TOPIC_COLORS:
        raise wrong("TOPIC_ICON_COLOR_INVALID")
    icon = request.fields.get("icon_custom_emoji_id", "")
    return request.world.open_topic(chat, name, request.bot, color, icon).as_dict()


@handles("editForumTopic")
def edit(request: Request) -> bool:
    chat, topic = _topic(request)
    name = request.fields.get("name") or topic.name
    icon = request.fields.get("icon_custom_emoji_id", topic.icon)
    if (name, icon) == (topic.name, topic.icon):
        raise wrong("TOPIC_NOT_MODIFIED")
    topic.name, topic.icon = name, icon
    request.world.topic_event(chat, topic, request.bot, {"forum_topic_edited": {"name": name}})
    return True


@handles("closeForumTopic", "reopenForumTopic")
def close_or_reopen(request: Request) -> bool:
    chat, topic = _topic(request)
    closing = request.method == "closeForumTopic"
    if topic.closed == closing:
        raise wrong("TOPIC_NOT_MODIFIED")
    topic.closed = closing
    event = "forum_topic_closed" if closing else "forum_topic_reopened"
    request.world.topic_event(chat, topic, request.bot, {event: {}})
    return True


@handles("deleteForumTopic")
def delete(request: Request) -> bool:
    chat, topic = _topic(request)
    request.require(chat, "can_delete_messages", "delete the topic")
    request.world.delete_topic(chat, topic)
    return True
