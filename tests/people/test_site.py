"""The pages as a site: every link has a target, and a link without one is reported."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from sandbox.stack import ROOT
from tools.cli.site import build, sources


class Links(HTMLParser):
    """What a page links to, and the anchors it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.anchors |= {name for name in [values.get("id")] if name}
        self.links |= {link for link in [values.get("href")] if link}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    assert build(ROOT, target) == []
    return target


def test_a_browser_finds_every_page_and_anchor(site: Path) -> None:
    read = {file: Links(file.read_text("utf-8")) for file in site.rglob("*.html")}
    assert len(read) == len(sources(ROOT)) > 500
    for file, page in read.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            aim = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            assert aim.is_file(), f"{file}: {link}"
            assert not parts.fragment or unquote(parts.fragment) in read[aim].anchors, f"{file}: {link}"


def test_the_doctor_page_is_in_the_site_if_it_has_been_made(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# One\n", "utf-8")
    (tmp_path / "doctor").mkdir()
    (tmp_path / "doctor" / "index.html").write_text("x", "utf-8")
    assert build(tmp_path, tmp_path / "site", tmp_path / "doctor") == []
    assert "doctor/index.html" in Links((tmp_path / "site" / "index.html").read_text("utf-8")).links
    assert (tmp_path / "site" / "doctor" / "index.html").is_file()


def test_code_and_tables_are_kept(site: Path) -> None:
    text = (site / "docs" / "recipe.html").read_text("utf-8")
    assert "<table>" in text
    assert "{tenant}/oauth2/v2.0/token" in text
    assert "<title>The recipe: write it yourself</title>" in text


def test_links_without_a_target_are_named(tmp_path: Path) -> None:
    wrong = ["gone.md", "there.md#gone", "#gone", "gone.py"]
    links = ", ".join(f"[x]({link})" for link in ["there.md#two", *wrong])
    (tmp_path / "README.md").write_text(f"# One\n\n{links}\n", "utf-8")
    (tmp_path / "there.md").write_text("# Two\n", "utf-8")
    assert build(tmp_path, tmp_path / "site") == [f"README.md: {link}" for link in wrong]
