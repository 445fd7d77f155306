"""The bridge's SAML metadata, judged by the official schema and read by pysaml2 and by Shibboleth."""

from __future__ import annotations

import os
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from saml2.mdstore import InMemoryMetaData

from bridge.credentials.saml_metadata import METADATA, PROTOCOL, saml_metadata
from bridge.errors import Misconfigured
from bridge.settings import SystemSettings, load
from tests.support.catalog import CATALOG
from tests.support.env import SYSTEM, env, workday
from tests.support.keys import certificate, certificate_pem
from tests.support.raised import raised
from tests.support.settings import workday_system
from tests.support.tokens import BRIDGE
from tools.cli.main import main

ISSUER = f"api://{BRIDGE}/workday"
URL = "https://bridge.example"
SCHEMA = Path(__file__).resolve().parents[3] / "shared" / "facts" / "saml" / "saml-schema-metadata-2.0.xsd"


def during_a_rollover() -> SystemSettings:
    return workday_system(SAML__NEXT_CERTIFICATE=certificate_pem("next"))


def der(*names: str) -> list[bytes]:
    return [certificate(name).public_bytes(Encoding.DER) for name in names]


@pytest.mark.skipif(not SCHEMA.exists(), reason="the published schema is not beside the project")
@pytest.mark.parametrize("system", [workday_system(), during_a_rollover()], ids=["one certificate", "two certificates"])
def test_it_is_valid_by_the_official_schema(system: SystemSettings) -> None:
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))
    root = etree.fromstring(saml_metadata(system, URL))
    schema.assertValid(root)
    root[0].remove(root[0][-1])
    assert not schema.validate(root), "the judge can say no"


def test_pysaml2_finds_both_certificates_during_a_rollover() -> None:
    store = InMemoryMetaData(None)
    store.parse(saml_metadata(during_a_rollover(), URL))
    assert list(store.keys()) == [ISSUER]
    assert [b64decode(text) for _, text in store.certs(ISSUER, "idpsso", "signing")] == der("workday", "next")


SHIBBOLETH = """\
<SPConfig xmlns="urn:mace:shibboleth:3.0:native:sp:config">
  <StorageService type="Memory" id="memory"/>
  <SessionCache type="StorageService" StorageService="memory"/>
  <ReplayCache StorageService="memory"/>
  <RequestMapper type="XML"><RequestMap applicationId="default"/></RequestMapper>
  <ApplicationDefaults id="default" entityID="https://sp.example">
    <Sessions lifetime="60" timeout="60" checkAddress="false" handlerSSL="true"
              redirectLimit="exact" cookieProps="https"/>
    <Errors/>
    <MetadataProvider type="XML" validate="true" path="{folder}/metadata.xml"/>
  </ApplicationDefaults>
  <SecurityPolicyProvider type="XML" validate="true" path="/etc/shibboleth/security-policy.xml"/>
</SPConfig>"""


def asked_of_shibboleth(metadata: bytes, folder: Path) -> str:
    """The identity provider as Shibboleth's service provider reads it after it has validated it, or its error."""
    program = os.environ.get("MDQUERY") or shutil.which("mdquery")
    if program is None:
        assert not os.environ.get("CI"), ".ci/run installs it: it is never missing in CI"
        pytest.skip("mdquery is not here: apt install shibboleth-sp-utils")
    (folder / "metadata.xml").write_bytes(metadata)
    (folder / "shibboleth2.xml").write_text(SHIBBOLETH.format(folder=folder), "utf-8")
    asked = [program, "-e", ISSUER, "-r", "IDPSSODescriptor", "-p", PROTOCOL]
    environment = {**os.environ, "SHIBSP_CONFIG": str(folder / "shibboleth2.xml")}
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout + done.stderr


def test_shibboleth_finds_both_certificates_during_a_rollover(tmp_path: Path) -> None:
    document = saml_metadata(during_a_rollover(), URL)
    reported = asked_of_shibboleth(document, tmp_path)
    assert "ERROR" not in reported
    root = etree.fromstring(reported[reported.index("<md:") : reported.rindex(">") + 1])
    assert [b64decode(node.text or "") for node in root.iter("{*}X509Certificate")] == der("workday", "next")
    broken = asked_of_shibboleth(document.replace(b"IDPSSODescriptor", b"IDPDescriptor"), tmp_path)
    assert "found for (api://" in broken
    assert "<md:" not in broken


def test_it_names_the_issuer_and_the_form_of_names_and_holds_no_private_key() -> None:
    document = saml_metadata(workday_system(), URL)
    root = etree.fromstring(document)
    assert root.get("entityID") == ISSUER
    assert root.findtext(f".//{{{METADATA}}}NameIDFormat") == "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
    assert b"PRIVATE" not in document


def test_without_a_signer_or_an_address_there_are_no_metadata() -> None:
    assert raised(Misconfigured, saml_metadata, workday_system(), None).operator == "BRIDGE_PUBLIC_URL is missing"
    without = raised(Misconfigured, saml_metadata, workday_system(SAML__SIGNER="entra"), URL)
    assert str(without.operator).startswith(f"{SYSTEM}SAML__SIGNER")


def test_a_next_certificate_that_cannot_be_read_is_named() -> None:
    [problem] = load(env(**workday(SAML__NEXT_CERTIFICATE="MIIB")), CATALOG).broken["workday"]
    assert (problem.setting, problem.problem) == (f"{SYSTEM}SAML__NEXT_CERTIFICATE", "is not exactly one certificate")


def test_the_command_prints_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in [name for name in os.environ if name.startswith("BRIDGE_")]:
        monkeypatch.delenv(name)
    assert main(["keys", "metadata", "workday"]) == 1
    for name, value in env().items():
        monkeypatch.setenv(name, value)
    capsys.readouterr()
    assert main(["keys", "metadata", "workday", "--url", URL]) == 0
    assert etree.fromstring(capsys.readouterr().out.encode()).get("entityID") == ISSUER
    assert main(["keys", "metadata", "workday"]) == 1
    assert "BRIDGE_PUBLIC_URL is missing" in capsys.readouterr().err
