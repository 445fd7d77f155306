"""`bridge keys`: makes a signing certificate for a system, shows the text to paste there, checks those in use."""

from __future__ import annotations

import argparse
import base64
import getpass
import json
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from bridge.check.entra import SOON_DAYS
from bridge.credentials.saml_metadata import saml_metadata
from bridge.errors import Misconfigured
from bridge.settings import SettingsError
from bridge.signing.errors import KeyMaterialError
from bridge.signing.signing_keys import SigningKey, load_certificate, load_signing_key
from tools.cli.key_folder import default_folder, project_of
from tools.cli.own_settings import load, refuse_settings
from tools.cli.parsers import Commands, add_command, add_commands
from tools.cli.screen import Screen, refuse

PROBLEM = 1
SYSTEM_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_ABOUT_NEW = """\
Makes an RSA key and a self-signed certificate for one system, as one PEM file
that only you can read, and prints the text to paste into the system. The file
is written into your own configuration folder, never into a project: there it
would be committed or deployed. A key that Azure keeps in Key Vault needs no
file: docs/operations.md.
"""
_ABOUT_SHOW = """\
Prints a certificate's dates and thumbprints, and the text to paste into a
system. Never the key.
"""
_ABOUT_CHECK = """\
Checks every certificate in the settings of this shell: is it usable, and for
how long? Exit status: 0 all usable, 1 not. The deployed app: bridge check --url.
"""
_ABOUT_METADATA = """\
Prints the SAML metadata of the bridge as identity provider of a system, from
the settings of this shell: names and certificates, never a key.
"""
_EXAMPLES = """\
examples:
  bridge keys new workday
  bridge keys show ~/.config/obo-saml-bridge/keys/workday-signing.pem
  bridge keys check
  bridge keys metadata successfactors
"""
CERTIFICATE_SETTING = re.compile(r"BRIDGE_(SYSTEMS__[A-Z][A-Z0-9_]*__SAML__CERTIFICATE|ENTRA__CLIENT_CERTIFICATE)")


def add(parser: argparse.ArgumentParser) -> None:
    """Fill the parser of `keys`."""
    parser.description, parser.epilog = "Signing certificates, for systems with SAML__SIGNER=bridge.", _EXAMPLES
    commands = add_commands(parser)
    _add_new(commands)
    show = add_command(
        commands, "show", _show, "show a certificate's dates and thumbprint, and its text for pasting", _ABOUT_SHOW
    )
    show.add_argument("file", metavar="FILE", help="PEM, PFX or certificate file; - reads standard input")
    show.add_argument("--password", action="store_true", help="ask for the password of a PFX or an encrypted key")
    check = add_command(commands, "check", _check, "check every certificate in the settings", _ABOUT_CHECK)
    check.add_argument("--json", action="store_true", help="print one JSON object")
    about = "print the SAML metadata of the bridge as identity provider"
    metadata = add_command(commands, "metadata", _metadata, about, _ABOUT_METADATA)
    metadata.add_argument("system", metavar="SYSTEM", help="the system that will read it, e.g. workday")
    metadata.add_argument("--url", metavar="URL", help="where callers reach the bridge (default: BRIDGE_PUBLIC_URL)")


def _add_new(commands: Commands) -> None:
    new = add_command(commands, "new", _new, "make a key with a self-signed certificate, as one PEM file", _ABOUT_NEW)
    trusting = "the system that will trust it, e.g. workday: a key serves one system only"
    new.add_argument("system", metavar="SYSTEM", help=trusting)
    file = (
        "the file to write, outside every project (default: SYSTEM-signing.pem in your configuration folder); "
        "never overwritten"
    )
    new.add_argument("--out", type=Path, metavar="FILE", help=file)
    new.add_argument("--days", type=int, default=730, help="how long the certificate is valid (default: 730)")
    new.add_argument("--bits", type=int, default=2048, choices=(2048, 3072, 4096), help="key size (default: 2048)")


def _new(arguments: argparse.Namespace) -> int:
    if not SYSTEM_NAME.fullmatch(arguments.system):
        return refuse("bridge keys new: SYSTEM is a name in lower case, as in the settings: letters, digits, _")
    if not 1 <= arguments.days <= 3650:
        return refuse("bridge keys new: --days must be from 1 to 3650")
    file = arguments.out or default_folder(os.environ) / f"{arguments.system}-signing.pem"
    if project := project_of(file):
        return refuse(
            f"bridge keys new: {file} was not written: it is in the project {project}, and a key in a project is soon "
            "committed or deployed. Omit --out, or name a file outside of the project."
        )
    pem = new_pair(f"{arguments.system} obo-saml-bridge", days=arguments.days, bits=arguments.bits)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_private(file, pem)
    except OSError as error:
        refuse(f"bridge keys new: {file} was not written: {error.strerror}")
        return PROBLEM
    screen = Screen.of()
    screen.marked("good", f"{file} holds the private key and its certificate. Only you can read it.")
    _describe(screen, load_signing_key(pem).certificate)
    screen.heading("What to do with it")
    prefix = f"BRIDGE_SYSTEMS__{arguments.system.upper()}__SAML__"
    screen.steps(
        (
            "Paste the text above into the system as a trusted certificate (docs/workday.md says where).",
            f"Put the file's whole content into Key Vault; let {prefix}CERTIFICATE refer to it (docs/operations.md).",
            f"Delete {file} here.",
        )
    )
    return 0


