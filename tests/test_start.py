"""The two commands of the README, from nothing but Python: ``build.py``, the lock files, the wheel."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import stat
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
SOURCE = (ROOT / "build.py").read_text(encoding="utf-8")
LOCKS = ("runtime", "development")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAMES = tuple(path.stem for path in (ROOT / "report_templates" / "model_risk" / "notebooks").glob("*.ipynb"))


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """``build.py`` as a module, with a virtual environment of its own that does not exist yet."""
    specification = importlib.util.spec_from_file_location("start", ROOT / "build.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setenv("RESPML_VENV", str(tmp_path / "environment"))
    return module


@pytest.fixture
def environment(start: ModuleType) -> Path:
    """A virtual environment that looks installed and whose Python prints its arguments."""
    folder: Path = start.environment_folder()
    python: Path = start.environment_python()
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@"\nexit ${ENDS_WITH:-0}\n', encoding="utf-8")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    stamp(start, "development")
    return folder


def stamp(start: ModuleType, name: str) -> None:
    """Say that a lock file is installed."""
    lock = ROOT / "requirements" / f"{name}.lock"
    (start.environment_folder() / f"respml-{name}.stamp").write_text(start.fingerprint(lock), encoding="utf-8")


def run(*arguments: str, environment: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Start ``build.py`` as a user does, with an environment that stands in for the real one."""
    told = {**os.environ, "RESPML_VENV": str(environment), **more}
    command = [sys.executable, str(ROOT / "build.py"), *arguments]
    return subprocess.run(command, env=told, capture_output=True, text=True, check=False)


def test_the_start_needs_the_standard_library_alone() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Import):
            imported |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported <= sys.stdlib_module_names


