"""The deployment zip: an allow-list of files. `.funcignore` says the same to Core Tools and azd."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

FILES = ("function_app.py", "host.json", "requirements.txt")
FOLDERS = {"bridge": (".py", ".toml", ".xml"), "own": (".toml", ".xml")}
"""What is deployed from each folder. `own` is a customer's catalog folder, if there is one."""
KEY_SUFFIXES = (".pem", ".pfx", ".p12", ".key", ".ppk", ".jks", ".keystore")
KEY_NAMES = ("id_rsa", "id_ecdsa", "id_ed25519", "id_dsa")
UNIX = 3  # the origin that each zip entry names, on every system

_PEM = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:\s|\\r|\\n)*[A-Za-z0-9+/=:,\-]{8}")
_BASE64 = re.compile(rb"MI[A-Za-z0-9+/]{30}")
_DER = re.compile(
    rb"\A\x30(?:[\x00-\x7f]|\x81.|\x82..|\x83...|\x80)\x02\x01(\x03\x30|\x00\x30|\x00\x02|\x01\x04)", re.DOTALL
)
"""How PKCS #12 (version 3), PKCS #8 and PKCS #1 (version 0) and SEC 1 (version 1) begin."""


def package(root: Path, target: Path) -> Path:
    """Write the deployment zip: the same files give the same bytes. Exits with the names of files that hold a key."""
    names = sorted(packaged(root))
    refuse_keys(root)
    target.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:  # stored: compressed bytes differ between versions of zlib
        for name in names:
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = UNIX, 0o100644 << 16
            archive.writestr(entry, (root / name).read_bytes())
    return target


def packaged(root: Path) -> Iterator[str]:
    """Names of the files that are deployed, relative to `root`, with forward slashes."""
    yield from FILES
    for file in _files(root):
        name = file.relative_to(root).as_posix()
        if file.suffix in FOLDERS[name.partition("/")[0]]:
            yield name


def refuse_keys(root: Path) -> None:
    """Exit if a file in the packaged folders is or holds a private key, whether or not it would be packaged."""
    found = [file.relative_to(root).as_posix() for file in (*_files(root), *map(root.joinpath, FILES)) if is_key(file)]
    if found:
        sys.exit(
            f"Not packaged: private key in {', '.join(sorted(found))}. Move it out of this folder: a key that has "
            "been in a repository or a package must be replaced."
        )


def is_key(file: Path) -> bool:
    """Whether a file is a private key by its name, or holds one: PEM, PKCS #12, PKCS #8, also in base64."""
    if file.suffix.lower() in KEY_SUFFIXES or file.name.lower() in KEY_NAMES:
        return True
    content = file.read_bytes()
    text = content.replace(b"\0", b"")  # UTF-16, as PowerShell's `>` writes it
    return bool(_DER.match(content) or _PEM.search(text) or any(map(_begins_der, _BASE64.findall(text))))


def _begins_der(encoded: bytes) -> bool:
    try:
        return bool(_DER.match(base64.b64decode(encoded)))
    except binascii.Error:
        return False


def _files(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (file for file in sorted((root / folder).rglob("*")) if file.is_file())


def describe(file: Path) -> str:
    """Two lines: name, number of files and size; the SHA-256 sum."""
    content = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        count = len(archive.namelist())
    return f"{file.name}: {count} files, {len(content) / 1024:.0f} KB\nsha256 {hashlib.sha256(content).hexdigest()}"
