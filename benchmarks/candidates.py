"""What the candidates and scores stages cost on the UCI data, and what each choice of library buys.

python benchmarks/candidates.py            # needs the UCI file: RESPML_UCI, or ../shared/data
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]
UCI = Path(os.environ.get("RESPML_UCI", REPOSITORY.parent / "shared" / "data" / "uci_credit_card.csv"))
STEPS = ("fit_path", "forward_selection", "random_search", "monotone_curves", "ranking_tables")


@contextmanager
def clocked(name: str) -> Iterator[None]:
    """Print wall and processor time of a block."""
    wall, processor = time.perf_counter(), time.process_time()
    yield
    print(f"{name:<58}{time.perf_counter() - wall:8.2f} s wall{time.process_time() - processor:8.2f} s cpu")


def watched(module: Any, name: str) -> None:
    """Have each call of a module's function print its time."""
    function: Callable[..., Any] = getattr(module, name)

    def call(*arguments: Any, **named: Any) -> Any:
        with clocked(f"  {name}"):
            return function(*arguments, **named)

    setattr(module, name, call)


def main() -> None:
    """Run all comparisons in one process, cold parts first."""
    if not UCI.is_file():
        sys.exit("The UCI file is not here; set RESPML_UCI to its path.")
    with clocked("import respml.candidates.fit (with XGBoost, pandas, SciPy)"):
        from respml.candidates import fit
    from respml.candidates.scores import compute_scores
    from respml.pipeline.seeds import seed_for
    from respml.portfolio.build import build_portfolio
    from respml.portfolio.uci import place_uci
    from respml.spec.loading import load_spec

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place_uci(folder, UCI)
        for file in ("report.yml", "dictionary.yml"):
            (folder / file).write_bytes((REPOSITORY / "data" / "uci" / file).read_bytes())
        spec = load_spec(folder / "report.yml").spec
        portfolio = build_portfolio(spec.data, spec.partitions, seed_for(spec.seed, "portfolio"), folder)
        for step in STEPS:
            watched(fit, step)
        with clocked("candidates stage, two workers"):
            candidates = fit.fit_candidates(portfolio, spec.candidates, seed_for(spec.seed, "candidates"), 2)
        with clocked("scores stage"):
            scores = compute_scores(portfolio, candidates)
        reached(portfolio, candidates, scores)
        experiments(folder, portfolio, candidates)
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
        linear_solvers(portfolio)
        halving(portfolio, candidates, spec.candidates.boosting.search)
        shapley_values(portfolio, candidates)


def reached(portfolio: Any, candidates: Any, scores: Any) -> None:
    """AUC and log-loss of each candidate on each partition."""
    from respml.candidates.ranking import discrimination_and_loss

    for name in candidates:
        values = (
            discrimination_and_loss(portfolio.outcome(p), scores.probability(name, p)) for p in portfolio.partitions
        )
        print(
            f"{name:<8}"
            + "  ".join(f"{p} {a:.4f}/{b:.4f}" for p, (a, b) in zip(portfolio.partitions, values, strict=True))
        )
    print(scores.methods.to_string(index=False))


def experiments(folder: Path, portfolio: Any, candidates: Any) -> None:
    """Both experiments."""
    from respml.candidates import decomposition, seeds

    portfolio.write(folder / "portfolio")
    candidates.write(folder / "candidates")
    inputs = {"portfolio": folder / "portfolio", "candidates": folder / "candidates"}
    for module in (decomposition, seeds):
        with clocked(f"experiment {module.__name__.rsplit('.', 1)[1]}"):
            module.run(inputs, folder, 1)


def linear_solvers(portfolio: Any) -> None:
    """Which solver fits the elastic-net path: glum or scikit-learn, same penalties."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    from respml.candidates.encoding import learn_encoding
    from respml.candidates.glm import Standard, fit_path
    from respml.candidates.ranking import discrimination_and_loss

    encoding = learn_encoding(portfolio.features("train"), portfolio.inputs, fill_missing=True)
    raw = {part: encoding.matrix(portfolio.features(part)) for part in portfolio.partitions}
    standard = Standard.of(raw["train"])
    rows = {part: standard.apply(matrix) for part, matrix in raw.items()}
    outcome = {part: portfolio.outcome(part) for part in portfolio.partitions}
    with clocked("glum, 4 mixing values × 20 penalties"):
        path = fit_path(
            rows["train"],
            outcome["train"],
            rows["valid"],
            outcome["valid"],
            mixing=(0.01, 0.25, 0.5, 0.99),
            path_length=20,
        )
    area, loss = discrimination_and_loss(outcome["test"], path.probability(rows["test"]))
    print(f"  test AUC {area:.4f}, log-loss {loss:.4f}")
    best: tuple[float, Any] = (np.inf, None)
    with clocked("scikit-learn saga, the same 80 problems, warm start"), threadpool_limits(1):
        for mixing, points in path.points.groupby("mixing"):
            model = LogisticRegression(l1_ratio=mixing, solver="saga", warm_start=True, tol=1e-4, max_iter=1000)
            for penalty in points["penalty"]:
                model.set_params(C=1 / (len(rows["train"]) * penalty)).fit(rows["train"], outcome["train"])
                probability = model.predict_proba(rows["valid"])[:, 1]
                found = discrimination_and_loss(outcome["valid"], probability)[1]
                if found < best[0]:
                    best = (found, model.predict_proba(rows["test"])[:, 1])
    area, loss = discrimination_and_loss(outcome["test"], best[1])
    print(f"  test AUC {area:.4f}, log-loss {loss:.4f}")


def halving(portfolio: Any, candidates: Any, settings: Any) -> None:
    """What successive halving saves, and what it costs on the valid rows."""
    from respml.candidates import search
    from respml.candidates.boosting import Rows

    features = list(candidates["gbm"].features)
    rows = [
        Rows.of(candidates["gbm"].encoding.matrix(portfolio.features(part)), portfolio.outcome(part))
        for part in ("train", "valid")
    ]
    rungs = search.RUNGS
    for label, chosen in (("with halving", rungs), ("every configuration to its end", ())):
        search.RUNGS = chosen
        with clocked(f"search, {settings.configurations} configurations, {label}"):
            found = search.random_search(*rows, [0] * len(features), settings, 1, 2)
        print(f"  valid log-loss {found.leaderboard['valid_log_loss'].iloc[0]:.6f}")
    search.RUNGS = rungs


def shapley_values(portfolio: Any, candidates: Any) -> None:
    """Shapley values of the test rows: WOODELF against XGBoost."""
    import numpy as np
    import xgboost

    from respml.explain.shapley import tree_contributions

    for name in ("mgbm", "gbm"):
        matrix = candidates[name].encoding.matrix(portfolio.features("test"))
        with clocked(f"Shapley values of {name}, WOODELF with its check"):
            found = tree_contributions(candidates[name].booster, matrix)
        with clocked(f"Shapley values of {name}, XGBoost pred_contribs"):
            own = candidates[name].booster.predict(xgboost.DMatrix(matrix.astype(np.float32)), pred_contribs=True)
        print(f"  largest difference {np.abs(found.values - own[:, :-1]).max():.1e}")


if __name__ == "__main__":
    main()
