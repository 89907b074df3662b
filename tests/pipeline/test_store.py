import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from respml.errors import AnalysisError, InputError
from respml.pipeline.store import KeyParts, Store, canonical_json

KEY = "a" * 64
OTHER = "b" * 64


def publish(store, key=KEY, **files):
    with store.publish(key, {"stage": "scores"}) as folder:
        for name, text in (files or {"numbers": "1 2 3"}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    return store.get(key)


def everything(folder):
    """All files below a folder, but for the locks of live builders."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"
    )


def test_what_was_published_is_found_with_its_description(tmp_path):
    published = publish(Store(tmp_path), numbers="1 2 3")
    assert (published.folder / "numbers").read_text() == "1 2 3"
    assert published.description == {"stage": "scores"}
    assert Store(tmp_path).get(KEY) == published
    assert Store(tmp_path).get(OTHER) is None


def test_the_digest_is_of_names_and_contents(tmp_path):
    first = publish(Store(tmp_path / "one"), KEY, a="1", b="2")
    same = publish(Store(tmp_path / "two"), OTHER, b="2", a="1")
    renamed = publish(Store(tmp_path / "three"), KEY, a="1", c="2")
    other = publish(Store(tmp_path / "four"), KEY, a="1", b="3")
    pairs = [["a", hashlib.sha256(b"1").hexdigest()], ["b", hashlib.sha256(b"2").hexdigest()]]
    assert first.digest == same.digest == hashlib.sha256(json.dumps(pairs, separators=(",", ":")).encode()).hexdigest()
    assert len({first.digest, renamed.digest, other.digest}) == 3


def test_nothing_absolute_is_stored(tmp_path):
    publish(Store(tmp_path))
    assert str(tmp_path) not in (tmp_path / "objects" / KEY / "stage.json").read_text()


def test_a_failing_builder_leaves_nothing(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(RuntimeError, match="boom"), store.publish(KEY, {"stage": "scores"}) as folder:
        (folder / "half").write_text("1")
        raise RuntimeError("boom")
    assert store.get(KEY) is None
    assert everything(tmp_path) == []


def test_what_a_failing_builder_wrote_is_kept_on_request_and_replaces_what_was_kept_before(tmp_path):
    store = Store(tmp_path)
    for attempt in ("first", "second"):
        with pytest.raises(RuntimeError), store.publish(KEY, {"stage": "scores"}, keep_failed=True) as folder:
            (folder / attempt).write_text("1")
            raise RuntimeError("boom")
    assert everything(tmp_path) == ["failed/scores/second"]


def test_an_interrupt_leaves_nothing(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(KeyboardInterrupt), store.publish(KEY) as folder:
        (folder / "half").write_text("1")
        raise KeyboardInterrupt
    assert everything(tmp_path) == []


def test_of_two_builders_the_first_wins(tmp_path):
    store = Store(tmp_path)
    with store.publish(KEY) as slow:
        (slow / "by").write_text("slow")
        publish(Store(tmp_path), KEY, by="fast")
    assert (store.get(KEY).folder / "by").read_text() == "fast"
    assert everything(tmp_path) == [f"objects/{KEY}/content/by", f"objects/{KEY}/stage.json"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda place: (place / "content" / "numbers").unlink(),
        lambda place: (place / "content" / "numbers").write_text("1 2 3 4"),
        lambda place: (place / "content" / "numbers").write_text("1 2 4"),
        lambda place: (place / "stage.json").write_text("{"),
        lambda place: (place / "stage.json").write_text("{}"),
        lambda place: (place / "stage.json").unlink(),
    ],
    ids=["missing", "longer", "same size", "cut off", "empty", "no description"],
)
def test_a_damaged_result_counts_as_absent_and_can_be_published_again(tmp_path, damage):
    store = Store(tmp_path)
    publish(store, numbers="1 2 3")
    damage(tmp_path / "objects" / KEY)
    assert store.get(KEY) is None
    assert (publish(store, numbers="1 2 3").folder / "numbers").read_text() == "1 2 3"


def test_a_file_that_was_only_touched_is_still_good(tmp_path):
    store = Store(tmp_path)
    published = publish(store)
    os.utime(published.folder / "numbers")
    assert store.get(KEY) == published


def test_a_change_that_hides_its_time_is_found_by_full_verification(tmp_path):
    store = Store(tmp_path)
    path = publish(store, numbers="1 2 3").folder / "numbers"
    before = path.stat()
    path.write_text("1 2 4")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.get(KEY) is not None
    assert store.get(KEY, verify=True) is None


def test_a_foreign_file_is_found_by_full_verification(tmp_path):
    store = Store(tmp_path)
    folder = publish(store).folder
    assert store.get(KEY, verify=True) is not None
    (folder / "smuggled").write_text("x")
    assert store.get(KEY, verify=True) is None


def test_a_symbolic_link_is_refused(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(AnalysisError, match="symbolic link"), store.publish(KEY) as folder:
        (folder / "link").symlink_to(tmp_path)
    assert store.get(KEY) is None


def test_what_a_killed_builder_left_is_removed_at_the_next_start_and_a_live_ones_is_not(tmp_path):
    builder = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from respml.pipeline.store import Store
        with Store(Path(sys.argv[1])).publish("{KEY}") as folder:
            (folder / "half").write_text("1")
            print("ready", flush=True)
            time.sleep(60)
    """)
    process = subprocess.Popen([sys.executable, "-c", builder, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        Store(tmp_path)
        assert len(everything(tmp_path)) == 1
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    store = Store(tmp_path)
    assert everything(tmp_path) == []
    assert list((tmp_path / "temporary").iterdir()) == []
    assert store.get(KEY) is None


def test_a_store_that_ends_well_leaves_no_temporary_folder(tmp_path):
    store = Store(tmp_path)
    publish(store)
    del store
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_an_input_error_with_a_remedy(tmp_path, number):
    store = Store(tmp_path)
    with pytest.raises(InputError, match=r"disk is full\. Free some space") as caught, store.publish(KEY):
        raise OSError(number, os.strerror(number))
    assert caught.value.exit_code == 2
    assert everything(tmp_path) == []


def test_a_store_that_may_not_be_written_is_an_input_error(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(InputError, match="may not be written"), store.publish(KEY) as folder:
        raise PermissionError(errno.EACCES, "Permission denied", str(folder / "numbers"))


def test_a_refusal_elsewhere_is_left_to_who_knows_the_file(tmp_path):
    store = Store(tmp_path / "store")
    with pytest.raises(PermissionError), store.publish(KEY):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "data.csv"))


def test_a_store_where_a_file_stands_is_an_input_error(tmp_path):
    (tmp_path / "store").write_text("")
    with pytest.raises(InputError, match="A file stands"):
        Store(tmp_path / "store")


def test_collect_removes_all_but_what_is_kept(tmp_path):
    store = Store(tmp_path)
    publish(store, KEY)
    publish(store, OTHER)
    assert store.collect(keep=[KEY]) == (OTHER,)
    assert store.get(KEY) is not None
    assert store.get(OTHER) is None


def test_recorded_key_parts_are_read_back_and_give_the_keys_to_keep(tmp_path):
    store = Store(tmp_path / "store")
    parts = KeyParts("scores", {"depth": 3}, {"a.py": "1"}, {"xgboost": "3.1"}, {"portfolio": "2"}, 7)
    store.record("../uci/1.0", parts)
    assert store.recorded("../uci/1.0", "scores") == parts
    assert store.recorded("uci", "scores") is None
    assert store.recorded_keys() == {parts.key()}
    assert [name for name in everything(tmp_path) if not name.startswith("store/history/")] == []


@pytest.mark.parametrize("run", ["..", ".", ""])
def test_a_run_of_an_odd_name_stays_within_the_store(tmp_path, run):
    store = Store(tmp_path / "store")
    store.record(run, KeyParts("scores"))
    assert len(list((tmp_path / "store" / "history").glob("*/scores.json"))) == 1


def test_every_part_changes_the_key():
    parts = KeyParts("s", {"p": 1}, {"c": "1"}, {"l": "1"}, {"i": "1"}, 1)
    others = [
        KeyParts("t", {"p": 1}, {"c": "1"}, {"l": "1"}, {"i": "1"}, 1),
        KeyParts("s", {"p": 2}, {"c": "1"}, {"l": "1"}, {"i": "1"}, 1),
        KeyParts("s", {"p": 1}, {"c": "2"}, {"l": "1"}, {"i": "1"}, 1),
        KeyParts("s", {"p": 1}, {"c": "1"}, {"l": "2"}, {"i": "1"}, 1),
        KeyParts("s", {"p": 1}, {"c": "1"}, {"l": "1"}, {"i": "2"}, 1),
        KeyParts("s", {"p": 1}, {"c": "1"}, {"l": "1"}, {"i": "1"}, 2),
    ]
    assert len({parts.key(), *(other.key() for other in others)}) == 7


def test_the_order_of_parameters_does_not_change_the_key():
    assert KeyParts("s", {"a": 1, "b": (2, 3)}).key() == KeyParts("s", {"b": [2, 3], "a": 1}).key()


@pytest.mark.parametrize("value", [float("nan"), object(), {1}])
def test_what_json_cannot_hold_is_no_parameter(value):
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"p": value})


def test_a_lookup_of_a_thousand_files_takes_milliseconds(tmp_path):
    store = Store(tmp_path)
    publish(store, **{f"file{number}": "x" for number in range(1000)})
    started = time.process_time()
    assert store.get(KEY) is not None
    assert time.process_time() - started < 0.1


@pytest.mark.parametrize("target", ["nowhere", "precious"])
def test_what_stands_in_the_place_of_a_result_and_is_none_is_removed(tmp_path, target):
    store = Store(tmp_path)
    place = tmp_path / "objects" / KEY
    (tmp_path / "precious").write_text("kept")
    place.symlink_to(tmp_path / target)
    assert store.get(KEY) is None
    assert (publish(store).folder / "numbers").read_text() == "1 2 3"
    assert (tmp_path / "precious").read_text() == "kept"
