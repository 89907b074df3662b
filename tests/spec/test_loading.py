"""``report.yml`` as read: every complaint is an InputError of one line with file, line and key."""

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from respml.errors import InputError
from respml.resources import data_folder
from respml.spec import load_spec
from respml.spec.loading import LARGEST_SPEC, nearest, parse_spec
from tests.spec.specs import MINIMAL, with_section

NAME = "report.yml"


def refusal(text):
    """The error a text is refused with; its line is one printable line that names the file."""
    with pytest.raises(InputError) as caught:
        parse_spec(text, NAME)
    error = caught.value
    assert error.line().isprintable()
    assert error.where.startswith(NAME)
    assert error.remedy
    assert error.exit_code == 2
    return error


def test_the_minimal_spec_is_valid_and_the_rest_has_defaults():
    spec = parse_spec(MINIMAL, NAME)
    assert spec.model.id == "card-default"
    assert spec.model.as_of.isoformat() == "2026-01-31"
    assert spec.candidates.order == ("glm", "mgbm", "gbm", "hybrid")
    assert spec.render.formats == ("html", "pdf")
    assert spec.seed == 12345


@pytest.mark.parametrize(
    ("text", "line", "key", "suggested"),
    [
        (with_section("sead: 1\n"), 14, "sead", "seed"),
        (MINIMAL.replace("  target: default", "  target: default\n  sorce: a.csv"), 14, "data.sorce", "source"),
        (MINIMAL.replace("owner: {name: Owner}", "owner: {name: Owner, rol: x}"), 6, "model.owner.rol", "role"),
        (
            with_section("candidates:\n  boosting:\n    search:\n      ranges:\n        max_dept: [2, 3]\n"),
            18,
            "candidates.boosting.search.ranges.max_dept",
            "max_depth",
        ),
        (
            with_section("thresholds:\n  auc_weak: {value: 0.6, owner: a, date: 2026-01-01, reasn: b}\n"),
            15,
            "thresholds.auc_weak.reasn",
            "reason",
        ),
        (
            with_section("analyses:\n  data:\n    run: true\n    paramters: {}\n"),
            17,
            "analyses.data.paramters",
            "parameters",
        ),
        (
            MINIMAL.replace(
                "  target: default",
                "  target: default\n  derived:\n    band: {column: a, edgs: [1], labels: [x, y]}",
            ),
            15,
            "data.derived.band.edgs",
            "edges",
        ),
    ],
    ids=["top", "data", "person", "four deep", "in a mapping", "in a switch", "in a derived column"],
)
def test_an_unknown_key_is_refused_at_any_depth_with_the_nearest_valid_one(text, line, key, suggested):
    error = refusal(text)
    assert error.where == f"{NAME}, line {line}, key '{key}'"
    assert f"Unknown key '{key.split('.')[-1]}'" in error.what
    assert f"Did you mean '{suggested}'?" in error.remedy


def test_a_key_unlike_any_other_is_answered_with_all_valid_ones():
    error = refusal(with_section("zzzzqqq: 1\n"))
    assert "Valid keys:" in error.remedy
    assert "partitions" in error.remedy


def test_a_missing_key_is_named_with_the_line_of_its_section():
    error = refusal(MINIMAL.replace("  population: Card holders of one bank.\n", ""))
    assert error.where == f"{NAME}, line 1, key 'model.population'"
    assert "required" in error.what


def test_several_problems_are_counted():
    error = refusal(with_section("seed: soon\nrender: {table_rows: many}\n"))
    assert "(and 1 more)" in error.remedy


@pytest.mark.parametrize(
    ("section", "key", "line"),
    [
        ("seed: soon\n", "seed", 14),
        ("seed: -1\n", "seed", 14),
        ("seed: 1.5\n", "seed", 14),
        ("compute: {replicates: 999}\n", "compute.replicates", 14),
        ("compute: 3\n", "compute", 14),
        ("render:\n  formats: [html, tiff]\n", "render.formats.1", 15),
        ("candidates: {order: [glm, forest]}\n", "candidates.order.1", 14),
        ("decision: {value: {currency: [USD]}}\n", "decision.value.currency", 14),
        ("mute: [RML-P01]\n", "mute", 14),
    ],
)
def test_a_wrong_type_or_value_names_its_key_and_line(section, key, line):
    assert refusal(with_section(section)).where == f"{NAME}, line {line}, key '{key}'"


@pytest.mark.parametrize(
    "field",
    [
        ("id: card-default", "id: Card Default"),
        ("id: card-default", "id: ../../etc"),
        ("version: 1.0.0", "version: 1..0"),
        ("version: 1.0.0", "version: preview-1.0.0"),
        ("version: 1.0.0", "version: 1.0."),
        ("version: 1.0.0", "version: a/b"),
        ("as_of: 2026-01-31", "as_of: 2026-02-31"),
        ("name: Card default", 'name: "two\\nlines"'),
        ("name: Card default", 'name: ""'),
    ],
)
def test_identity_that_would_break_a_path_or_a_line_is_refused(field):
    assert "key 'model." in refusal(MINIMAL.replace(*field)).where


def test_an_impossible_date_is_told_in_one_line():
    assert refusal(MINIMAL.replace("2026-01-31", "2026-02-31")).where.endswith("key 'model.as_of'")


