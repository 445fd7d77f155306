"""`dev.py release`: the files of a release, and what stops it."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from bridge import __version__
from tools.dev import ROOT
from tools.dev.release import release, version
from tools.dev.sbom import NAME

PYTHON = Path(sys.executable)


def test_the_version_is_the_bridges() -> None:
    assert version(ROOT) == __version__


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return release(ROOT, tmp_path_factory.mktemp("dist"), PYTHON)


def test_a_release_holds_zip_connector_and_their_sums(files: list[Path]) -> None:
    names = [
        f"obo-saml-bridge-{__version__}.zip",
        "apiDefinition.swagger.json",
        "apiProperties.json",
        NAME,
        "SHA256SUMS",
    ]
    assert [file.name for file in files] == names
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}" for file in files[:-1]]
    assert files[-1].read_text("ascii").splitlines() == sums, "as `sha256sum --check` reads it"
    with zipfile.ZipFile(files[0]) as archive:
        assert "function_app.py" in archive.namelist()


def test_a_release_is_the_same_twice(files: list[Path], tmp_path: Path) -> None:
    assert release(ROOT, tmp_path / "again", PYTHON)[-1].read_bytes() == files[-1].read_bytes()


def test_a_tag_of_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=rf"v9\.9\.9 is not v{__version__}"):
        release(ROOT, tmp_path / "dist", PYTHON, tag="v9.9.9")
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize(
    ("bridge", "changelog", "message"),
    [
        ('__version__ = "1.2.3"\n', "# Changelog\n\n## [1.2.2]\n", r"no heading ## \[1\.2\.3\]"),
        ('__version__ = "1.2"\n', "# Changelog\n", "names no version"),
    ],
    ids=["no entry in the changelog", "half a version"],
)
def test_a_missing_version_or_changelog_entry_stops_it(
    tmp_path: Path, bridge: str, changelog: str, message: str
) -> None:
    (tmp_path / "bridge").mkdir()
    (tmp_path / "bridge" / "__init__.py").write_text(bridge, "utf-8")
    (tmp_path / "CHANGELOG.md").write_text(changelog, "utf-8")
    with pytest.raises(SystemExit, match=message):
        release(tmp_path, tmp_path / "dist", PYTHON)


def test_the_bill_of_materials_has_each_package_of_the_lock_with_its_hashes(files: list[Path]) -> None:
    text = next(file for file in files if file.name == NAME).read_text("utf-8")
    document = json.loads(text)
    lock = (ROOT / "requirements.txt").read_text("utf-8")
    locked = {(name.lower(), version) for name, version in re.findall(r"^([\w.-]+)==([^ ;\\]+)", lock, re.MULTILINE)}
    listed = {(one["name"].lower(), one["version"]) for one in document["components"]}
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert document["metadata"]["component"].items() >= {"name": "obo-saml-bridge", "version": __version__}.items()
    assert len(locked) > 10
    assert listed == locked
    hashes = {entry["content"] for one in document["components"] for entry in one["externalReferences"][0]["hashes"]}
    assert hashes == set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock))
