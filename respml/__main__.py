"""``python -m respml``: the same as the ``respml`` command."""

from respml.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
