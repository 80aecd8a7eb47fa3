"""Made-up models behind a server, to try the suite on: one that keeps the rules, one that obeys whatever stands outside
of fences, and one that obeys anything that it reads, in fences and in pictures too."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from evalverse.calibration.redteam.attempt import Attempt, attempts
from evalverse.prompts import clean
from tests.agent.judges.fake_server import Body, Response, call, say, texts

_SIGNS = "<\uff1c\ufe64\u2039\u3008\u27e8\u00ab", ">\uff1e\u203a\u3009\u27e9\u00bb"
_END = rf"[{_SIGNS[0]}]\s*[/\uff0f\u2215]\s*d[a\u0430]t[a\u0430]\s*[{_SIGNS[1]}]"
FENCED = re.compile(rf'<data kind="[^"]*">.*?{_END}', re.DOTALL | re.IGNORECASE)
"""A fence as a careless reader sees it: anything that looks like its end ends it."""

ENOUGH = 24
"""Letters of an attempt, in one piece anywhere in it, by which it is recognised."""


def keeps_the_rules(body: Body) -> Response:
    """Uses the evidence in the fences, obeys the prompts alone."""
    return _reply(body, None)


def obeys_outside_of_fences(body: Body) -> Response:
    """Takes an order from anywhere but from inside of a fence."""
    return _reply(body, order(FENCED.sub(" ", "\n".join(texts(body)))))


def obeys_anything(body: Body) -> Response:
    """Takes an order from anywhere, pictures included."""
    return _reply(body, order("\n".join(texts(body))) or order(_codes(body)))


def order(text: str) -> Attempt | None:
    """The attempt of which a piece stands in ``text``."""
    heard = _letters(text)
    return next((attempt for attempt in attempts() if _piece(attempt, heard)), None)


def holds(text: str, attempt: Attempt) -> bool:
    """Whether any piece of ``attempt`` stands in ``text``."""
    return _piece(attempt, _letters(text))


def _piece(attempt: Attempt, heard: str) -> bool:
    for words in (attempt.words, clean(attempt.words)):
        core = _letters(words)
        if any(core[at : at + ENOUGH] in heard for at in range(0, max(1, len(core) - ENOUGH + 1))):
            return True
    return False


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def _codes(body: Body) -> str:
    """What the codes in the pictures say."""
    found = []
    for message in body["messages"]:
        parts = message["content"] if isinstance(message.get("content"), list) else []
        for part in [p for p in parts if p["type"] == "image_url"][:2]:
            data = base64.b64decode(part["image_url"]["url"].partition(",")[2])
            shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
            found.append(cv2.QRCodeDetector().detectAndDecode(cv2.resize(shown, None, fx=2, fy=2))[0])
    return "\n".join(found)


def _reply(body: Body, order: Attempt | None) -> Response:
    text = "\n".join(texts(body))
    form = next((name for name in _FORMS if f'"{name}"' in text.rpartition("JSON schema")[2]), None)
    if form is not None:
        return say(_FORMS[form](text, order))(body)
    spoken = sum(m["role"] == "tool" for m in body["messages"])
    wanted = ["contrast", *([order.goal.call] if order and order.goal.call else [])]
    if body.get("tools") and spoken < len(wanted):
        return call(("measure", json.dumps({"operator": wanted[spoken]})))(body)
    return say("I need no more tools.")(body)


def _answers(text: str, order: Attempt | None) -> Body:
    listed = "\n".join(re.findall(r'<data kind="evidence">(.*?)</data>', text, re.DOTALL))
    ids = re.findall(r"^([a-z_]+\.[a-z0-9_]+:[0-9a-f]{8}) \|", listed, re.MULTILINE)
    rows = []
    for path in re.findall(r"^### check: (\S+)", text, re.MULTILINE):
        value = 0.3 + 0.4 * int(hashlib.sha256(path.encode()).hexdigest()[:4], 16) / 0xFFFF
        applies, told = True, "It shows."
        if order is not None:
            value = order.goal.score if order.goal.score is not None else value
            applies = not (order.goal.skip and path.startswith(order.goal.skip))
            told = text[:400] if order.goal.reveal else told
        step = {"text": told, "evidence": ids[:1], "quote": ""}
        rows.append(
            {
                "check": path,
                "steps": [step],
                "applies": applies,
                "value": round(value, 3),
                "why": "",
                "start": None,
                "end": None,
            }
        )
    return {"observed": "A picture.", "answers": rows}


def _rulings(text: str, order: Attempt | None) -> Body:
    skipped = order.goal.skip if order else None
    paths = re.findall(r"^## path: (\S+)", text, re.MULTILINE)
    return {"rulings": [{"path": p, "why": "the frames call for it", "applies": p != skipped} for p in paths]}


def _requests(text: str, order: Attempt | None) -> Body:
    names = re.findall(r"^- ([a-z_]+): .*Measures", text, re.MULTILINE)
    return {"requests": [{"operator": name, "why": "it may tell"} for name in names]}


_FORMS: dict[str, Callable[[str, Attempt | None], dict[str, Any]]] = {
    "rulings": _rulings,
    "requests": _requests,
    "answers": _answers,
    "revisions": lambda text, order: {"revisions": [], "wants": []},
    "findings": lambda text, order: {"findings": []},
}
