"""One value changes; every other byte of the file stays."""

from __future__ import annotations

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from respml.errors import InputError
from respml.review.yaml_edit import append_item, inline, load, read_text, set_value, write_atomically

FILE = """\
# head
a: 1   # one
owner:   # who?
response: |
  first line

  # text, no comment
list:
  - 'x'  # why
  # between
  - y
history: []  # kept
# tail
"""

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.dates() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(values)
def test_an_inline_value_is_read_back_as_it_was(value):
    text = inline(value)
    assert "\n" not in text
    assert yaml.safe_load(text) == value


@pytest.mark.parametrize(
    ("key", "line", "fresh"),
    [
        ("a", "a: 1   # one\n", 'a: "new"   # one\n'),
        ("owner", "owner:   # who?\n", 'owner: "new"   # who?\n'),
        ("response", "response: |\n  first line\n\n  # text, no comment\n", 'response: "new"\n'),
    ],
)
def test_a_new_value_takes_the_place_of_the_old_one_alone(key, line, fresh):
    assert line in FILE
    assert set_value(FILE, (key,), "new", "f") == FILE.replace(line, fresh)


def test_comments_inside_a_replaced_list_are_kept():
    edited = set_value(FILE, ("list",), ["z"], "f")
    assert "# why" in edited
    assert "# between" in edited
    assert load(edited, "f")["list"] == ["z"]


def test_a_new_key_comes_after_the_last_one_and_before_nothing_else_moves():
    assert set_value("a: 1\n# tail\n", ("b",), date(2026, 1, 2), "f") == "a: 1\nb: 2026-01-02\n# tail\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("h: []  # kept\nz: 1\n", 'h:  # kept\n  - {event: "x"}\nz: 1\n'),
        ("h:\nz: 1\n", 'h:\n  - {event: "x"}\nz: 1\n'),
        ("h:\n- 1  # one\n# after\nz: 1\n", 'h:\n- 1  # one\n- {event: "x"}\n# after\nz: 1\n'),
        ("h: [1, 2]\n", 'h: [1, 2, {event: "x"}]\n'),
        ("h:\n  - |\n    text\n\nz: 1\n", 'h:\n  - |\n    text\n\n  - {event: "x"}\nz: 1\n'),
        ("h:", 'h:\n  - {event: "x"}\n'),
        ("h: 1\r\n", None),
        ("a: 1\r\nh:\r\n  - 1\r\n", 'a: 1\r\nh:\r\n  - 1\r\n  - {event: "x"}\r\n'),
    ],
)
def test_an_item_is_added_at_the_end_of_its_list(before, after):
    if after is None:
        with pytest.raises(InputError):
            append_item(before, ("h",), {"event": "x"}, "f")
    else:
        assert append_item(before, ("h",), {"event": "x"}, "f") == after


def test_items_of_a_list_of_entries_are_reached_by_number():
    text = "- {id: a}\n- id: b\n  text: t\n# tail\n"
    assert set_value(text, (0, "owner"), "o", "f") == '- {id: a, owner: "o"}\n- id: b\n  text: t\n# tail\n'
    assert set_value(text, (1, "owner"), "o", "f") == '- {id: a}\n- id: b\n  text: t\n  owner: "o"\n# tail\n'
    assert append_item(text, (), {"id": "c"}, "f") == '- {id: a}\n- id: b\n  text: t\n- {id: "c"}\n# tail\n'


def test_a_word_that_yaml_reads_as_a_truth_value_is_quoted_as_a_key():
    assert load(inline({"on": 1, "y": 2}), "f") == {"on": 1, "y": 2}


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x\n", "a: [1\n", "a: !!python/object:os.system {}\n", "\x00"])
def test_what_cannot_be_read_safely_is_refused_with_the_file(text):
    with pytest.raises(InputError, match=r"f\.yml"):
        set_value(text, ("a",), 2, "f.yml")


def test_an_edit_that_would_change_something_else_is_refused():
    # a second document would be lost on reading back
    with pytest.raises(InputError):
        set_value("a: 1\n---\nb: 2\n", ("a",), 2, "f")


def test_a_file_is_written_whole_and_keeps_its_mode_and_line_ends(tmp_path):
    path = tmp_path / "f.yml"
    path.write_bytes(b"a: 1\r\n")
    path.chmod(0o600)
    write_atomically(path, read_text(path) + "b: 2\r\n")
    assert path.read_bytes() == b"a: 1\r\nb: 2\r\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["f.yml"]


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: 1\nb: 2\na: 3\n", 3), ("a:\n  x: 1\n  'x': 2\n", 3), ("- {a: 1, a: 2}\n", 1)],
)
def test_a_key_given_twice_is_refused_with_its_line(text, line):
    """One of the two would be read nowhere."""
    with pytest.raises(InputError, match=r"given twice") as caught:
        load(text, "x.yml")
    assert caught.value.where == f"x.yml, line {line}"


def test_a_date_that_is_none_is_the_text_that_was_written():
    assert load("due: 2026-02-31\nday: 2026-02-28\n", "x.yml") == {"due": "2026-02-31", "day": date(2026, 2, 28)}
