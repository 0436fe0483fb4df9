"""Getting updates by being called."""

from urllib.parse import urlsplit

from tests.fakes.telegram.errors import unlucky, wrong
from tests.fakes.telegram.ledger import Json
from tests.fakes.telegram.request import Request, handles
from tests.fakes.telegram.updates import Hook

_PORTS = (443, 80, 88, 8443)


@handles("setWebhook")
def set_webhook(request: Request) -> bool:
    """An empty address removes it. Plain HTTP is taken for this machine only."""
    fields, world = request.fields, request.world
    url = fields.get("url", "")
    if url:
        _check_url(url)
        world.queue.interrupt(unlucky(409, "terminated by setWebhook request"))
        world.queue.allow(fields.get("allowed_updates"))
    if fields.get("drop_pending_updates"):
        world.queue.pending.clear()
    world.hook = Hook(
        url,
        fields.get("secret_token", ""),
        fields.get("max_connections", 40),
        fields.get("ip_address", ""),
    )
    world.queue.bell.ring()
    return True


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    local = parts.hostname in ("127.0.0.1", "localhost")
    if not local and parts.scheme != "https":
        raise wrong("bad webhook: An HTTPS URL must be provided for webhook")
    if not local and (parts.port or 443) not in _PORTS:
        raise wrong("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


@handles("deleteWebhook")
def delete_webhook(request: Request) -> bool:
    if request.fields.get("drop_pending_updates"):
        request.world.queue.pending.clear()
    request.world.hook = Hook()
    return True


@handles("getWebhookInfo")
def get_webhook_info(request: Request) -> Json:
    hook, queue = request.world.hook, request.world.queue
    shown: Json = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(queue.pending),
    }
    if hook.url:
        shown |= {
            "max_connections": hook.max_connections,
            "ip_address": hook.ip_address or "127.0.0.1",
        }
    if hook.last_error:
        shown |= {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error}
    if queue.allowed is not None:
        shown["allowed_updates"] = sorted(queue.allowed)
    return shown
