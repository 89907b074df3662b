"""Sources: what can be read, what is refused, and in which words."""

from __future__ import annotations

import datetime
import hashlib
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from respml.errors import InputError
from respml.portfolio.csv_text import find_delimiter
from respml.portfolio.sources import open_source, read_source


def text_file(folder: Path, content: str | bytes, name: str = "loans.csv") -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def refusal(path: Path, **options: str) -> str:
    with pytest.raises(InputError) as caught:
        read_source(path, **options)
    assert caught.value.exit_code == 2
    line = str(caught.value)
    assert "\n" not in line
    return line.replace(str(path), "PATH").replace(str(path.parent), "FOLDER")


def test_csv_columns_are_typed_by_all_rows(tmp_path: Path) -> None:
    rows = ["1,0.5,a,true,2024-01-31"] * 5000 + ["2,,b,false,2024-02-29"]
    frame = read_source(text_file(tmp_path, "n,x,t,f,d\n" + "\n".join(rows)))
    assert [str(dtype) for dtype in frame.dtypes][:4] == ["int64", "float64", "str", "bool"]
    assert frame["d"].iloc[-1] == pd.Timestamp(2024, 2, 29)
    assert frame["x"].isna().sum() == 1


def test_a_late_text_value_makes_the_column_text_instead_of_failing(tmp_path: Path) -> None:
    file = text_file(tmp_path, "n\n" + "1\n" * 300_000 + "oops\n")
    assert read_source(file)["n"].iloc[-1] == "oops"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    lines = [["name", "n", "x"], ["a b", "1", "2"], ["c", "3", "4"]]
    frame = read_source(text_file(tmp_path, "\n".join(delimiter.join(line) for line in lines)))
    assert list(frame.columns) == ["name", "n", "x"]
    assert frame["n"].tolist() == [1, 3]


def test_decimal_commas_are_numbers_and_grouped_thousands_too(tmp_path: Path) -> None:
    lines = ["nummer;einkommen;quote;betrag;datum;plz;rate"]
    lines += ["A1;1.234,56;-0,5;12.000;31.01.2024;01067;1.5", "A2;999;0,25;800;01.02.2024;80331;2.25", "A3;;;;;;"]
    source = open_source(text_file(tmp_path, "\n".join(lines)))
    assert source.frame["einkommen"].tolist()[:2] == [1234.56, 999.0]
    assert source.frame["quote"].tolist()[:2] == [-0.5, 0.25]
    assert source.frame["betrag"].tolist()[:2] == [12000.0, 800.0], "the point groups thousands in such a file"
    assert source.frame["rate"].tolist()[:2] == [1.5, 2.25], "a column that can only be read by the point"
    assert source.frame["datum"].tolist()[:2] == ["31.01.2024", "01.02.2024"]
    assert source.frame["quote"].isna().tolist() == [False, False, True]
    (note,) = source.notes
    assert note.kind == "decimal_comma" and note.count == 2
    assert note.text == "The file 'loans.csv' writes decimals with a comma; read so: 'einkommen', 'quote'."


@pytest.mark.parametrize(
    "content",
    ["a;b\n1,2,3;x\n4,5,6;y\n", 'a,b\n"1,5",x\n"2,5",y\n', "a;b\n1.5;x,1\n2.5;2\n"],
    ids=["lists of numbers", "separated by commas", "text with a comma"],
)
def test_commas_that_are_no_decimal_sign_stay(tmp_path: Path, content: str) -> None:
    source = open_source(text_file(tmp_path, content))
    assert source.notes == ()
    assert {str(dtype) for dtype in source.frame.dtypes} <= {"str", "float64"}
    assert source.frame.iloc[0].astype(str).str.contains(",").any()


def test_delimiters_inside_quotes_do_not_count() -> None:
    assert find_delimiter(['"a;b;c;d",x', '"1;2",3']) == ","


def test_one_column_needs_no_delimiter(tmp_path: Path) -> None:
    assert read_source(text_file(tmp_path, "n\n1\n2\n"))["n"].tolist() == [1, 2]


