"""H2O models exported as MOJO, scored by the Java library that the ``h2o`` package carries: no server, no network."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from respml.adapters.external_model import (
    Adapter,
    Artefact,
    ExternalModel,
    Floats,
    checked_probability,
    keeps_none,
    library,
    number_matrix,
    versions,
)
from respml.adapters.preprocessing import level_texts
from respml.adapters.sklearn_model import FIXED_TIME, event_place
from respml.errors import AnalysisError, InputError
from respml.explain.shapley import Contributions

EXTRA = "h2o"
SCORER = "hex.genmodel.tools.PredictCsv"
TREES = ("gbm", "xgboost")
HEAP = "-Xmx2g"
SCORING_LIMIT = 1800


class H2oMojo(ExternalModel):
    """A binomial MOJO; each call starts Java once, so few large calls are quicker than many small ones."""

    def __init__(self, content: bytes, description: MojoDescription, place: int) -> None:
        self.content = content
        self.description = description
        self.inputs = description.inputs
        self.place = place
        self.family = f"H2O {description.algorithm}"
        self.facts = {"algorithm": description.algorithm, "h2o_version": description.version}
        self.software = versions("h2o", "numpy")

    def probability(self, frame: pd.DataFrame) -> Floats:
        """The MOJO's probability of default; Java's own doubles, exchanged in hexadecimal."""
        found = self._score(frame, [])
        # the first column is the label that H2O's own cut-off decides on
        return checked_probability(found[:, 1 + self.place], len(frame), "The MOJO")

    def contributions(self, frame: pd.DataFrame) -> Contributions | None:
        """H2O's own tree Shapley values, in log-odds; None for models that are not trees."""
        if self.description.algorithm not in TREES or self.description.one_hot:
            return None
        found = self._score(frame, ["--predictContributions"])
        # they explain the log-odds of the second class
        sign = 1.0 if self.place == 1 else -1.0
        return Contributions(sign * found[:, :-1], sign * float(found[0, -1]), "H2O")

    def _score(self, frame: pd.DataFrame, options: list[str]) -> Floats:
        if len(frame) == 0:
            return np.empty((0, 1 + max(2, len(self.inputs))))
        with TemporaryDirectory() as temporary:
            folder = Path(temporary)
            (folder / "model.zip").write_bytes(self.content)
            self._rows(frame).to_csv(folder / "rows.csv", index=False, lineterminator="\n")
            _java(folder, options)
            found = pd.read_csv(folder / "scored.csv", dtype="str", keep_default_na=False)
        if options:
            table = found[[*self.inputs, "BiasTerm"]]
        else:
            table = found.iloc[:, :3].copy()
            table.iloc[:, 0] = "0"
        return np.array([[_hexadecimal(value) for value in row] for row in table.to_numpy()], dtype=np.float64)

    def _rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        rows = {}
        for name in self.inputs:
            if name in self.description.levels:
                rows[name] = level_texts(frame[name]).where(frame[name].notna(), "")
            else:
                rows[name] = pd.Series(number_matrix(frame, [name])[:, 0], index=frame.index)
        return pd.DataFrame(rows)


class MojoDescription:
    """What ``model.ini`` and the domains of a MOJO say.

    Errors
    ------
    InputError where the bytes are no MOJO of a model of two classes.
    """

    def __init__(self, content: bytes) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                sections = _sections(archive.read("model.ini").decode("utf-8"))
                columns = sections["columns"]
                domains = {
                    columns[int(place)]: archive.read(f"domains/{rest.split()[-1]}").decode("utf-8").splitlines()
                    for place, _, rest in (line.partition(":") for line in sections.get("domains", []))
                }
            info = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in sections["info"])}
            self.algorithm, self.version = info["algo"], info["h2o_version"]
            self.inputs = tuple(columns[: int(info["n_features"])])
            self.classes = domains.get(columns[-1], [])
        except (zipfile.BadZipFile, KeyError, IndexError, ValueError) as error:
            raise InputError(
                f"This is no MOJO ({type(error).__name__}).", remedy="Export it with download_mojo."
            ) from None
        if info.get("category") != "Binomial":
            raise InputError("The MOJO does not tell two classes apart.", remedy="Give a binomial model.")
        self.levels = {name: levels for name, levels in domains.items() if name in self.inputs}
        # H2O's XGBoost splits levels into columns, whose contributions are listed one by one
        self.one_hot = self.algorithm == "xgboost" and bool(self.levels)


def open_mojo(artefact: Artefact) -> H2oMojo:
    """Open a MOJO.

    Errors
    ------
    InputError where the ``h2o`` package or Java is missing, or the file is no MOJO of two classes.
    """
    library("h2o", EXTRA)
    description = MojoDescription(artefact.main)
    return H2oMojo(artefact.main, description, event_place(artefact, description.classes))


def without_times(content: bytes) -> bytes:
    """A MOJO without the time it was made, so that fits of the same data and seed give equal bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            if name.startswith("experimental/"):
                continue  # a description for people, with times and names of the server's run
            member = old.read(name)
            if name == "model.ini":
                lines = member.decode("utf-8").splitlines()
                kept = [line for line in lines if line.partition("=")[0].strip() not in ("timestamp", "uuid")]
                place = kept.index("[info]") + 1
                kept[place:place] = ["timestamp = 2000-01-01T00:00:00Z", "uuid = 0"]
                member = ("\n".join(kept) + "\n").encode()
            new.writestr(zipfile.ZipInfo(name, FIXED_TIME), member, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _java(folder: Path, options: list[str]) -> None:
    java = shutil.which("java")
    found = find_spec("h2o")
    if java is None or found is None or found.origin is None:
        raise InputError("A MOJO needs Java, which is not installed.", remedy="Install a Java runtime, 8 to 17.")
    archive = Path(found.origin).parent / "backend" / "bin" / "h2o.jar"
    command = [java, HEAP, "-cp", str(archive), SCORER, "--mojo", "model.zip", "--input", "rows.csv"]
    command += ["--output", "scored.csv", *options]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=SCORING_LIMIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AnalysisError(
            f"Java did not score the MOJO: {type(error).__name__}.", remedy="Score fewer rows."
        ) from None
    if done.returncode != 0 or not (folder / "scored.csv").is_file():
        text = " ".join((done.stderr or done.stdout).split())[:200]
        raise AnalysisError(f"Java did not score the MOJO: {text}.", remedy="Check the types of its inputs.")


def _hexadecimal(value: str) -> float:
    return float.fromhex(value) if "x" in value else float(value)


def _sections(text: str) -> dict[str, list[str]]:
    """The lines of each ``[section]``."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            current = found.setdefault(line[1:-1], [])
        elif line.strip():
            current.append(line)
    return found


def _is_mojo(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return "model.ini" in archive.namelist()


ADAPTER = Adapter(
    name="h2o_mojo",
    describes="H2O model (MOJO)",
    open=open_mojo,
    recognises=_is_mojo,
    options=("event",),
    libraries=("h2o",),
    extra=EXTRA,
    keeps_rows=keeps_none,
)
