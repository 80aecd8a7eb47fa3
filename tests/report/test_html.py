"""The page: complete, harmless, reachable by links, readable in light and dark."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from evalverse.report.html import html
from evalverse.report.model import State
from tests.report._example import ARABIC, HOSTILE, LONG, SCRIPT, Example, make

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Elements with their attributes, the text in them, and whether every element is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.script = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.script += data
        elif not (self.open and self.open[-1] == "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def rendered(example: Example) -> Page:
    return Page(html(example.report, example.ledger))


@pytest.fixture(params=["full", "no picture", "no sound", "nothing"])
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Page:
    """The page of a clip with everything, of sound alone, of picture alone, and of a report that found nothing."""
    changes: dict[str, dict[str, Any]] = {
        "full": {},
        "no picture": {"picture_stream": False},
        "no sound": {"sound": False},
        "nothing": {"verdicts": (), "findings": (), "skipped": (), "evidence": (), "shots": (), "notes": ()},
    }
    return rendered(make(tmp_path, **changes[request.param]))


def test_every_element_is_closed_and_every_id_is_one(page: Page) -> None:
    assert page.open == []
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))


def test_links_lead_somewhere_in_the_page(page: Page) -> None:
    ids = {a["id"] for _, a in page.elements if "id" in a}
    links = [a["href"] for a in page.all("a")]
    assert links and all(link.startswith("#") and link[1:] in ids for link in links)


def test_nothing_is_fetched_and_nothing_of_the_clip_is_run(page: Page) -> None:
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("src", "srcset", "data", "action", "poster", "xlink:href"):
            assert attributes.get(name, "data:image/jpeg").startswith("data:image/jpeg"), (tag, name)
    assert {tag for tag, _ in page.elements} & {"iframe", "object", "embed", "link", "base", "form"} == set()
    assert len(page.all("script")) == 1 and "alert(" not in page.script


def test_the_policy_of_the_page_allows_its_own_script_and_no_other(page: Page) -> None:
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    digest = b64encode(sha256(page.script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy


def test_hostile_text_is_shown_as_text(tmp_path: Path) -> None:
    page = rendered(make(tmp_path))
    assert page.text.count(SCRIPT) >= 5, "prompt, title, step, fix and tag of the file are shown as they are"
    assert LONG in page.text and ARABIC in page.text
    unseen = [c for c in HOSTILE if c in "\x1b\u202e"]
    assert len(unseen) == 2 and not any(c in page.text for c in unseen)


def test_pictures_are_described(tmp_path: Path) -> None:
    pictures = rendered(make(tmp_path)).all("img")
    assert len(pictures) >= 8 and all(p["alt"].strip() for p in pictures)


def test_problems_come_before_strengths_worst_first(tmp_path: Path) -> None:
    text = rendered(make(tmp_path)).text
    titles = ["Brightness flickers through", "[a](http://b)", "cut before it is read", "The subject stays sharp"]
    found = text[text.index("Findings Problems") :]
    places = [found.index(title) for title in titles]
    assert places == sorted(places)


def test_a_doubt_is_marked_and_a_missing_source_is_named(tmp_path: Path) -> None:
    text = rendered(make(tmp_path)).text
    assert "Doubtful 7 is not in the ledger" in text and "gone:0 is not in the ledger" in text


def test_every_state_is_told_with_its_reason(tmp_path: Path) -> None:
    example = make(tmp_path)
    text = rendered(example).text
    for verdict in example.report.verdicts:
        assert verdict.name.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd") in text
        if verdict.state is not State.SCORED:
            assert verdict.why in text
    assert "2 of 5 checks answered" in text and "0.10–0.64" in text
    assert "not measured no face stays in view for a second" in text
    assert "To enable choose a judge that sees: --judge local" in text


def test_curves_share_one_axis_and_shade_what_rests_on_them(tmp_path: Path) -> None:
    page = rendered(make(tmp_path))
    plots = [a for a in page.all("svg") if a.get("class") == "plot"]
    assert [a["aria-label"].split(" over ")[0] for a in plots] == [
        "Flicker of brightness",
        "Sharpness of the subject",
        "Mean brightness",
        "Loudness",
    ]
    shades = [a for a in page.all("rect") if a.get("class", "").startswith("shade")]
    flicker = next(a for a in shades if a["class"] == "shade problem" and float(a["width"]) > 100)
    assert float(flicker["x"]) == pytest.approx(1000 * 5 / 12, abs=0.01)
    assert float(flicker["width"]) == pytest.approx(1000 * 1.5 / 12, abs=0.01)


def test_a_clip_without_picture_has_no_strip(tmp_path: Path) -> None:
    page = rendered(make(tmp_path, picture_stream=False))
    assert "no picture" in page.text and not page.all("img")
    assert not [a for _, a in page.elements if a.get("class") == "strip"]


def luminance(colour: str) -> float:
    """Relative luminance of '#rrggbb' (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_stands_out_from_its_ground(scheme: int) -> None:
    """WCAG 2.2, 1.4.3 (AA): at least 4.5 to 1."""
    css = files("evalverse.report").joinpath("templates", "style.css").read_text(encoding="utf-8")
    block = re.findall(r":root\s*{(.*?)}", css, re.DOTALL)[scheme]
    colour = {k: v if len(v) == 7 else "#" + "".join(2 * c for c in v[1:])
              for k, v in re.findall(r"--([\w-]+): (#[0-9a-f]+)", block)}  # fmt: skip
    pairs = [(ink, ground) for ink in ("ink", "muted", "accent") for ground in ("paper", "card", "soft")]
    for ink, ground in [*pairs, ("on-accent", "accent")]:
        light, dark = sorted((luminance(colour[ink]), luminance(colour[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def test_measured_credibility_stands_beside_its_verdict(tmp_path: Path) -> None:
    example = make(tmp_path)
    told = [v.credibility for v in example.report.verdicts if v.credibility != "not measured"]
    page = html(example.report, example.ledger)
    assert len(told) == 1
    assert f'<span class="credible" dir="auto">{told[0]}</span></summary>' in page
    assert "it was not measured" in page