def test_quoted_line_breaks_stay_in_their_cell(tmp_path: Path) -> None:
    assert read_source(text_file(tmp_path, 't,n\n"a\nb",1\n'))["t"].tolist() == ["a\nb"]


def test_empty_text_is_missing_but_the_word_na_is_text(tmp_path: Path) -> None:
    frame = read_source(text_file(tmp_path, "country,n\nNA,1\n,2\nDE,3\n"))
    assert frame["country"].tolist()[0] == "NA"
    assert frame["country"].isna().tolist() == [False, True, False]


def test_a_cell_of_ten_megabytes_is_read(tmp_path: Path) -> None:
    frame = read_source(text_file(tmp_path, f"t,n\n{'x' * 10_000_000},1\nb,2\n"))
    assert frame["t"].str.len().tolist() == [10_000_000, 1]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_utf8_with_and_without_byte_order_mark(tmp_path: Path, mark: bytes) -> None:
    frame = read_source(text_file(tmp_path, mark + "Größe,n\nä,1\n".encode()))
    assert list(frame.columns) == ["Größe", "n"]


def test_latin1_is_read_with_a_note(tmp_path: Path) -> None:
    source = open_source(text_file(tmp_path, "name,n\nJosé,1\n".encode("latin-1")))
    assert source.frame["name"].tolist() == ["José"]
    assert [note.text for note in source.notes] == [
        "The file 'loans.csv' was read as Latin-1, since byte 0xE9 in line 2 is not UTF-8."
    ]


def test_a_byte_that_is_not_utf8_is_found_across_chunks(tmp_path: Path) -> None:
    content = b"tt\n" + "é".encode() * 600_000 + b"\n\xff\n"
    assert "byte 0xFF in line 3" in refusal(text_file(tmp_path, content), encoding="utf-8")


def test_stated_utf8_is_held_to(tmp_path: Path) -> None:
    file = text_file(tmp_path, "name,n\nJosé,1\n".encode("latin-1"))
    assert refusal(file, encoding="utf-8") == (
        "PATH: The file is not UTF-8 text: byte 0xE9 in line 2 is not UTF-8. "
        "Save it as UTF-8 or set the encoding to latin-1."
    )


def test_wrong_path_names_the_nearest_file(tmp_path: Path) -> None:
    text_file(tmp_path, "a\n1\n", "portfolio.csv")
    assert refusal(tmp_path / "portfolo.csv") == "PATH: The data file does not exist. Did you mean 'portfolio.csv'?"
    assert refusal(tmp_path / "zzz") == "PATH: The data file does not exist. Correct the path."
    assert (
        refusal(tmp_path / "no" / "x.csv")
        == "PATH: The data file does not exist, nor does its folder. Correct the path."
    )


@pytest.mark.parametrize("content", [b"", b"\n\n  \n"])
def test_empty_file(tmp_path: Path, content: bytes) -> None:
    assert refusal(text_file(tmp_path, content)) == ("PATH: The file is empty. Give a file with a header and rows.")


def test_header_without_rows(tmp_path: Path) -> None:
    assert refusal(text_file(tmp_path, "a,b\n")) == ("PATH: The data hold no rows. Give a file with a header and rows.")


def test_duplicate_columns(tmp_path: Path) -> None:
    assert refusal(text_file(tmp_path, "a,b,a\n1,2,3\n")) == (
        "PATH: The column name 'a' is used by columns 1 and 3. Rename or drop one of them."
    )


