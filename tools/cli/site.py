"""`dist/site/`: the pages as a static site, with checked links. `dev.py docs --serve` makes and opens it."""

from __future__ import annotations

import html
import re
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path, PurePosixPath
from posixpath import normpath

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
SITE = ROOT / "dist" / "site"
DOCTOR = ROOT / "dist" / "doctor"
STYLE = """
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.55 system-ui, sans-serif }
h1, p, li { overflow-wrap: anywhere }
pre, code { font: 0.9em ui-monospace, monospace; background: #8881 }
pre { padding: 0.8rem; overflow-x: auto } pre code { background: none }
table { border-collapse: collapse; display: block; overflow-x: auto }
td, th { border: 1px solid #8886; padding: 0.3rem 0.6rem; vertical-align: top; text-align: left }
nav { border-bottom: 1px solid #8886; padding-bottom: 0.6rem } :root { color-scheme: light dark }
"""
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="stylesheet" href="{up}style.css">
<nav>{nav}</nav>
{body}
</html>
"""
NAV = (
    ("Start", "README.md"),
    ("You already have", "docs/you-already-have.md"),
    ("Stuck", "docs/troubleshooting.md"),
    ("Connector", "docs/connector.md"),
    ("Workday", "docs/workday.md"),
    ("Deploy", "docs/deploy.md"),
    ("Recipe", "docs/recipe.md"),
    ("Approval", "docs/approval.md"),
)


def sources(root: Path) -> list[PurePosixPath]:
    """Every page, by its path in the project."""
    patterns = ("*.md", "docs/**/*.md", "openapi/*.md", "examples/**/*.md")
    found = {file.relative_to(root) for pattern in patterns for file in root.glob(pattern)}
    return [PurePosixPath(path.as_posix()) for path in sorted(found)]


def place(page: PurePosixPath) -> PurePosixPath:
    """The path of a page in the site: README is its folder's index."""
    return page.with_name("index.html" if page.name == "README.md" else f"{page.stem}.html")


def build(root: Path, target: Path, doctor: Path | None = None) -> list[str]:
    """Write the site, with the doctor page if its folder is given. Returns the broken links as `page: link`."""
    shutil.rmtree(target, ignore_errors=True)
    pages, anchors, links = sources(root), dict[str, set[str]](), list[tuple[str, str]]()
    for page in pages:
        tokens = _parser().parse((root / page).read_text("utf-8"))
        anchors[str(page)] = set(_headings(tokens))
        text = _parser().renderer.render(list(_linked(tokens, page, pages, links, root, target)), _parser().options, {})
        anchors[str(page)] |= set(re.findall(r'<a id="([^"]+)"', text))
        _write(target, page, _title(tokens), text, with_doctor=doctor is not None)
    if doctor:
        shutil.copytree(doctor, target / "doctor")
    (target / "style.css").write_text(STYLE, "utf-8")
    return [f"{page}: {link}" for page, link in links if not _leads_somewhere(page, link, anchors, root)]


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("table")


def _headings(tokens: list[Token]) -> Iterator[str]:
    """The anchors of the headings, as GitHub makes them; each heading gets its anchor as id."""
    seen: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            text = "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))
            slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            number = seen.get(slug, 0)
            seen[slug] = number + 1
            token.attrSet("id", f"{slug}-{number}" if number else slug)
            yield str(token.attrGet("id"))


def _title(tokens: list[Token]) -> str:
    return next((token.content for token in tokens if token.type == "inline"), "").replace("`", "")


def _linked(
    tokens: list[Token],
    page: PurePosixPath,
    pages: list[PurePosixPath],
    links: list[tuple[str, str]],
    root: Path,
    target: Path,
) -> Iterator[Token]:
    """The tokens, their links changed to the site's pages. Other files that a page links to are copied to the site."""
    for token in tokens:
        for child in token.children or ():
            link = str(child.attrGet("href") or "")
            if not link or link.startswith(("https://", "http://", "mailto:")):
                continue
            links.append((str(page), link))
            file, _, anchor = link.partition("#")
            aim = PurePosixPath(normpath(page.parent / file)) if file else page
            if aim in pages and file:
                child.attrSet("href", f"{PurePosixPath(file).parent / place(aim).name}{'#' if anchor else ''}{anchor}")
            elif file and (root / aim).is_file():
                (target / aim).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(root / aim, target / aim)
        yield token


def _leads_somewhere(page: str, link: str, anchors: dict[str, set[str]], root: Path) -> bool:
    file, _, anchor = link.partition("#")
    aim = normpath(PurePosixPath(page).parent / file) if file else page
    return anchor in anchors[aim] or not anchor if aim in anchors else not anchor and (root / aim).is_file()


def _write(target: Path, page: PurePosixPath, title: str, body: str, *, with_doctor: bool) -> None:
    file = target / place(page)
    file.parent.mkdir(parents=True, exist_ok=True)
    up = "../" * (len(page.parts) - 1)
    aims = [(name, str(place(PurePosixPath(aim)))) for name, aim in NAV]
    aims += [("Explain an error here", "doctor/index.html")] if with_doctor else []
    nav = " · ".join(f'<a href="{up}{aim}">{name}</a>' for name, aim in aims)
    file.write_text(PAGE.format(title=html.escape(title), up=up, nav=nav, body=body), "utf-8", newline="\n")


def main() -> int:
    """Write the site, with the doctor page if it has been made. Exit status 1 if a link is broken."""
    broken = build(ROOT, SITE, DOCTOR if DOCTOR.is_dir() else None)
    print(f"dist/site/: {sum(1 for _ in SITE.rglob('*.html'))} pages", *broken, sep="\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
