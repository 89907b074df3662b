"""Limitations and assumptions: what the spec states is added, what people wrote stays."""

from __future__ import annotations

from datetime import date

import pytest

from respml.errors import InputError
from respml.resources import data_folder
from respml.review.register_words import entries_words
from respml.review.registers import KINDS, entry_id, expired, plan_register, read_register
from respml.spec import load_spec

AS_OF = date(2026, 9, 30)


def sync(folder, lines, version="1.0.0"):
    change = plan_register(folder, "assumptions", lines, version, AS_OF)
    change.write()
    return change


def test_lines_of_the_spec_become_entries_once(tmp_path):
    assert sync(tmp_path, ["Rates are stable"]).done == (f"{entry_id('assumptions', 'Rates are stable')}: stated",)
    before = (tmp_path / "assumptions.yml").read_bytes()
    assert sync(tmp_path, ["Rates are stable"]).done == ()
    assert (tmp_path / "assumptions.yml").read_bytes() == before


def test_what_people_wrote_stays_when_lines_come_and_go(tmp_path):
    own = "# ours\n- id: A-own\n  text: Prices hold   # told by sales\n  review_by: 2026-01-01\n  ticket: 7\n"
    (tmp_path / "assumptions.yml").write_text(own)
    sync(tmp_path, ["Rates are stable"])
    sync(tmp_path, [], "1.1.0")
    text = (tmp_path / "assumptions.yml").read_text()
    assert text.startswith(own)
    ours, theirs = read_register(tmp_path, "assumptions")
    assert (ours.in_force, theirs.in_force) == (True, False)
    sync(tmp_path, ["Rates are stable"], "1.2.0")
    _, theirs = read_register(tmp_path, "assumptions")
    assert [each["event"] for each in theirs.content["history"]] == ["stated", "withdrawn", "stated again"]
    assert theirs.in_force


def test_an_assumption_expires_relative_to_as_of_and_is_marked_in_the_document(tmp_path):
    (tmp_path / "assumptions.yml").write_text(
        "- {id: A-1, text: Old, review_by: 2026-09-29}\n- {id: A-2, text: New, review_by: 2026-09-30}\n"
        "- {id: A-3, text: Gone, review_by: 2020-01-01, status: withdrawn}\n- {id: A-4, text: Never}\n"
    )
    entries = read_register(tmp_path, "assumptions")
    assert [each.id for each in expired(entries, AS_OF)] == ["A-1"]
    words = entries_words(entries, AS_OF, "assumptions")
    assert words.count(".overdue") == 1
    assert r"[▲ Review overdue since 2026\-09\-29\.]{.overdue}" in words


@pytest.mark.parametrize("text", ["a: 1\n", "- text: x\n", "- {id: a, text: x}\n- {id: a, text: y}\n"])
def test_a_register_that_is_no_list_of_entries_is_refused(tmp_path, text):
    (tmp_path / "assumptions.yml").write_text(text)
    with pytest.raises(InputError, match=r"assumptions\.yml"):
        sync(tmp_path, [])


def test_hostile_text_stays_text_in_the_document(tmp_path):
    (tmp_path / "assumptions.yml").write_text("- {id: A-1, text: '{{< include /x >}} **b** <i>'}\n")
    words = entries_words(read_register(tmp_path, "assumptions"), AS_OF, "assumptions")
    assert "{{<" not in words
    assert "<i>" not in words


@pytest.mark.parametrize("kind", KINDS)
def test_the_registers_of_the_demo_say_what_its_spec_says(kind):
    loaded = load_spec(data_folder() / "demo")
    folder, model = loaded.folder / "registers", loaded.spec.model
    assert plan_register(folder, kind, getattr(model, kind), model.version, model.as_of).done == ()
    assert expired(read_register(folder, kind), model.as_of) == ()
