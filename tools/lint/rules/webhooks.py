"""Rules of triggers and webhooks: the place of the callback URL, and the description of what is sent to it."""

from __future__ import annotations

from collections.abc import Iterator

from tools.lint.document import Input, Node, Operation, mapping, string
from tools.lint.grammar import NOTIFICATION_URL
from tools.lint.rule import Checks, of_inputs, of_operation, whole

_CONTENT = "x-ms-notification-content"
_NOTIFICATION = "x-ms-notification"


def _is_callback(node: Node) -> bool:
    return node.value.get(NOTIFICATION_URL) is True


def _chain(node: Node) -> list[Node]:
    """The callback field and the properties around it within the same body or definition."""
    at = node.document.node_at if _is_callback(node) else {}
    return [one for length in range(len(node.path), 0, -1) if (one := at.get(node.path[:length])) and one.is_property]


def _is_not_internal(node: Node) -> bool:
    chain = _chain(node)
    return bool(chain) and not any(one.text("x-ms-visibility").casefold() == "internal" for one in chain)


def _is_not_required(node: Node) -> bool:
    required = node.document.required_at
    return any(one.path[-1] not in required.get(one.path[:-2], ()) for one in _chain(node))


def _is_misplaced(node: Node) -> bool:
    return _is_callback(node) and not (node.is_input and node.kind == "schema" and node.text("in") == "")


def _has_content(operation: Operation) -> bool:
    node = operation.node
    return _CONTENT in mapping(node.document.at(node.path[:2])) or _CONTENT in node.value


def _has_no_url(operation: Operation) -> bool:
    subscribes = "x-ms-trigger" in operation.node.value and _has_content(operation)
    has_body = any(item.place in ("body", "formData") for item in operation.inputs)
    return subscribes and has_body and not operation.is_webhook


def _has_no_content(operation: Operation) -> bool:
    return "x-ms-trigger" in operation.node.value and operation.is_webhook and not _has_content(operation)


def _subscription(operation: Operation) -> Operation | None:
    """The operation that `x-ms-notification` names; None if there is none."""
    name = string(operation.node.child(_NOTIFICATION).get("operationId"))
    return operation.node.document.operation_by_id.get(name)


def _is_no_subscription(operation: Operation) -> bool:
    target = _subscription(operation)
    return target is not None and not target.is_webhook


def _differing(operation: Operation) -> Iterator[Input]:
    """The inputs that have another type or visibility in the subscription."""
    target = _subscription(operation)
    others = {item.name: item.value for item in target.inputs} if target else {}
    for item in operation.inputs:
        other = others.get(item.name, item.value)
        if any(item.value.get(key) != other.get(key) for key in ("type", "x-ms-visibility")):
            yield item


CHECKS: Checks = (
    ("NotificationUrlNotAllowedInThisPosition", whole(_is_misplaced, NOTIFICATION_URL)),
    ("NotificationUrlNotInternal", whole(_is_not_internal)),
    ("NotificationUrlNotRequired", whole(_is_not_required)),
    ("WebhookOperationsMissingNotificationUrlProperty", of_operation(_has_no_url)),
    ("OperationMustHaveNotificationContentExtension", of_operation(_has_no_content)),
    (
        "NotificationExtensionNotSupportedInWebhookOperation",
        of_operation(lambda own: _NOTIFICATION in own.node.value and own.is_webhook, _NOTIFICATION),
    ),
    ("NotificationOperationMustBeWebhook", of_operation(_is_no_subscription, _NOTIFICATION)),
    ("ParamtersWithSameNameMustHaveSameTypeAndVisibility", of_inputs(_differing)),
)
