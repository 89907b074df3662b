"""Chapters hold no result of their own, and all they ask for is there."""

from __future__ import annotations

import re

import pytest

from respml.document.assemble import NOTHING_TO_SAY
from respml.document.words import findings_narrative, spec_narrative, spec_variables
from respml.pipeline.volume import fairness_narrative
from respml.resources import data_folder
from respml.review.narrative import slots
from respml.review.rebuild import REGISTER_PIECES
from respml.review.registers import KINDS
from respml.spec import load_spec
from tests.template.reading import FIXED, FOLDER, anchor, chapters, is_produced, produced, template

INCLUDE = re.compile(r"\{\{<\s*include\s+(\S+)\s*>\}\}")
VARIABLE = re.compile(r"\{\{<\s*var\s+(\S+)\s*>\}\}")
REFERENCE = re.compile(r"(?<![\w`@.])@((?:sec|tbl|fig)-[\w-]+)")
LINK = re.compile(r"\]\(#([\w-]+)\)")
CITATION = re.compile(r"\[-?@(?!sec-|tbl-|fig-)([\w:-]+)[^\]]*\]")
ANCHOR = re.compile(r"\{[^}]*#((?:sec|tbl|fig)-[\w-]+)[^}]*\}")
NOT_PROSE = re.compile(
    r"```.*?```|`[^`]*`|\{\{<.*?>\}\}|\{[^}]*\}|\[-?@[^\]]*\]|@[\w-]+|\]\([^)]*\)|<!--.*?-->", re.DOTALL
)


# F1 and SHA-256 are names
LITERAL = re.compile(r"(?<![\w.])(?<![A-Z]-)\d")


def text_of(path):
    return path.read_text(encoding="utf-8")


def guards(text):
    """Each line with the flags that must be true for it to be seen."""
    open_divs: list[str] = []
    for line in text.splitlines():
        if re.match(r"\s*:{3,}\s*(\{.*\}|\w+)\s*$", line):
            flag = re.search(r'\.content-visible[^}]*when-meta="flags\.([\w.]+)"', line)
            open_divs.append(flag[1] if flag else "")
        elif re.match(r"\s*:{3,}\s*$", line):
            open_divs.pop()
        yield line, frozenset(each for each in open_divs if each)
    assert open_divs == []


@pytest.fixture(scope="module")
def demo():
    return load_spec(data_folder() / "demo").spec


def has(variables, dotted):
    for part in dotted.split("."):
        if not isinstance(variables, dict) or part not in variables:
            return False
        variables = variables[part]
    return True


@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.name)
def test_no_literal_result_stands_in_the_prose(chapter):
    for number, line in enumerate(NOT_PROSE.sub(" ", text_of(chapter)).splitlines(), start=1):
        assert not LITERAL.search(line), f"{chapter.name}, about line {number}: {line.strip()[:100]}"


def test_the_lint_finds_what_it_is_for():
    for text in ("The AUC is 0.78.", "above 5 %", "of 9,054 rows", "−3", "(2)"):
        assert LITERAL.search(NOT_PROSE.sub(" ", text))
    assert not LITERAL.search(
        NOT_PROSE.sub(" ", "F1 SHA-256 `0.5` {{< var a.b2 >}} {#sec-1} [@ecb2019] @tbl-a2 ](#sec-9)")
    )


@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.name)
def test_every_included_file_is_there_or_is_produced(chapter, demo):
    passages = {f"text-{name}" for name in slots(FOLDER)}
    narrative = {*spec_narrative(demo, {}, {}), *findings_narrative([]), *passages, "changes-text"}
    narrative |= {*fairness_narrative(demo, FOLDER), *REGISTER_PIECES, "signoff-previous"}
    for target in INCLUDE.findall(text_of(chapter)):
        if target.startswith("/evidence/"):
            analysis, slug = target.removeprefix("/evidence/").removesuffix(".qmd").split("/")
            if slug == NOTHING_TO_SAY:
                notebook = next(each.notebook for each in template().analyses if each.name == analysis)
                assert "analysis.nothing_to_say(" in text_of(notebook), f"{chapter.name}: {target}"
                continue
            assert is_produced(f"{analysis}.{slug}", "table", "figure", "statement"), f"{chapter.name}: {target}"
        elif target.startswith("/narrative/"):
            assert target.removeprefix("/narrative/").removesuffix(".qmd") in narrative, f"{chapter.name}: {target}"
        else:
            assert (FOLDER / target.lstrip("/")).is_file(), f"{chapter.name}: {target}"


