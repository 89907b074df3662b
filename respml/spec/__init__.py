"""``report.yml``: the only input a user writes, typed; unknown keys are refused with the nearest valid one."""

from respml.spec.loading import LoadedSpec, load_spec
from respml.spec.report import ReportSpec

__all__ = ["LoadedSpec", "ReportSpec", "load_spec"]
