"""Rules of triggers and webhooks: where the callback URL is, and what is sent to it."""

from __future__ import annotations

from collections.abc import Iterator

from tools.lint.document import Node, Operation, Path, mapping, string, texts
from tools.lint.grammar import NOTIFICATION_URL
from tools.lint.rule import Checks, whole

_CONTENT = "x-ms-notification-content"
_NOTIFICATION = "x-ms-notification"


def _is_callback(node: Node) -> bool:
    return node.value.get(NOTIFICATION_URL) is True


def _path_has_content(node: Node) -> bool:
    return _CONTENT in mapping(node.document.at(node.path[:2])) or _CONTENT in node.value


def _chain(node: Node) -> list[Node]:
    """The callback field and the properties around it within the same body or definition."""
    at = node.document.node_at if _is_callback(node) else {}
    return [one for length in range(len(node.path), 0, -1) if (one := at.get(node.path[:length])) and one.is_property]


def _is_not_internal(node: Node) -> bool:
    chain = _chain(node)
    return bool(chain) and not any(one.text("x-ms-visibility").casefold() == "internal" for one in chain)


def _is_not_required(node: Node) -> bool:
    for one in _chain(node):
        parent = mapping(node.document.at(one.path[:-2]))
        if one.path[-1] not in texts(parent.get("required")):
            return True
    return False


def _misplaced(node: Node) -> bool:
    return _is_callback(node) and not (node.is_input and node.kind == "schema" and node.text("in") == "")


def _webhook_without_url(node: Node) -> bool:
    operation = node.operation
    subscribes = "x-ms-trigger" in node.value and _path_has_content(node)
    has_body = operation is not None and any(item.place in ("body", "formData") for item in operation.inputs)
    return subscribes and operation is not None and has_body and not operation.is_webhook


def _url_without_content(node: Node) -> bool:
    operation = node.operation
    is_trigger = "x-ms-trigger" in node.value
    return operation is not None and is_trigger and operation.is_webhook and not _path_has_content(node)


def _subscription(node: Node) -> Operation | None:
    name = string(node.child(_NOTIFICATION).get("operationId"))
    return node.document.operation_by_id.get(name)


def _is_no_subscription(node: Node) -> bool:
    target = _subscription(node)
    return target is not None and not target.is_webhook


def _differs(node: Node) -> Iterator[Path]:
    target, own = _subscription(node), node.operation
    others = {item.name: item.value for item in target.inputs} if target else {}
    for item in own.inputs if own else ():
        other = others.get(item.name)
        keys = ("type", "x-ms-visibility")
        if other is not None and any(item.value.get(key) != other.get(key) for key in keys):
            yield item.path[len(node.path) :] if item.path[:3] == node.path else ()


CHECKS: Checks = (
    ("NotificationUrlNotAllowedInThisPosition", whole(_misplaced, NOTIFICATION_URL)),
    ("NotificationUrlNotInternal", whole(_is_not_internal)),
    ("NotificationUrlNotRequired", whole(_is_not_required)),
    ("WebhookOperationsMissingNotificationUrlProperty", whole(_webhook_without_url)),
    ("OperationMustHaveNotificationContentExtension", whole(_url_without_content)),
    (
        "NotificationExtensionNotSupportedInWebhookOperation",
        whole(
            lambda node: _NOTIFICATION in node.value and node.operation is not None and node.operation.is_webhook,
            _NOTIFICATION,
        ),
    ),
    ("NotificationOperationMustBeWebhook", whole(_is_no_subscription, _NOTIFICATION)),
    ("ParamtersWithSameNameMustHaveSameTypeAndVisibility", _differs),
)
