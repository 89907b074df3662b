"""The one place that opens a pickle, and only where a person has said on the command line that it may."""

from __future__ import annotations

import io
import pickle
import zlib
from typing import Any

import joblib

from respml.adapters.messages import told
from respml.errors import InputError


def read_trusted_pickle(content: bytes, name: str) -> Any:
    """The object in a pickle or a joblib file. This runs code of the file: callers ask for consent first.

    Parameters
    ----------
    content: bytes of the file.
    name: its name, for errors.

    Errors
    ------
    InputError where it cannot be opened, naming why.
    """
    try:
        return joblib.load(io.BytesIO(content))
    except (pickle.UnpicklingError, zlib.error, EOFError, ImportError, AttributeError, ValueError, KeyError) as error:
        raise InputError(
            f"The pickle cannot be opened: {type(error).__name__}: {told(error)}.",
            where=name,
            remedy="Save the model with skops in the environment that made it.",
        ) from None