@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.name)
def test_every_variable_is_a_metric_or_comes_from_the_spec(chapter, demo):
    stated = {**spec_variables(demo, "title", {}), "engine": "engine"}
    for name in VARIABLE.findall(text_of(chapter)):
        id = name.removeprefix("interval.")
        known = is_produced(id, "metric") if id.split(".")[0] in produced() else has(stated, id)
        assert known, f"{chapter.name}: {name}"


def test_chapters_are_all_included_once():
    included = INCLUDE.findall(text_of(FOLDER / "report.qmd"))
    assert sorted(included) == sorted(f"chapters/{path.name}" for path in chapters()[1:])


def anchors():
    """Anchor -> the flags it is seen under; the fragments' own stand where they are included."""
    found: dict[str, frozenset[str]] = {}
    for chapter in chapters():
        for line, flags in guards(text_of(chapter)):
            for name in ANCHOR.findall(line):
                found[name] = flags
            for target in INCLUDE.findall(line):
                if target.startswith("/evidence/"):
                    analysis, slug = target.removeprefix("/evidence/").removesuffix(".qmd").split("/")
                    for prefix in ("tbl", "fig"):
                        found[f"{prefix}-{anchor(analysis, slug)}"] = flags
    return found


def unnumbered():
    """Sections without a number, which a cross-reference cannot print."""
    pattern = re.compile(r"\{#(sec-[\w-]+)[^}]*\.unnumbered")
    return {name for chapter in chapters() for name in pattern.findall(text_of(chapter))}


@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.name)
def test_references_resolve_whatever_analysis_is_switched_off(chapter):
    """Where a line is seen, the thing it refers to is seen."""
    known, without_number = anchors(), unnumbered()
    for line, flags in guards(text_of(chapter)):
        for name in [*REFERENCE.findall(line), *LINK.findall(line)]:
            assert name in known, f"{chapter.name}: nothing is called {name}"
            assert known[name] <= flags, f"{chapter.name}: {name} is hidden without {set(known[name] - flags)}"
        for name in REFERENCE.findall(line):
            assert name not in without_number, f"{chapter.name}: {name} has no number to print; write a link"


@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.name)
def test_evidence_of_an_analysis_stands_behind_its_flag(chapter):
    """A switched-off analysis leaves no empty section: what is asked of it is asked where it ran."""
    analyses = {each.name for each in template().analyses}
    for line, flags in guards(text_of(chapter)):
        included = [target.removesuffix(".qmd").split("/") for target in INCLUDE.findall(line)]
        asked = {each[2] for each in included if each[1] == "evidence" and each[3] != NOTHING_TO_SAY}
        ended = {each[2] for each in included if each[-1] == NOTHING_TO_SAY}
        asked |= {name.removeprefix("interval.").split(".")[0] for name in VARIABLE.findall(line)}
        for analysis in asked & analyses:
            assert f"analysis.{analysis}" in flags, f"{chapter.name}: {line.strip()[:100]}"
        for analysis in ended:
            assert f"ended.{analysis}" in flags, f"{chapter.name}: {line.strip()[:100]}"


@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.name)
def test_citations_are_in_the_bibliography(chapter):
    entries = set(re.findall(r"@\w+\{([^,\s]+)", text_of(FOLDER / "references.bib")))
    assert set(CITATION.findall(text_of(chapter))) <= entries


def test_flags_are_about_analyses_checks_or_findings():
    known = {f"{kind}.{each.name}" for each in template().analyses for kind in ("analysis", "ended")}
    known |= {"signed.previous", "register.findings", *(f"register.{kind}" for kind in KINDS)}
    for chapter in chapters():
        for flag in re.findall(r'when-meta="flags\.([\w.]+)"', text_of(chapter)):
            stated = re.match(r"(check\.rml_|findings\.|tier\.|paper\.|changes\.|narrative\.|volume\.)", flag)
            assert flag in known or stated, f"{chapter.name}: {flag}"


def test_anchors_are_unique():
    names = [name for chapter in chapters() for name in ANCHOR.findall(text_of(chapter))]
    assert len(names) == len(set(names))


def test_no_verdicts():
    """No text calls a model compliant, fair or accurate."""
    verdict = re.compile(r"\bis (?:compliant|fair|accurate|unbiased)\b", re.IGNORECASE)
    for chapter in chapters():
        assert not verdict.search(text_of(chapter)), chapter.name


def test_fixed_stages_produce_what_they_are_read_to_produce():
    assert all(produced()[name] for name in FIXED)