def test_a_value_shown_in_an_error_is_cut_and_escaped():
    error = refusal(with_section(f'seed: "{"x" * 5000}"\n'))
    assert len(error.line()) < 300


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        (with_section("seed: 1\nseed: 2\n"), "seed", 15),
        (MINIMAL.replace("  name: Card default", "  name: Card default\n  name: Other"), "model.name", 4),
        (with_section("mute: {RML-P01: a, RML-P01: b}\n"), "mute.RML-P01", 14),
    ],
)
def test_a_key_given_twice_is_refused(text, key, line):
    error = refusal(text)
    assert "twice" in error.what
    assert error.where == f"{NAME}, line {line}, key '{key}'"


def test_aliases_are_refused():
    text = MINIMAL.replace("owner: {name: Owner}", "owner: &who {name: Owner}").replace("{name: Developer}", "*who")
    error = refusal(text)
    assert "aliases are not allowed" in error.what


def test_an_exponential_yaml_bomb_is_refused_at_once():
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    assert "aliases" in refusal("\n".join(levels)).what


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused_without_a_traceback(opening):
    refusal(opening * 20_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment",
        "just words",
        "- a\n- b",
        "42",
        "model: [",
        "a: b: c",
        "\tmodel: 1",
        "%YAML 9.9\n---\n",
        "---\na: 1\n---\nb: 2\n",
    ],
)
def test_what_is_no_mapping_or_no_yaml_is_refused(text):
    refusal(text)


def test_python_objects_are_not_made_from_yaml():
    refusal(with_section('seed: !!python/object/apply:os.system ["echo hostile"]\n'))


@pytest.mark.parametrize("key", ["1", "true", "2026-01-01", "null", "1.5", "? [a, b]\n"])
def test_keys_that_are_no_text_are_refused(key):
    refusal(with_section(f"{key}: 1\n"))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200))
@example("!!timestamp x: y")
@example("!!int a")
@example("a: !!float '1_'")
@example("a: 2026-99-99")
@example("!!set {a, b}")
@example("<<: 1")
@example("? {a: b}\n: c")
@example("=: 1")
@example("a: !!binary =")
@example("a: 0b")
@example("a: 0x_")
@example("a: -.inf:")
def test_arbitrary_text_never_raises_anything_but_an_input_error(text):
    try:
        parse_spec(text, NAME)
    except InputError as error:
        assert error.line().isprintable()


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=8)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)
_SECTIONS = st.sampled_from(["model", "data", "partitions", "candidates", "decision", "thresholds", "analyses", "mute"])


@settings(max_examples=150, deadline=None)
@given(_SECTIONS, st.sampled_from(["rule", "value", "order", "glm", "derived", "x", "reference_groups"]), _VALUES)
def test_arbitrary_values_in_any_section_never_raise_anything_but_an_input_error(section, key, value):
    content = yaml.safe_load(MINIMAL)
    content[section] = {**content.get(section, {}), key: value}
    # each text once: identical dates would be written as aliases
    text = yaml.dump(content, Dumper=_NoAliases, allow_unicode=True)
    try:
        parse_spec(text, NAME)
    except InputError as error:
        assert error.line().isprintable()
        assert "aliases" not in error.what


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def test_a_spec_is_read_from_its_file_or_from_its_folder(tmp_path):
    (tmp_path / "report.yml").write_text(MINIMAL)
    assert load_spec(tmp_path / "report.yml").spec == load_spec(tmp_path).spec
    assert load_spec(tmp_path).resolve("rows.csv") == tmp_path / "rows.csv"


def test_a_missing_file_is_told_with_what_makes_one(tmp_path):
    with pytest.raises(InputError, match="no such spec file") as caught:
        load_spec(tmp_path / "absent.yml")
    assert "respml init" in caught.value.remedy


def test_a_path_through_a_file_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError):
        load_spec(tmp_path / "file" / "report.yml")


def test_text_that_is_not_utf_8_is_refused(tmp_path):
    (tmp_path / "report.yml").write_bytes(MINIMAL.replace("Owner", "Öwner").encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        load_spec(tmp_path)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    (tmp_path / "report.yml").write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert load_spec(tmp_path).spec.model.name == "Card default"


def test_control_characters_are_refused():
    refusal(MINIMAL.replace("Card default", "Card \x00 default"))


def test_a_huge_file_is_refused_by_its_size(tmp_path):
    (tmp_path / "report.yml").write_text("#" * (LARGEST_SPEC + 1))
    with pytest.raises(InputError, match="larger than"):
        load_spec(tmp_path)


@pytest.mark.parametrize("folder", ["uci", "demo"])
def test_the_example_specs_load(folder):
    loaded = load_spec(data_folder() / folder / "report.yml")
    assert loaded.spec.data.dictionary is not None
    assert loaded.resolve(loaded.spec.data.dictionary).is_file()
    assert loaded.spec.decision.minimum_gain.set_on is not None


def test_the_reference_spec_asks_for_the_published_split():
    assert load_spec(data_folder() / "uci").spec.partitions.rule == "reference"


def test_nearest_names_one_or_lists_all():
    assert nearest("sede", ["seed", "model"]) == "Did you mean 'seed'?"
    assert nearest("qqq", ["seed", "model"]) == "Valid keys: seed, model."
