"""What stands for a model whose files hold rows of the data, where those files were left out."""

from __future__ import annotations

import pandas as pd

from respml.adapters.external_model import NO_MODEL, ExternalModel, Floats
from respml.errors import AnalysisError


class LeftOut(ExternalModel):
    """A model whose files were left out because they hold rows: it can be named, and scores nothing."""

    has_model = False

    def __init__(self, family: str) -> None:
        self.family = family
        self.inputs = ()

    def probability(self, frame: pd.DataFrame) -> Floats:
        """Not applicable: the files are not here."""
        raise AnalysisError(f"The files of the model were left out; {NO_MODEL}.", remedy="Build it from its spec.")
