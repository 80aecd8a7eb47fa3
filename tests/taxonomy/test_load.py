"""Reading YAML into a taxonomy: what is refused, how nodes get their paths, and how they are found."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalverse.errors import TaxonomyError, UnknownName
from evalverse.taxonomy import Stage, Taxonomy, find, load, read


def check(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "statement": f"The statement of {name} is true or it is not.",
        "kind": "right",
        "needs": ["picture"],
        "gate": "Always applies.",
        "anchors": {"0": "It is false.", "0.5": "It is half true.", "1": "It is true."},
        "fix": "Mend it.",
        "prompt_patch": "mended",
    }


def sub(name: str, *checks: str) -> dict[str, Any]:
    summary = f"A summary of {name}."
    return {"id": name, "name": name, "origin": "ours", "summary": summary, "checks": [check(c) for c in checks]}


def dimension(name: str, *subs: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "name": name, "summary": f"A summary of {name}.", "subdimensions": list(subs)}


def aspect(name: str, *dimensions: dict[str, Any]) -> dict[str, Any]:
    summary = f"A summary of {name}."
    return {"id": name, "name": name, "stage": "production", "summary": summary, "dimensions": list(dimensions)}


CAMERA = aspect("camera", dimension("lens", sub("focus", "sharp", "steady"), sub("exposure", "steady-light")))
LIGHT = aspect("light", dimension("lamp", sub("exposure", "bright", "even")), dimension("sun", sub("shade", "soft")))


@pytest.fixture
def read_back(tmp_path: Path) -> Callable[..., Taxonomy]:
    """Writes aspects to files and reads them."""

    def write_and_read(*aspects: dict[str, Any]) -> Taxonomy:
        files = []
        for number, content in enumerate(aspects):
            files.append(tmp_path / f"{number}.yaml")
            files[-1].write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return read(files)

    return write_and_read


Change = Callable[[dict[str, Any]], None]


def in_check(**fields: Any) -> Change:
    return lambda a: a["dimensions"][0]["subdimensions"][0]["checks"][0].update(fields)


def changed(change: Change) -> dict[str, Any]:
    content = deepcopy(CAMERA)
    change(content)
    return content


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.update(colour="red"),
        lambda a: a["dimensions"][0].update(colour="red"),
        lambda a: a["dimensions"][0]["subdimensions"][0].update(colour="red"),
        in_check(colour="red"),
        in_check(when={"colour": "red"}),
        in_check(anchors={**check("x")["anchors"], "colour": "It is red."}),
    ],
    ids=["aspect", "dimension", "sub-dimension", "check", "when", "anchors"],
)
def test_unknown_keys_are_refused(read_back: Callable[..., Taxonomy], change: Change) -> None:
    with pytest.raises(TaxonomyError, match="colour"):
        read_back(changed(change))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (in_check(kind="nice"), "kind"),
        (in_check(needs=[]), "needs"),
        (in_check(needs=["smell"]), "needs"),
        (in_check(fix=" "), "fix"),
        (in_check(prompt_patch=""), "prompt_patch"),
        (in_check(anchors={"0": "It is false.", "1": "It is true."}), "0.5"),
        (in_check(id="Not A Slug"), "id"),
        (in_check(when={"min_shots": 1}), "min_shots"),
        (lambda a: a.update(stage="breakfast"), "stage"),
        (lambda a: a["dimensions"][0]["subdimensions"][0].update(checks=[]), "checks"),
    ],
)
def test_wrong_values_are_refused_by_name(read_back: Callable[..., Taxonomy], change: Change, field: str) -> None:
    with pytest.raises(TaxonomyError, match=field):
        read_back(changed(change))


@pytest.mark.parametrize(
    "aspects",
    [
        (CAMERA, CAMERA),
        (aspect("a", dimension("twice", sub("b", "c")), dimension("twice", sub("d", "e"))),),
        (aspect("a", dimension("b", sub("twice", "c"), sub("twice", "d"))),),
        (aspect("a", dimension("b", sub("c", "twice", "twice"))),),
    ],
    ids=["aspect", "dimension", "sub-dimension", "check"],
)
def test_an_id_occurs_once_under_its_parent(
    read_back: Callable[..., Taxonomy], aspects: tuple[dict[str, Any], ...]
) -> None:
    with pytest.raises(TaxonomyError, match=r"'(twice|camera)' occurs twice"):
        read_back(*aspects)


def test_the_same_id_is_welcome_under_other_parents(read_back: Callable[..., Taxonomy]) -> None:
    paths = [s.path for s in read_back(CAMERA, LIGHT).subdimensions()]
    assert paths == ["camera/lens/focus", "camera/lens/exposure", "light/lamp/exposure", "light/sun/shade"]


@pytest.mark.parametrize("text", ["a: [", "- a list", "", "only words"])
def test_a_file_that_holds_no_aspect_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TaxonomyError, match=r"broken\.yaml"):
        read([file])


def test_every_node_has_the_path_of_its_ids(read_back: Callable[..., Taxonomy]) -> None:
    nodes = read_back(CAMERA, LIGHT).nodes()
    assert {"camera", "camera/lens", "camera/lens/focus", "camera/lens/focus/steady", "light/sun"} <= set(nodes)
    assert len(nodes) == 2 + 3 + 4 + 6
    for path, node in nodes.items():
        assert node.path == path
        assert path.split("/")[-1] == node.id


def test_stage_of_any_depth(read_back: Callable[..., Taxonomy]) -> None:
    taxonomy = read_back(CAMERA, {**LIGHT, "stage": "post-production"})
    assert taxonomy.stage_of("camera/lens/focus/steady") is Stage.PRODUCTION
    assert taxonomy.stage_of("light") is Stage.POST_PRODUCTION


@pytest.mark.parametrize("path", ["camera/lens/focus", "lens/focus", "focus", "/Lens/Focus/"])
def test_find_by_whole_path_or_by_tail(read_back: Callable[..., Taxonomy], path: str) -> None:
    assert find(read_back(CAMERA, LIGHT), path).path == "camera/lens/focus"


def test_find_takes_whole_ids_only(read_back: Callable[..., Taxonomy]) -> None:
    """``light`` is an aspect although a check ends with the same letters, and ``ocus`` is nothing."""
    taxonomy = read_back(CAMERA, LIGHT)
    assert find(taxonomy, "light").path == "light"
    with pytest.raises(UnknownName, match="focus"):
        find(taxonomy, "ocus")


def test_find_names_the_candidates_of_an_ambiguous_tail(read_back: Callable[..., Taxonomy]) -> None:
    taxonomy = read_back(CAMERA, LIGHT)
    with pytest.raises(UnknownName) as caught:
        find(taxonomy, "exposure")
    assert sorted(caught.value.known) == ["camera/lens/exposure", "light/lamp/exposure"]
    assert all(path in str(caught.value) for path in caught.value.known)
    assert find(taxonomy, "lamp/exposure").path == "light/lamp/exposure"


def test_version_follows_content_and_order(read_back: Callable[..., Taxonomy]) -> None:
    version = read_back(CAMERA, LIGHT).version
    assert version == read_back(CAMERA, LIGHT).version
    others = {read_back(LIGHT, CAMERA).version, read_back(changed(in_check(fix="Mend it well.")), LIGHT).version}
    assert len(others | {version}) == 3


def test_the_packaged_trees_are_read_once() -> None:
    assert load("film") is load("film")
    assert load("film").version != load("rightness").version


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("kind: right\n", "kind: right\nkind: good\n", "stands twice"),
        ("checks:\n", "checks:\n- just words\n", "checks"),
        ("kind: right\n", "kind: right\npath: mine\n", "paths are derived"),
    ],
)
def test_a_slip_is_refused_rather_than_dropped(tmp_path: Path, before: str, after: str, told: str) -> None:
    text = yaml.safe_dump(aspect("a", dimension("d", sub("s", "one", "two"))), sort_keys=False)
    indent = next(line for line in text.splitlines(True) if line.strip() + "\n" == before)
    indent = indent[: len(indent) - len(indent.lstrip())]
    mended = after.replace("\n", "\n" + indent).removesuffix(indent)
    (tmp_path / "a.yaml").write_text(text.replace(before, mended, 1), encoding="utf-8")
    with pytest.raises(TaxonomyError, match=told):
        read([tmp_path / "a.yaml"])