def new_pair(common_name: str, *, days: int, bits: int = 2048, now: datetime | None = None) -> str:
    """A new RSA key and its self-signed certificate in one PEM text. It begins an hour ago: clocks differ."""
    now = now or datetime.now(UTC)
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=days))
    certificate = builder.sign(key, hashes.SHA256())
    parts = (
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        certificate.public_bytes(Encoding.PEM),
    )
    return b"".join(parts).decode()


def _write_private(file: Path, text: str) -> None:
    """Readable by its owner only from the first byte; an existing file is never overwritten."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
        stream.write(text)


def _show(arguments: argparse.Namespace) -> int:
    screen = Screen.of()
    try:
        password = getpass.getpass("Password: ") if arguments.password else None
        certificate = _certificate_in(_read(arguments.file), password)
    except OSError as error:
        return refuse(f"bridge keys show: {arguments.file}: {error.strerror}")
    except EOFError:
        return refuse("bridge keys show: --password asks for the password on a terminal, and there is none")
    except KeyMaterialError as error:
        screen.marked("bad", f"{arguments.file} {error.problem}.")
        screen.text(f"{error.fix}.")
        return PROBLEM
    _describe(screen, certificate)
    return 0


def _read(name: str) -> str:
    """A file as a setting would have it: ASCII text as it is, anything else (PFX, DER) in Base64."""
    content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()


def _certificate_in(text: str, password: str | None) -> x509.Certificate:
    """The certificate, of a file with or without its private key."""
    try:
        return load_certificate(text)
    except KeyMaterialError:
        return load_signing_key(text, password=password).certificate


def _describe(screen: Screen, certificate: x509.Certificate) -> None:
    """Print what a person compares, and what is pasted into a system."""
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    rows = {
        "Subject": certificate.subject.rfc4514_string(),
        "Valid": f"{start:%Y-%m-%d} to {end:%Y-%m-%d} ({(end - datetime.now(UTC)).days} days left)",
        "SHA-256": certificate.fingerprint(hashes.SHA256()).hex(),
        "SHA-1": certificate.fingerprint(hashes.SHA1()).hex(),  # noqa: S303  # portals show this one
    }
    screen.heading("Certificate")
    for name, value in rows.items():
        screen.named(name, value, width=8)
    screen.heading("To paste into the system (Base64, without the BEGIN and END lines)")
    text = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    for start_at in range(0, len(text), 64):
        screen.line(text[start_at : start_at + 64])


def _check(arguments: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    findings = [_finding(name, os.environ, now) for name in sorted(os.environ) if CERTIFICATE_SETTING.fullmatch(name)]
    failed = any(finding["problem"] for finding in findings)
    if arguments.json:
        print(json.dumps({"ok": not failed, "certificates": findings}, indent=2))
        return PROBLEM if failed else 0
    screen = Screen.of()
    if not findings:
        screen.marked("note", "No certificate in the settings of this process. The deployed app: bridge check --url …")
    for finding in findings:
        _report(screen, finding)
    return PROBLEM if failed else 0


def _metadata(arguments: argparse.Namespace) -> int:
    try:
        settings, _ = load(os.environ)
        system = settings.systems.get(arguments.system)
        if system is None:
            raise SettingsError(settings.broken.get(arguments.system, ()))
        document = saml_metadata(system, arguments.url or settings.public_url)
    except SettingsError as error:
        refuse_settings(error, f"bridge keys metadata: {arguments.system} is not set up in the settings of this shell")
        return PROBLEM
    except Misconfigured as error:
        refuse(f"bridge keys metadata: {error.detail} {error.operator}.")
        return PROBLEM
    print(document.decode("utf-8"))
    return 0


def _finding(name: str, env: Mapping[str, str], now: datetime) -> dict[str, str | int | None]:
    prefix = name.removesuffix("CERTIFICATE")
    password = env.get(f"{prefix}PASSWORD") or None
    key_id = env.get(f"{prefix}KEY_VAULT_KEY_ID") or None
    try:
        loaded: SigningKey = load_signing_key(env[name], password=password, key_vault_key_id=key_id)
    except KeyMaterialError as error:
        return {"setting": name, "problem": error.problem, "fix": error.fix, "thumbprint": None, "daysLeft": None}
    days, problem = loaded.days_left(now), loaded.date_problem(now.timestamp())
    fix = "Replace it now: docs/operations.md, Replacing a signing key" if problem or days <= SOON_DAYS else None
    return {"setting": name, "problem": problem, "fix": fix, "thumbprint": loaded.thumbprint, "daysLeft": days}


def _report(screen: Screen, finding: dict[str, str | int | None]) -> None:
    if finding["problem"]:
        screen.marked("bad", f"{finding['setting']} {finding['problem']}.")
    else:
        screen.marked("warning" if finding["fix"] else "good", f"{finding['setting']}: {finding['daysLeft']} days left")
        screen.text(f"SHA-256 {finding['thumbprint']}")
    if finding["fix"]:
        screen.text(f"{finding['fix']}.")
