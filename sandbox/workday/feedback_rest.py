"""REST: requests for feedback on the caller (performanceEnablement v5)."""

from datetime import date
from typing import Any

from sandbox.workday.records import Thing
from sandbox.workday.rest import Asked, Json, Operation, RestError, thing
from sandbox.workday.security import FEEDBACK_ON_SELF

TEMPLATES = tuple(
    Thing(id_type="Feedback_Template_ID", id=id_, name=name)
    for id_, name in (("GENERAL", "General Feedback"), ("PROJECT", "Project Feedback"))
)
_FIELDS = {
    "feedbackTemplate": dict,
    "feedbackResponders": list,
    "expirationDate": str,
    "feedbackPrivate": bool,
    "feedbackConfidential": bool,
    "showFeedbackProviderName": bool,
}
ON_SELF, ON_WORKER = "133de7d11fea10001dbb45a701140098", "133de7d11fea10001dbb45973dec0097"
OF_WORKERS = Thing(id_type="Feedback_Template_ID", id="WORKER", name="Feedback on a Worker")


def get_templates(asked: Asked) -> Json:
    """The templates of a type; without a type all templates, as an older public source shows."""
    types = {ON_SELF: TEMPLATES, ON_WORKER: (OF_WORKERS,), "": (*TEMPLATES, OF_WORKERS)}
    wanted = types.get(asked.request.query.get("templateType", ""))
    if wanted is None:
        raise _invalid("templateType")
    return {"total": len(wanted), "data": [thing(one) for one in wanted]}


def request_feedback(asked: Asked) -> Json:
    worker, body = asked.own(), _body(asked)
    template = next((one for one in TEMPLATES if one.wid == body["feedbackTemplate"].get("id")), None)
    if template is None:
        raise _invalid("feedbackTemplate")
    responders = [asked.tenant.by_id(str(one.get("id"))) for one in body["feedbackResponders"]]
    names = [one.descriptor for one in responders if one and one is not worker]
    if not names or len(names) != len(responders):
        raise _invalid("feedbackResponders")
    _check_expiration(body.get("expirationDate"))
    about = {"responders": ", ".join(names), "template": template.name}
    event = asked.tenant.start(worker, "Request Feedback", lambda: None, about)
    return {
        "id": event.wid,
        "descriptor": f"Feedback requested by {worker.descriptor}",
        "requestDate": str(date.today()),  # noqa: DTZ011 - a day of the calendar on the wall
        "feedbackOverallStatus": "In Progress",
    }


def _body(asked: Asked) -> dict[str, Any]:
    """The body; an unknown field or a wrong type is refused."""
    body = asked.request.json()
    if not isinstance(body, dict):
        raise RestError(400, "invalid request: the body is no object")
    for name in (*body, "feedbackTemplate", "feedbackResponders"):
        if name not in _FIELDS or not isinstance(body.get(name), _FIELDS[name]):
            raise _invalid(name)
    if not all(isinstance(one, dict) for one in body["feedbackResponders"]):
        raise _invalid("feedbackResponders")
    return body


def _check_expiration(text: str | None) -> None:
    try:
        past = text is not None and date.fromisoformat(text) < date.today()  # noqa: DTZ011
    except ValueError:
        past = True
    if past:
        raise _invalid("expirationDate")


def _invalid(field: str) -> RestError:
    return RestError(400, f"{field} is not valid.", field=field)


_SERVICE = "performanceEnablement/v5/{tenant}"
OPERATIONS = (
    Operation(
        "GET", f"{_SERVICE}/values/feedbackTemplate/feedbackTemplate/", get_templates, (FEEDBACK_ON_SELF, "View")
    ),
    Operation(
        "POST",
        f"{_SERVICE}/workers/{{worker}}/requestedFeedbackOnSelfEvents",
        request_feedback,
        (FEEDBACK_ON_SELF, "Modify"),
        status=201,
    ),
)