def test_duplicate_columns_in_parquet(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(table, tmp_path / "x.parquet")
    assert "'a' is used by columns 1 and 2" in refusal(tmp_path / "x.parquet")


def test_nameless_column(tmp_path: Path) -> None:
    assert refusal(text_file(tmp_path, "a,,c\n1,2,3\n")) == "PATH: Column 2 has no name. Name it in the header."


def test_control_characters_in_a_column_name_are_shown_escaped(tmp_path: Path) -> None:
    assert refusal(text_file(tmp_path, "a,b\x1b[31m\n1,2\n")) == (
        r"PATH: The name of column 2, 'b\x1b[31m', holds control characters. Remove them from the header."
    )


def test_markup_in_a_column_name_is_text(tmp_path: Path) -> None:
    frame = read_source(text_file(tmp_path, "<script>alert(1)</script>,b\n1,2\n"))
    assert list(frame.columns) == ["<script>alert(1)</script>", "b"]


def test_nul_bytes(tmp_path: Path) -> None:
    assert refusal(text_file(tmp_path, b"a,b\n1,2\n3,\x004\n")) == (
        "PATH: The file holds a NUL byte in line 3, so it is not text. Export it anew as UTF-8."
    )


def test_other_formats_under_a_csv_name(tmp_path: Path) -> None:
    assert "UTF-16" in refusal(text_file(tmp_path, "a,b\n1,2\n".encode("utf-16")))
    assert "is Parquet, not CSV" in refusal(text_file(tmp_path, b"PAR1xxxxPAR1"))
    assert "Excel workbook, not CSV" in refusal(text_file(tmp_path, b"PK\x03\x04rest"))


def test_rows_of_another_length(tmp_path: Path) -> None:
    line = refusal(text_file(tmp_path, "a,b\n1,2\n3,4,5\n"))
    assert line.startswith("PATH: The CSV cannot be parsed: CSV parse error: Row #3: Expected 2 columns, got 3")


def test_a_header_of_numbers_is_no_header(tmp_path: Path) -> None:
    assert refusal(text_file(tmp_path, "1,2\n3,4\n")) == (
        "PATH: The first line holds only numbers ('1', '2'), no column names. Add a header line."
    )


def test_unknown_suffix_format_and_old_excel(tmp_path: Path) -> None:
    assert refusal(text_file(tmp_path, "a\n1\n", "x.dat")) == (
        "PATH: The format of a file with the suffix '.dat' is unknown. Set data.format to csv, parquet or excel."
    )
    assert read_source(tmp_path / "x.dat", "csv")["a"].tolist() == [1]
    assert "The old Excel format .xls is not read." in refusal(text_file(tmp_path, "a\n1\n", "x.xls"))
    assert "Unknown format 'sas'" in refusal(tmp_path / "x.dat", format="sas")


def test_parquet_file_glob_and_directory_agree(tmp_path: Path) -> None:
    parts = [pd.DataFrame({"n": [1, 2], "t": ["a", "b"]}), pd.DataFrame({"t": ["c"], "n": [3]})]
    for position, part in enumerate(parts):
        part.to_parquet(tmp_path / f"part-{position}.parquet", index=False)
    by_glob = open_source(tmp_path / "part-*.parquet")
    by_folder = open_source(tmp_path)
    assert by_glob.frame["n"].tolist() == [1, 2, 3]
    pd.testing.assert_frame_equal(by_glob.frame, by_folder.frame)
    assert by_glob.digest == by_folder.digest
    assert read_source(tmp_path / "part-1.parquet")["n"].tolist() == [3]


def test_partition_folders_become_columns(tmp_path: Path) -> None:
    for month in ("2024-01", "2024-02"):
        (tmp_path / f"month={month}").mkdir()
        pd.DataFrame({"n": [1]}).to_parquet(tmp_path / f"month={month}" / "part.parquet", index=False)
    assert read_source(tmp_path)["month"].tolist() == ["2024-01", "2024-02"]


def test_files_with_other_columns_are_refused(tmp_path: Path) -> None:
    pd.DataFrame({"n": [1], "t": [1]}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"n": [1], "u": [1]}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(InputError, match=r"The columns differ from those of 'a\.parquet': 't', 'u'"):
        read_source(tmp_path)


def test_directories_and_globs_without_files(tmp_path: Path) -> None:
    assert refusal(tmp_path) == ("PATH: The directory holds no Parquet file. Give a file, or files named *.parquet.")
    assert refusal(tmp_path / "*.csv") == "PATH: No file matches the pattern. Correct the path."


def test_broken_parquet(tmp_path: Path) -> None:
    assert "The file is not readable Parquet" in refusal(text_file(tmp_path, b"PAR1 garbage", "x.parquet"))
    assert "The file is empty" in refusal(text_file(tmp_path, b"", "y.parquet"))


def test_parquet_types_survive(tmp_path: Path) -> None:
    table = pa.table(
        {
            "decimal": pa.array([Decimal("1.50"), None]),
            "day": pa.array([datetime.date(2024, 1, 1), None]),
            "whole": pa.array([1, None], pa.int64()),
            "category": pa.array(["a", "b"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "x.parquet")
    frame = read_source(tmp_path / "x.parquet")
    assert str(frame["category"].dtype) == "category"
    assert frame["day"].iloc[0] == pd.Timestamp(2024, 1, 1)


def workbook(folder: Path, *sheets: tuple[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = folder / "loans.xlsx"
    book.save(file)
    return file


def test_excel(tmp_path: Path) -> None:
    rows: list[list[object]] = [["n", "x", "t", "d"], [1, 0.5, "a", datetime.datetime(2024, 1, 1)], [2, 3, None, None]]
    source = open_source(workbook(tmp_path, ("data", rows), ("notes", [["hello"]])))
    assert source.frame["n"].tolist() == [1, 2]
    assert source.frame["x"].tolist() == [0.5, 3.0]
    assert source.frame["t"].isna().tolist() == [False, True]
    assert source.frame["d"].iloc[0] == pd.Timestamp(2024, 1, 1)
    assert [note.text for note in source.notes] == ["The workbook has 2 sheets; the first, 'data', was read."]
    assert read_source(tmp_path / "loans.xlsx", sheet="data").shape == (2, 4)


def test_excel_refusals(tmp_path: Path) -> None:
    file = workbook(tmp_path, ("data", [["a", "a"], [1, 2]]), ("empty", []))
    assert "'a' is used by columns 1 and 2" in refusal(file)
    assert refusal(file, sheet="dota") == "PATH: dota: The workbook has no such sheet. Did you mean 'data'?"
    assert "The sheet is empty" in refusal(file, sheet="empty")
    assert "The file is not an Excel workbook" in refusal(text_file(tmp_path, b"no", "x.xlsx"))


@given(content=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_the_reader_fail_in_another_way(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = text_file(tmp_path_factory.mktemp("bytes"), content, "x.csv")
    try:
        frame = read_source(file)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert len(frame) > 0


def test_the_digest_of_one_file_is_what_sha256sum_prints(tmp_path: Path) -> None:
    file = text_file(tmp_path, "a\n1\n")
    assert open_source(file).digest == hashlib.sha256(b"a\n1\n").hexdigest()


def test_the_digest_changes_with_content_and_not_with_place(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    first = open_source(text_file(tmp_path, "a\n1\n")).digest
    assert open_source(text_file(tmp_path / "elsewhere", "a\n1\n")).digest == first
    assert open_source(text_file(tmp_path, "a\n2\n")).digest != first


def test_excel_formulas_without_a_stored_value_are_refused(tmp_path: Path) -> None:
    assert refusal(workbook(tmp_path, ("data", [["a", "b"], [1, "=1/3"], [None, 2]]))) == (
        "PATH: data: 1 cells hold a formula whose value is not stored (the first is B2). "
        "Open the workbook in a spreadsheet program and save it, or store values."
    )


def test_excel_errors_are_missing_and_noted(tmp_path: Path) -> None:
    source = open_source(workbook(tmp_path, ("data", [["a", "b"], [1, "#DIV/0!"], [2, 3]])))
    assert source.frame["b"].isna().tolist() == [True, False]
    assert [(note.kind, note.count) for note in source.notes] == [("excel_errors", 1)]
