#!/usr/bin/env python3
"""Build the report with nothing but Python: make the environment, install the locked packages, run the job.

    python3 build.py                      build the demo report (data/demo/report.yml)
    python3 build.py test [pytest args]   run the whole test suite
    python3 build.py lock                 renew requirements/*.lock
    python3 build.py VERB ...             any verb of the respml command, e.g. build data/uci/report.yml

Needs only the standard library. What is in place already is not done again.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
DEMO = ROOT / "data" / "demo" / "report.yml"
DEBIAN_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz0b", "libharfbuzz-subset0", "fontconfig")
LIBRARIES = ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset", "fontconfig")
UNUSED = ("nvidia-nccl-cu12", "nvidia-nccl-cu13")


def say(text: str) -> None:
    """One line of progress, apart from the job's own output."""
    print(f"build.py: {text}", file=sys.stderr, flush=True)


def stop(text: str, code: int = 2) -> None:
    """End with a one-line cause and what to do."""
    say(text)
    raise SystemExit(code)


def environment_folder() -> Path:
    """The virtual environment: ``.venv`` beside this file, or where RESPML_VENV points."""
    return Path(os.environ.get("RESPML_VENV", ROOT / ".venv"))


def environment_python() -> Path:
    """The environment's interpreter."""
    inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    return environment_folder() / inside


def run(*command: str | Path, quiet: bool = False) -> int:
    """Run a command from the project's folder and return its exit code."""
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run([str(part) for part in command], cwd=ROOT, stdout=output, check=False).returncode


def apt_prefix() -> list[str] | None:
    """How to call apt-get here without a question, or nothing where that is not possible."""
    if shutil.which("apt-get") is None:
        return None
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def install_debian(packages: tuple[str, ...], purpose: str) -> None:
    """Install Debian packages where that is allowed, else stop with the exact command."""
    prefix = apt_prefix()
    command = f"apt-get install -y {' '.join(packages)}"
    if prefix is None:
        stop(f"{purpose} needs system packages that are missing. Run: sudo {command}")
    say(f"installing system packages for {purpose}: {' '.join(packages)}")
    run(*prefix, "apt-get", "update", "-qq", quiet=True)
    if run(*prefix, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, quiet=True) != 0:
        stop(f"the system packages could not be installed. Run: sudo {command}")


def require_system_libraries() -> None:
    """Pango and friends, which WeasyPrint loads at run time."""
    if os.name == "posix" and any(ctypes.util.find_library(name) is None for name in LIBRARIES):
        if sys.platform == "darwin":
            stop("WeasyPrint needs Pango. Run: brew install pango")
        install_debian(DEBIAN_PACKAGES, "the PDF renderer")


def make_environment() -> None:
    """The virtual environment, with pip."""
    if environment_python().exists():
        return
    say(f"making the virtual environment {environment_folder().name}")
    try:
        venv.EnvBuilder(with_pip=True, clear=True).create(environment_folder())
    except (subprocess.CalledProcessError, SystemExit):
        shutil.rmtree(environment_folder(), ignore_errors=True)
        install_debian((f"python{sys.version_info[0]}.{sys.version_info[1]}-venv",), "a virtual environment")
        venv.EnvBuilder(with_pip=True, clear=True).create(environment_folder())


def fingerprint(lock: Path) -> str:
    """What an installation depends on."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (lock, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install(development: bool) -> None:
    """The locked packages and the project itself, unless they are in place."""
    names = ("development",) if development else ("runtime", "development")
    stamps = [environment_folder() / f"respml-{name}.stamp" for name in names]
    for name, stamp in zip(names, stamps, strict=True):
        if stamp.exists() and stamp.read_text() == fingerprint(ROOT / "requirements" / f"{name}.lock"):
            return
    require_system_libraries()
    make_environment()
    lock = ROOT / "requirements" / f"{names[0]}.lock"
    say(f"installing the packages of {lock.relative_to(ROOT)} (first start only)")
    pip = (environment_python(), "-m", "pip", "--disable-pip-version-check", "install", "-q")
    if run(*pip, "--require-hashes", "--no-deps", "-r", lock) != 0:
        stop("the locked packages could not be installed; pip's message above says why. Check network and disk.")
    if run(*pip, "--no-deps", "--no-build-isolation", "-e", ROOT) != 0:
        stop("the package itself could not be installed; pip's message above says why.")
    stamps[0].write_text(fingerprint(lock))


def renew_locks() -> int:
    """Write both lock files anew from ``pyproject.toml``."""
    install(development=True)
    extras = {"runtime": ["build"], "development": ["build", "development"]}
    for name, chosen in extras.items():
        extra = [part for each in chosen for part in ("--extra", each)]
        command = [environment_python(), "-m", "uv", "pip", "compile", "-q", "pyproject.toml", "--universal"]
        command += ["--python-version", "3.11", "--generate-hashes"]
        command += ["--no-emit-index-url", "--no-annotate", "--no-header"]
        command += [part for package in UNUSED for part in ("--no-emit-package", package)]
        code = run(*command, *extra, "-o", f"requirements/{name}.lock")
        if code:
            return code
    return 0


def main(arguments: list[str]) -> int:
    """Prepare what the job needs and run it; the job's exit code is returned."""
    if sys.version_info < OLDEST:
        stop(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}.")
    if arguments[:1] == ["lock"]:
        return renew_locks()
    testing = arguments[:1] == ["test"]
    install(development=testing)
    if testing:
        return run(environment_python(), "-m", "pytest", *arguments[1:])
    job = arguments or ["build", str(DEMO.relative_to(ROOT))]
    return subprocess.run([str(environment_python()), "-m", "respml", *job], check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
