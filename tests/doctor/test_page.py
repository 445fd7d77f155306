"""What the page promises its readers, in a real browser: nothing leaves it, and everybody can read it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

from tests.doctor.browser import LOADING_SECONDS
from tests.doctor.conftest import NOW, Page, _Logging
from tests.support.tokens import BRIDGE, good
from tools.doctor.presets import POWER_AUTOMATE

TOKEN = good(1, aud=f"api://{BRIDGE}/", iat=NOW - 10, nbf=NOW - 10, exp=NOW + 3600)
EXPECTED = f"#api=api&aud=api://{BRIDGE}&scp=access_as_user"
TAB, ENTER, CONTROL = ("Tab", 9), ("Enter", 13), 2
PASTES = (TOKEN, "AADSTS50105", "api://x//.default", "<samlp:Response/>", '{"aud": "x"}', "the cat sat on the mat")


@pytest.fixture
def fresh(page: Page) -> Page:
    """The page with nothing expected and nothing pasted."""
    page.browser.screen(900, 900)
    page.expect("")
    page.browser.run("document.getElementById('clear').click()")
    page.browser.run("search.value = ''; search.dispatchEvent(new Event('input'))")
    page.browser.events.clear()
    return page


@pytest.fixture
def closing(page: Page) -> Iterator[Page]:
    """The page, for a test that leaves it closed; it is loaded anew afterwards."""
    yield page
    page.open()


class TestNothingLeaves:
    @pytest.fixture
    def elsewhere(self, page: Page) -> Iterator[tuple[str, list[str]]]:
        """Another site: its address, and the requests that it got."""
        log = list[str]()
        with ThreadingHTTPServer(("127.0.0.1", 0), lambda *reported: _Logging(log, *reported)) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://localhost:{server.server_address[1]}/", log
            server.shutdown()

    def test_loading_asks_the_pages_own_folder_alone_and_each_file_once(self, page: Page) -> None:
        page.browser.events.clear()
        page.requests.clear()
        page.open()
        assert page.browser.run("document.activeElement.id") == "input"
        asked = [
            reported["request"]["url"] for name, reported in page.browser.events if name == "Network.requestWillBeSent"
        ]
        assert {url for url in asked if not url.startswith((page.address, "about:", "data:"))} == set()
        assert len(page.requests) == len(set(page.requests))

    def test_no_request_follows_a_paste(self, fresh: Page) -> None:
        fresh.requests.clear()
        for text in PASTES:
            assert fresh.paste(text)["state"]
        fresh.expect(EXPECTED)
        fresh.browser.run("document.getElementById('to-privacy').click()")
        assert fresh.browser.run("location.hash") == EXPECTED
        fresh.browser.run("document.getElementById('copy-share').click()")
        fresh.browser.run("new Promise(done => setTimeout(done, 500))")
        sent = [
            reported
            for name, reported in fresh.browser.events
            if name.startswith(("Network.request", "Network.webSocket"))
        ]
        assert (fresh.requests, sent) == ([], [])

    @pytest.mark.parametrize(
        "attempt",
        [
            "fetch(URL)",
            "fetch(URL, {mode: 'no-cors', method: 'POST', body: 'x'})",
            "new Promise((yes, no) => { const r = new XMLHttpRequest(); r.onload = yes; r.onerror = no; "
            "r.open('GET', URL); r.send(); })",
            "new Promise((yes, no) => { const s = new WebSocket(URL.replace('http', 'ws')); "
            "s.onopen = yes; s.onerror = no; })",
            "new Promise((yes, no) => { const s = new EventSource(URL); s.onopen = yes; s.onerror = no; })",
            "navigator.sendBeacon(URL, 'x')",
            "import(URL)",
            "add('img', {src: URL})",
            "add('link', {rel: 'stylesheet', href: URL})",
            "add('link', {rel: 'prefetch', href: URL})",
            "add('iframe', {src: URL})",
            "add('video', {src: URL})",
            "add('form', {action: URL, method: 'post'}).then(form => form.submit())",
            "(document.body.style.backgroundImage = `url(${URL})`, new Promise(done => setTimeout(done, 300)))",
            "new Promise((yes, no) => { const w = new Worker(URL); w.onmessage = yes; w.onerror = no; })",
            "add('script', {src: URL})",
        ],
        ids=lambda text: text[:40],
    )  # fmt: skip
    def test_the_browser_refuses_whatever_the_page_would_try(
        self, page: Page, elsewhere: tuple[str, list[str]], attempt: str
    ) -> None:
        address, log = elsewhere
        page.requests.clear()
        page.browser.events.clear()
        add = (
            "(name, all) => new Promise(done => { const e = Object.assign(document.createElement(name), all); "
            "document.body.append(e); setTimeout(() => done(e), 300); })"
        )
        for target in (address, page.address):
            call = (
                f"(async () => {{ const URL = '{target}leak'; const add = {add}; await {attempt}; }})().catch(String)"
            )
            page.browser.run(call)
        assert (page.requests, log) == ([], [])
        assert page.rejected_loads() or "Trusted" in str(page.browser.run(call))

    def test_nothing_is_kept(self, fresh: Page) -> None:
        for text in PASTES:
            fresh.paste(text)
        kept = fresh.browser.run(
            "Promise.all([indexedDB.databases(), caches.keys(), navigator.serviceWorker.getRegistrations()])"
            ".then(found => [localStorage.length, sessionStorage.length, document.cookie, ...found.flat()])"
        )
        assert kept == [0, 0, ""]

    def test_the_address_holds_what_the_api_expects_and_never_a_paste(self, fresh: Page) -> None:
        fresh.open(f"{EXPECTED}&text=AADSTS50105&input=AADSTS50105&nonsense=1")
        assert fresh.browser.run("[input.value, preset.value, document.querySelector('[name=aud]').value]") == [
            *("", "api", f"api://{BRIDGE}"),
        ]
        fresh.paste(TOKEN)
        assert TOKEN[:20] not in fresh.browser.run("location.href")

    def test_a_page_that_could_not_be_locked_stays_closed(self, closing: Page) -> None:
        script = "HTMLHeadElement.prototype.append = () => {};"
        number = closing.browser.send("Page.addScriptToEvaluateOnNewDocument", source=script)["identifier"]
        closing.browser.open(closing.address)
        closing.browser.wait("document.getElementById('progress')?.hidden === true", seconds=LOADING_SECONDS)
        closing.browser.send("Page.removeScriptToEvaluateOnNewDocument", identifier=number)
        assert "stays closed" in closing.browser.run("stage.textContent")
        assert closing.browser.run("desk.hidden") is True


class TestWhenItCannotLoad:
    def test_a_missing_file_is_reported(self, closing: Page) -> None:
        (closing.folder / "explain.zip").rename(closing.folder / "away")
        closing.browser.open(closing.address)
        closing.browser.wait("document.getElementById('progress')?.hidden === true", seconds=LOADING_SECONDS)
        (closing.folder / "away").rename(closing.folder / "explain.zip")
        said = closing.browser.run("stage.textContent")
        assert "explain.zip: 404" in said
        assert "Reload" in said

    def test_a_page_opened_as_a_file_says_how_to_open_it(self, closing: Page) -> None:
        closing.browser.open((closing.folder / "index.html").as_uri())
        closing.browser.wait("document.getElementById('progress')?.hidden === true", seconds=LOADING_SECONDS)
        assert "python3 -m http.server" in closing.browser.run("stage.textContent")


class TestTheVerdict:
    def test_it_comes_first_then_the_difference_the_steps_and_the_claims(self, fresh: Page) -> None:
        fresh.expect(EXPECTED)
        fresh.paste(TOKEN)
        order = fresh.browser.run(
            "['#verdict h2', '#verdict .compared', '#verdict ol', '#claims'].map(s => "
            "document.querySelector(s).getBoundingClientRect().top)"
        )
        assert order == sorted(order)
        assert fresh.browser.run("[...document.querySelectorAll('mark')].map(m => m.textContent)") == ["/", "(end)"]

    def test_the_differing_character_is_found_beyond_the_first_plane(self, fresh: Page) -> None:
        fresh.expect("#api=api&aud=https://x.example/%F0%9F%90%88a")
        fresh.paste(good(1, aud="https://x.example/\N{CAT}b", exp=NOW + 60, iat=NOW, nbf=NOW))
        assert fresh.browser.run("[...document.querySelectorAll('mark')].map(m => m.textContent)") == ["b", "a"]

    def test_what_was_pasted_never_becomes_markup(self, fresh: Page) -> None:
        fresh.expect("#api=api&aud=%3Cb%3Ex")
        for text in (
            "<img src=x onerror=alert(1)>",
            good(1, aud="<img src=x>", exp=NOW + 60),
            "\ud800 AADSTS50105 \udfff",
        ):
            fresh.paste(text)
            assert fresh.browser.run("document.querySelectorAll('#verdict img, #claims img, #fields b').length") == 0
        assert fresh.browser.run("verdict.dataset.code") == "aadsts_50105"

    def test_a_long_paste_is_read_to_a_million_characters(self, fresh: Page) -> None:
        assert "1,000,000" in fresh.paste("x" * 1_200_000)["notes"][0]

    def test_what_is_not_known_is_shown_with_what_to_try(self, fresh: Page) -> None:
        seen = fresh.paste("the cat sat on the mat")
        assert (seen["state"], seen["titles"], len(seen["steps"])) == (
            "unknown",
            ["Not known: This is not known here"],
            3,
        )

    def test_an_emptied_box_has_no_verdict(self, fresh: Page) -> None:
        fresh.paste("AADSTS50105")
        assert (fresh.paste("  ")["code"], fresh.browser.run("verdict.hidden && actions.hidden && claims.hidden")) == (
            "",
            True,
        )

    def test_the_presets_fill_in_what_is_the_same_everywhere(self, fresh: Page) -> None:
        fresh.browser.run("preset.value = 'flow'; preset.dispatchEvent(new Event('change'))")
        assert fresh.browser.run("document.querySelector('[name=aud]').value") == POWER_AUTOMATE
        assert (
            fresh.paste(good(1, aud=POWER_AUTOMATE[:-1], exp=NOW + 60, iat=NOW, nbf=NOW))["code"]
            == "audience_trailing_slash"
        )

    def test_a_dropped_file_is_read_like_a_paste(self, fresh: Page) -> None:
        for content in (
            "new TextEncoder().encode('AADSTS50105')",
            "new Uint8Array([255, 254, ...[...'AADSTS50105'].flatMap(c => [c.charCodeAt(0), 0])])",
        ):
            fresh.paste("")
            fresh.browser.run(
                "(() => { const all = new DataTransfer(); "
                f"all.items.add(new File([{content}], 'a.txt')); "
                "dispatchEvent(new DragEvent('drop', {dataTransfer: all, cancelable: true})); })()"
            )
            fresh.browser.wait("verdict.dataset.code === 'aadsts_50105'")

    def test_a_code_is_found_by_its_words_and_explained(self, fresh: Page) -> None:
        for words, first, code in (
            ("50105", "AADSTS50105", "aadsts_50105"),
            ("consent missing", "AADSTS65001", "aadsts_65001"),
            ("client_not_allowed", "client_not_allowed", "client_not_allowed"),
        ):
            fresh.browser.run(f"search.value = '{words}'; search.dispatchEvent(new Event('input'))")
            assert first in fresh.browser.run("codes.querySelector('button').textContent")
            fresh.browser.run("codes.querySelector('button').click()")
            assert fresh.browser.run("verdict.dataset.code") == code


class TestCopying:
    @pytest.fixture
    def allowed(self, fresh: Page) -> Page:
        for permission in ("clipboard-read", "clipboard-write"):
            setting = {"permission": {"name": permission}, "setting": "granted"}
            fresh.browser.send("Browser.setPermission", **setting, origin=fresh.address.rstrip("/"))
        return fresh

    def test_for_a_forum_no_token_name_or_whole_id_is_copied(self, allowed: Page) -> None:
        allowed.expect(EXPECTED)
        allowed.paste(TOKEN)
        allowed.browser.run("document.getElementById('copy-share').click()")
        allowed.browser.wait("document.getElementById('copy-share').textContent === 'Copied'")
        copied = allowed.browser.run("navigator.clipboard.readText()")
        assert "(audience_trailing_slash)" in copied
        assert copied == allowed.browser.run("share.textContent")
        assert not [word for word in (TOKEN[:20], BRIDGE, "adele", "--share") if word in copied]

    def test_without_the_clipboard_the_text_is_selected(self, fresh: Page) -> None:
        fresh.paste("AADSTS50105")
        fresh.browser.run("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
        fresh.browser.run("document.getElementById('copy-share').click()")
        fresh.browser.wait("getSelection().toString().includes('aadsts_50105')")
        fresh.browser.run("delete navigator.clipboard.writeText")

    def test_a_link_with_the_expectations_brings_them_back(self, allowed: Page) -> None:
        allowed.expect("#api=mcp&aud=https://mcp.contoso.example/a%20https://mcp.contoso.example/b&scp=tools.read")
        allowed.paste(TOKEN)
        allowed.browser.run("document.getElementById('copy-link').click()")
        allowed.browser.wait("document.getElementById('copy-link').textContent === 'Copied'")
        link = allowed.browser.run("navigator.clipboard.readText()")
        assert TOKEN[:20] not in link
        allowed.open("#" + link.partition("#")[2])
        values = allowed.browser.run("[...fields.querySelectorAll('input')].map(box => box.value)")
        assert values == ["https://mcp.contoso.example/a https://mcp.contoso.example/b", "", "tools.read"]


class TestEverybody:
    STATES = ("", *PASTES, "https://" + "x" * 400, "eyJ" + "a" * 300)

    @pytest.mark.parametrize("text", STATES, ids=lambda text: text[:12] or "empty")
    def test_at_320_pixels_nothing_scrolls_sideways(self, page: Page, text: str) -> None:
        page.browser.screen(320, 640)
        page.expect(EXPECTED)
        page.browser.run("expected.open = true; search.value = 'a'; search.dispatchEvent(new Event('input'))")
        page.paste(text)
        page.browser.run("document.getElementById('copy-share').click()")
        assert page.browser.run("document.documentElement.scrollWidth") <= 320
        wide = page.browser.run(
            "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 320.5 "
            "&& !e.closest('.unseen, option, textarea')).map(e => e.outerHTML.slice(0, 80))"
        )
        assert wide == []

    @pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
    def test_text_has_contrast(self, page: Page, dark: bool) -> None:
        """WCAG 2.2, 1.4.3: 4.5 to 1, also for the smallest text."""
        page.browser.screen(900, 900, dark=dark)
        page.expect(EXPECTED)
        low, backgrounds = [], set()
        for text in PASTES:
            page.paste(text)
            for colour, background, words in page.browser.run(_COLOURS):
                backgrounds.add(tuple(background))
                if _contrast(colour, background) < 4.5:
                    low.append((words, colour, background))
        assert low == []
        assert (sum(min(backgrounds)) < 120) == dark or (sum(max(backgrounds)) > 700) != dark

    def test_a_sign_and_a_word_tell_what_the_colour_tells(self, page: Page) -> None:
        page.expect("")
        words = {text: page.paste(text)["titles"][0] for text in ("AADSTS50105", "api://x/.default", "the cat sat on")}
        assert [title.partition(":")[0] for title in words.values()] == ["Problem", "Fine", "Not known"]
        page.paste(TOKEN.replace("\n", ""))
        page.expect(EXPECTED)
        assert "Decisive: aud" in page.browser.run("[...claims.querySelectorAll('dt')].map(e => e.textContent).join()")

    def test_with_the_keyboard_alone(self, fresh: Page) -> None:
        browser = fresh.browser
        browser.run("input.focus()")
        browser.insert("AADSTS50105")
        browser.press(*ENTER, modifiers=CONTROL)
        browser.wait("document.activeElement.id === 'verdict'")
        reached = list[str]()
        while "search" not in reached:
            browser.press(*TAB)
            seen: list[Any] = browser.run(
                "(e => [e.id || e.tagName, getComputedStyle(e).outlineStyle])(document.activeElement)"
            )
            assert seen[1] != "none", seen
            reached.append(seen[0])
            assert len(reached) < 15, reached
        assert reached == ["PRE", "copy-share", "clear", "search"] or reached == ["copy-share", "clear", "search"]
        browser.insert("50013")
        browser.press(*TAB)
        browser.press(*ENTER, text="\r")
        browser.wait("verdict.dataset.code.startsWith('aadsts_50013')")
        assert browser.run("document.activeElement.id") == "verdict"

    def test_every_control_has_a_name_and_a_screen_reader_hears_the_verdict(self, fresh: Page) -> None:
        fresh.expect(EXPECTED)
        title = fresh.paste(TOKEN)["titles"][0].removeprefix("Problem: ")
        fresh.browser.run("expected.open = true")
        nodes = fresh.browser.send("Accessibility.getFullAXTree")["nodes"]
        controls = {"textbox", "searchbox", "button", "combobox", "link", "DisclosureTriangle"}
        named = [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in nodes
            if not node["ignored"] and node.get("role", {}).get("value") in controls
        ]
        assert {name for _, name in named} >= {"Audience", "Scope", "What does your API expect?", "Look up a code"}
        assert [role for role, name in named if not name.strip()] == []
        live = fresh.browser.run("[announcer.getAttribute('aria-live'), announcer.textContent]")
        assert live == ["polite", f"Access token or other JWT. Problem: {title}."]

    def test_headings_are_in_order(self, fresh: Page) -> None:
        fresh.paste("AADSTS50105")
        levels = fresh.browser.run("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


_COLOURS = """(() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const background = element => {
    for (; element; element = element.parentElement) {
      const colour = parse(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('body *')]
    .filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => [parse(getComputedStyle(e).color).slice(0, 3), background(e), e.textContent.slice(0, 30)]);
})()"""


def _contrast(one: list[float], other: list[float]) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: list[float]) -> float:
    """WCAG's relative luminance of an sRGB colour, 0 to 255 each."""
    parts = [value / 255 for value in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
