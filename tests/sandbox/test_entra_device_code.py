"""The device code grant (RFC 8628), with Entra's codes."""

from typing import Any

import jwt
import pytest
import requests

from sandbox.entra.clients import SECRET
from sandbox.world import World

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Device:
    """A client without a browser."""

    def __init__(self, entra: str, session: requests.Session, world: World) -> None:
        self.entra, self.session = entra, session
        self.base, self.client = f"{entra}/{world.tenant_id}/oauth2/v2.0", world.laptop.client_id
        self.scope = f"{world.bridge.identifiers[0]}/access_as_user offline_access openid profile"

    def start(self, **changes: str) -> Any:
        form = {"client_id": self.client, "scope": self.scope} | changes
        return self.session.post(f"{self.base}/devicecode", data=form, timeout=10).json()

    def poll(self, device_code: str, **changes: str) -> Any:
        form = {"client_id": self.client, "grant_type": GRANT, "device_code": device_code} | changes
        return self.session.post(f"{self.base}/token", data=form, timeout=10).json()

    def enter(self, **body: str) -> int:
        return self.session.post(f"{self.entra}/sandbox/device", json=body, timeout=10).status_code


@pytest.fixture
def device(entra: str, trusting: requests.Session, world: World) -> Device:
    return Device(entra, trusting, world)


def test_it_is_pending_until_a_person_has_signed_in_and_valid_once(device: Device, world: World) -> None:
    started = device.start()
    assert started["user_code"] in started["message"]
    assert device.poll(started["device_code"])["error"] == "authorization_pending"
    assert device.enter(user_code=started["user_code"], user="alex") == 204
    claims = jwt.decode(device.poll(started["device_code"])["access_token"], options={"verify_signature": False})
    assert (claims["upn"], claims["aud"]) == ("alex@contoso.com", world.bridge.client_id)
    assert (claims["azp"], claims["scp"]) == (world.laptop.client_id, "access_as_user")
    assert device.poll(started["device_code"])["error"] == "bad_verification_code"


def test_a_person_may_decline(device: Device) -> None:
    started = device.start()
    assert device.enter(user_code=started["user_code"]) == 204
    assert device.poll(started["device_code"])["error"] == "authorization_declined"


def test_a_code_is_for_the_client_that_asked(device: Device, world: World) -> None:
    started = device.start()
    device.enter(user_code=started["user_code"], user="alex")
    assert device.poll(started["device_code"], client_id=world.connector.client_id)["error_codes"] == [70019]
    assert device.poll(started["device_code"], client_secret=SECRET)["error_codes"] == [700025]


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"client_id": "nobody"}, 700016), ({"scope": "api://nobody/.default"}, 500011), ({"scope": ""}, 28003)],
    ids=["unknown client", "unknown resource", "no scope"],
)
def test_a_request_that_entra_refuses(device: Device, changes: dict[str, str], code: int) -> None:
    assert device.start(**changes)["error_codes"] == [code]


def test_an_unknown_code_or_user_is_refused(device: Device) -> None:
    assert device.enter(user_code="NO-SUCH", user="alex") == 400
    assert device.enter(user_code=device.start()["user_code"], user="nobody") == 400