def test_an_old_python_can_read_it_and_is_told_what_is_needed(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ast.parse(SOURCE, feature_version=(3, 8))
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    with pytest.raises(SystemExit) as ended:
        start.main([])
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"build.py: Python 3.11 or newer is needed; this is {sys.version.split()[0]}.\n"


def test_the_oldest_python_is_the_one_of_the_project(start: ModuleType) -> None:
    assert PROJECT["requires-python"] == ">=" + ".".join(map(str, start.OLDEST))


def test_the_fingerprint_follows_python_lock_and_project(
    start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "ROOT", tmp_path)
    lock, project = tmp_path / "runtime.lock", tmp_path / "pyproject.toml"
    lock.write_text("a==1", encoding="utf-8")
    project.write_text("[project]", encoding="utf-8")
    first = start.fingerprint(lock)
    assert start.fingerprint(lock) == first
    lock.write_text("a==2", encoding="utf-8")
    second = start.fingerprint(lock)
    project.write_text("[project]\n", encoding="utf-8")
    third = start.fingerprint(lock)
    monkeypatch.setattr(sys, "version", "3.99.0 (main)")
    assert len({first, second, third, start.fingerprint(lock)}) == 4


def installing(start: ModuleType, monkeypatch: pytest.MonkeyPatch, codes: Callable[[tuple[str, ...]], int]) -> list:
    """Record what an installation would run instead of running it."""
    commands: list[tuple[str, ...]] = []

    def record(*command: str | Path, quiet: bool = False) -> int:
        commands.append(tuple(map(str, command)))
        return codes(commands[-1])

    monkeypatch.setattr(start, "run", record)
    monkeypatch.setattr(start, "require_system_libraries", lambda: None)
    monkeypatch.setattr(start, "make_environment", lambda: start.environment_folder().mkdir(exist_ok=True))
    return commands


def test_a_first_start_installs_the_lock_with_hashes_and_the_project_and_nothing_twice(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = installing(start, monkeypatch, lambda command: 0)
    start.install(development=False)
    locked, project = commands
    assert locked[-4:] == ("--require-hashes", "--no-deps", "-r", str(ROOT / "requirements" / "runtime.lock"))
    assert project[-4:] == ("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    start.install(development=False)
    assert len(commands) == 2
    start.install(development=True)
    assert commands[2][-1].endswith("development.lock"), "the tests need more than a build"
    start.install(development=True)
    start.install(development=False)
    assert len(commands) == 4, "what the tests need is enough for a build"


def test_a_changed_lock_is_installed_again(
    start: ModuleType, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = installing(start, monkeypatch, lambda command: 0)
    start.install(development=True)
    assert commands == []
    (environment / "respml-development.stamp").write_text("of another lock", encoding="utf-8")
    start.install(development=True)
    assert len(commands) == 2


def test_an_installation_that_fails_is_said_and_tried_again_next_time(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = installing(start, monkeypatch, lambda command: 1)
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            start.install(development=False)
        assert ended.value.code == 2
    assert len(commands) == 2
    assert "could not be installed" in capsys.readouterr().err


def test_missing_system_libraries_are_told_with_the_exact_command(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start.ctypes.util, "find_library", lambda name: None)
    monkeypatch.setattr(start, "apt_prefix", lambda: None)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(SystemExit):
        start.require_system_libraries()
    assert "Run: sudo apt-get install -y libpango-1.0-0 " in capsys.readouterr().err


def test_missing_system_libraries_are_installed_where_that_is_allowed(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start.ctypes.util, "find_library", lambda name: None)
    monkeypatch.setattr(start, "apt_prefix", lambda: ["env"])
    monkeypatch.setattr(sys, "platform", "linux")
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(start, "run", lambda *command, quiet=False: commands.append(command) or 0)
    start.require_system_libraries()
    assert [command[1:3] for command in commands] == [("apt-get", "update"), ("apt-get", "install")]
    assert set(start.DEBIAN_PACKAGES) <= set(commands[1])


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for Python is a shell script")
@pytest.mark.parametrize(
    ("arguments", "job"),
    [
        ((), "-m respml build data/demo/report.yml"),
        (("check", "my/report.yml", "-q"), "-m respml check my/report.yml -q"),
        (("test",), "-m pytest"),
        (("test", "tests/spec", "-x"), "-m pytest tests/spec -x"),
    ],
)
def test_what_is_asked_for_is_run_in_the_environment(arguments: tuple[str, ...], job: str, environment: Path) -> None:
    result = run(*arguments, environment=environment)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.strip().replace("\\", "/") == job


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for Python is a shell script")
def test_the_jobs_exit_code_is_the_exit_code(environment: Path) -> None:
    assert run("build", "x", environment=environment, ENDS_WITH="3").returncode == 3
    assert run("test", environment=environment, ENDS_WITH="1").returncode == 1


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for Python is a shell script")
def test_a_later_start_takes_less_than_a_second_before_the_job(
    environment: Path, record_property: Callable[[str, object], None]
) -> None:
    took = []
    for _ in range(3):
        started = time.perf_counter()
        run(environment=environment)
        took.append(time.perf_counter() - started)
    record_property("seconds", min(took))
    assert min(took) < 1


def locked(name: str) -> dict[str, tuple[list[Requirement], list[str]]]:
    """The lines of a lock file: requirements with their markers, and hashes, by name."""
    entries: dict[str, tuple[list[Requirement], list[str]]] = {}
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    for line in filter(str.strip, text.splitlines()):
        head, *hashes = re.split(r"\s+--hash=", line.strip())
        requirement = Requirement(head)
        found = entries.setdefault(canonicalize_name(requirement.name), ([], []))
        found[0].append(requirement)
        found[1].extend(hashes)
        assert hashes, f"{name}.lock: {head} has no hash"
    return entries


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_one_exact_version(name: str) -> None:
    for package, (requirements, hashes) in locked(name).items():
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), package
        for requirement in requirements:
            assert re.fullmatch(r"==[^*]+", str(requirement.specifier)), package


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_answers_everything_the_project_asks_for(name: str, start: ModuleType) -> None:
    extras = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"], *extras["build"], *(extras["development"] if name == "development" else ())]
    entries = locked(name)
    for requirement in map(Requirement, wanted):
        found = entries.get(canonicalize_name(requirement.name))
        assert found is not None, f"{requirement} is missing: run python3 build.py lock"
        for each in found[0]:
            version = Version(str(each.specifier).removeprefix("=="))
            assert requirement.specifier.contains(version, prereleases=True), f"{each} does not answer {requirement}"
    assert not set(start.UNUSED) & set(entries)


def test_both_locks_agree() -> None:
    runtime, development = locked("runtime"), locked("development")
    for package, (requirements, _) in runtime.items():
        assert {str(each) for each in requirements} <= {str(each) for each in development[package][0]}


def test_ci_and_readme_have_the_two_commands() -> None:
    assert "python3 build.py test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "    python3 build.py\n    python3 build.py test\n" in readme
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", readme):
        assert (ROOT / picture).is_file(), picture


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made as ``pip install .`` makes it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "-q", str(ROOT), "--no-deps"]
    subprocess.run([*command, "--no-build-isolation", "-w", str(folder)], check=True)
    return next(folder.glob("respml-*.whl"))


@pytest.mark.slow
def test_all_that_a_build_needs_travels_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    template = {f"respml/_report_templates/model_risk/{each}" for each in ("template.yml", "report.qmd", "_quarto.yml")}
    assert template <= names
    assert {f"respml/_report_templates/model_risk/notebooks/{name}.ipynb" for name in NAMES} <= names
    data = {"demo/portfolio.parquet", "demo/dictionary.yml", "demo/report.yml", "uci/dictionary.yml", "uci/report.yml"}
    assert {f"respml/_data/{each}" for each in data} <= names
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "respml").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here <= names, "thresholds, filters and styles lie beside the code"
    assert not [each for each in names if each.startswith("respml/_data/uci/") and each.endswith((".parquet", ".csv"))]
    assert not [each for each in names if each.startswith(("tests/", "benchmarks/", "docs/"))]


@pytest.mark.slow
def test_the_installed_wheel_builds_from_elsewhere(wheel: Path, tmp_path: Path) -> None:
    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    install = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", str(site), str(wheel)], check=True)
    told = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}

    def respml(*arguments: str) -> str:
        command = [sys.executable, "-m", "respml", *arguments]
        result = subprocess.run(command, cwd=work, env=told, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        return result.stdout

    where = subprocess.run(
        [sys.executable, "-c", "import respml; print(respml.__file__)"],
        cwd=work, env=told, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(site), "the wheel is under test, not the checkout"
    respml("data", "simulate", "project", "--rows", "3000")
    respml("init", "mine", "--data", "project/portfolio.parquet", "--target", "default_12m")
    assert "run" in respml("check", "mine")
    spec = work / "mine" / "report.yml"
    content = yaml.safe_load(spec.read_text(encoding="utf-8"))
    content["candidates"]["boosting"] = {"search": {"configurations": 2, "max_rounds": 30}}
    spec.write_text(yaml.safe_dump(content), encoding="utf-8")
    respml("build", "mine", "--to", "html", "-q")
    report = next((work / "output").glob("*/*/report.html"))
    assert "</html>" in report.read_text(encoding="utf-8")
