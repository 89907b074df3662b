"""The running text of an assembled project."""

from __future__ import annotations

from respml.review.document_text import document_text


def write(project, text, flags="flags: {}\n", **files):
    project.mkdir()
    (project / "report.qmd").write_text(text)
    (project / "_flags.yml").write_text(flags)
    (project / "_variables.yml").write_text(
        '{"a": {"auc": "[0\\\\.78]{.metric data-id=\\"a.auc\\"}"}, "interval": {"a": {"auc": "[0\\\\.78]{.metric}"}}}'
    )
    for name, content in files.items():
        path = project / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".qmd").write_text(content)
    return document_text(project)


def test_paragraphs_know_their_section_their_words_and_what_they_cite(tmp_path):
    found = write(
        tmp_path / "p",
        "# Data {#sec-data}\n\nThe AUC is {{< var a.auc >}}\\,\nit says.\n\n- **one**\n- two\n\n## Sub\n\nLast.\n",
    )
    assert [(each.section, each.text) for each in found] == [
        ("sec-data", "Data"),
        ("sec-data", "The AUC is 0.78, it says."),
        ("sec-data", "one"),
        ("sec-data", "two"),
        ("sec-data:Sub", "Sub"),
        ("sec-data:Sub", "Last."),
    ]
    assert found[1].words == "The AUC is #, it says."
    assert found[1].cites == ("a.auc",)


def test_only_what_is_shown_counts(tmp_path):
    text = (
        '::: {.content-visible when-meta="flags.x"}\nshown\n:::\n\n'
        ':::: {.content-hidden when-meta="flags.x"}\n::: {.inner}\nhidden\n:::\n::::\n\n'
        '::: {.content-visible when-meta="flags.y.z"}\nabsent\n:::\n\n'
        ":::: {#tbl-a .b}\n| a | b |\n|---|---|\n\ncaption\n::::\n\n![figure](/a.svg){#fig-a}\n\nend\n"
    )
    assert [each.text for each in write(tmp_path / "p", text, "flags: {x: true}\n")] == ["shown", "end"]


def test_the_appendix_on_changes_and_findings_are_left_out(tmp_path):
    found = write(
        tmp_path / "p",
        "{{< include chapters/changes.qmd >}}\n\n{{< include narrative/findings.qmd >}}\n\n"
        "{{< include /evidence/disclosure/result.qmd >}}\n\n{{< include /narrative/text-changes.qmd >}}\n\nkept\n",
        evidence__disclosure__result="scanned\n",
        chapters__changes="# What changed {#sec-changes}\n\n{{< include /evidence/changes/verdict.qmd >}}\n",
        evidence__changes__verdict="verdict\n",
        narrative__findings="finding\n",
        **{"narrative__text-changes": "words on the comparison\n"},
    )
    assert [each.text for each in found] == ["kept"]


def test_a_passage_is_of_its_chapter_and_its_mark_is_not_part_of_its_words(tmp_path):
    passage = ":::: {.narrative}\n::: {.stale-mark}\n**Not accepted**\\.\n:::\n\nWe like it.\n::::\n"
    found = write(
        tmp_path / "p",
        "# Data {#sec-data}\n\n## Leakage {#sec-leak}\n\nNone.\n\n{{< include /narrative/text-data.qmd >}}\n\nAfter.\n",
        **{"narrative__text-data": passage},
    )
    assert [(each.section, each.title, each.text) for each in found[2:]] == [
        ("sec-leak", "Leakage", "None."),
        ("sec-data:own", "Data, in the institution's own words", "We like it."),
        ("sec-leak", "Leakage", "After."),
    ]


def test_a_run_without_a_document_has_no_text(tmp_path):
    assert document_text(tmp_path) == ()


def test_how_much_of_a_table_is_printed_is_not_part_of_the_words(tmp_path):
    shortened = "The first 6 of 1,008 rows\\; all are in evidence/a\\_b/c\\.csv of this version's folder\\."
    note = f"Intervals are Wilson's\\. {shortened}"
    (tmp_path / "report.qmd").write_text(f"# One {{#sec-one}}\n\n::: {{.table-note}}\n{note}\n:::\n")
    assert [each.text for each in document_text(tmp_path)] == ["One", "Intervals are Wilson's."]
