"""Search of the settings of a recipe, by KerasTuner."""

import contextlib
import dataclasses
import gc
import io
import time
from pathlib import Path

from tfae import cluster, extras, plots
from tfae.arguments import check_integers, check_seed
from tfae.locks import locked
from tfae.recipes import space as spaces
from tfae.recipes.recipe import Recipe
from tfae.training import search_folder
from tfae.training.running import run
from tfae.types import Config, PathLike

OWN = "recipe"  # the trial with the recipe's own settings
TRIALS, TUNER = "trials", "tuner"  # folders
# Figures that are better if they are higher.
UP = (
    *("accuracy", "active_units", "auroc", "average_precision", "elbo"),
    *("near_target", "perplexity", "psnr", "usage"),
)


@dataclasses.dataclass(frozen=True)
class Search:
    """Result of `search`.

    Attributes:
        rows: List of dicts, one for each trial: `trial`, the `settings`, the value of
            the objective as `score`, or `None` for a failed one, and `seconds`. The
            first is the recipe itself.
        best: The best of them.
        folder: Folder of the best run, as `tfae.run` wrote it.
    """

    rows: list
    best: dict
    folder: Path


def search(
    recipe: Recipe,
    output: PathLike,
    space: Config | None = None,
    trials: int = 20,
    objective: str = "valid_loss",
    split=None,
    seed: int = 0,
    resume: bool = False,
    verbose: int | str = 0,
    told=None,
) -> Search:
    """Searches a space of settings for the best figure on the validation part.

    The recipe itself is the first trial. Each further one trains settings that
    Bayesian optimization (`keras_tuner.oracles.BayesianOptimizationOracle`) proposes,
    and is a whole run, in `output/trials`. The test part chooses nothing. A search that
    was killed after its first trial goes on by `resume=True`, where the trial was.

    Args:
        recipe: A `tfae.recipes.Recipe`.
        output: Folder, created if missing. `search.json` and `search.csv` have a row
            for each trial, and `figures/search.png` draws them.
        space: Dict from the name of a setting to a list of choices, or to a range such
            as `{"low": 1e-4, "high": 1e-2}`. Defaults to the space of the recipe, or to
            its learning rate, a tenth to ten times as large.
        trials: Positive integer, number of trials beside the recipe.
        objective: Figure of the validation part, such as `"valid_mse"`. Whether more is
            better is known from its name.
        split: As for `tfae.run`.
        seed: Integer, seed of the trainings and of the search.
        resume: Boolean, whether to continue the search in `output`.
        verbose: As for `keras.Model.fit`.
        told: Function that is called with the row of each finished trial, or `None`.

    Returns:
        A `Search`.

    Raises:
        ValueError: If KerasTuner is not installed, the space names no setting of the
            recipe, the objective is not a figure of its validation part, there is
            nothing to resume, or the recipe itself cannot be trained.

    Example:
    >>> recipe = tfae.recipes.get("marginalized_digits")
    >>> space = {"rate": [0.3, 0.5], "depth": [1, 2]}
    >>> found = tfae.training.search(recipe, "searched", space, trials=2)
    >>> len(found.rows)
    3
    """
    extras.check("tune", "The search")
    cluster.check_alone("A search")
    check_integers(trials=trials)
    check_seed(seed=seed)
    space = spaces.usual(recipe) if space is None else space
    spaces.check(recipe, space)
    _check_objective(objective)
    output = Path(output)
    asked = {"recipe": recipe.as_json(), "space": space, "objective": objective}
    asked = spaces.plain(asked | {"seed": seed})
    asked["data"] = search_folder.fingerprint(split)
    search_folder.check(output, asked, resume)
    (output / TRIALS).mkdir(parents=True, exist_ok=True)
    with locked(output / TRIALS):
        search_folder.clear(output, (TRIALS, TUNER))
        job = _Job(recipe, output, space, objective, split, seed, verbose, told, asked)
        job.run_recipe()
        _tune(job, trials)
        return job.keep(finished=True)


class _Job:
    """A search in progress: its rows, and the files that show them."""

    def __init__(
        self, recipe, output, space, objective, split, seed, verbose, told, asked
    ):
        self.recipe, self.output, self.space = recipe, output, space
        self.objective, self.split, self.seed = objective, split, seed
        self.verbose, self.told, self.asked = verbose, told, asked
        self.sign = -1 if objective.removeprefix("valid_") in UP else 1
        self.rows = {row["trial"]: row for row in search_folder.rows_in(output)}

    def run_recipe(self):
        row = self.run_trial(OWN, {})
        if row["score"] is None:
            del self.rows[OWN]
            raise ValueError(f"The recipe itself cannot be trained: {row['error']}")

    def run_trial(self, name, settings):
        """The row of a trial, which is run unless it has been."""
        known = self.rows.get(name)
        if known and spaces.plain(known["settings"]) == spaces.plain(settings):
            return known
        started, folder = time.perf_counter(), self.output / TRIALS / name
        row = {"trial": name, "settings": settings, "score": None, "error": None}
        try:
            recipe = spaces.applied(self.recipe, settings)
            begun = search_folder.is_begun(folder)
            found = run(recipe, folder, self.split, self.seed, begun, self.verbose)
        except ValueError as error:
            row["error"] = str(error)
        else:
            row["score"] = self._score(found.metrics["figures"])
        row["seconds"] = round(time.perf_counter() - started, 1)
        gc.collect()  # of the graphs of the trial
        self.rows[name] = row
        if name != OWN or row["score"] is not None:
            self.keep(finished=False)
        if self.told:
            self.told(row)
        return row

    def _score(self, figures):
        if self.objective not in figures:
            there = [name for name in figures if name.startswith("valid_")]
            raise ValueError(
                f"{self.recipe.name} has no figure {self.objective}. Received: "
                f"objective={self.objective}. Its figures of the validation part: "
                f"{', '.join(there)}"
            )
        return figures[self.objective]

    def best(self):
        scored = [row for row in self.rows.values() if row["score"] is not None]
        return min(scored, key=lambda row: self.sign * row["score"], default=None)

    def same_as(self, settings):
        """The row of an earlier trial with the same settings, or `None`."""
        plain = spaces.plain(settings)
        same = (row for row in self.rows.values() if row["trial"] != OWN)
        return next(
            (row for row in same if spaces.plain(row["settings"]) == plain), None
        )

    def worst(self):
        scores = [row["score"] for row in self.rows.values()]
        return max(self.sign * score for score in scores if score is not None)

    def keep(self, finished):
        """Writes the files of the search; returns its result."""
        rows, best = list(self.rows.values()), self.best()
        report = {**self.asked, "finished": finished, "rows": rows, "best": best}
        figure = plots.search(rows, self.space, self.objective) if finished else None
        search_folder.write(self.output, report, figure)
        folder = self.output / TRIALS / (best["trial"] if best else OWN)
        return Search(rows, best, folder)


def _tune(job, trials):
    """Runs the trials that KerasTuner proposes."""
    import keras_tuner

    parameters, choices = keras_tuner.HyperParameters(), {}
    for name, values in job.space.items():
        if spaces.is_range(values):
            kind = parameters.Int if spaces.is_whole(values) else parameters.Float
            sampling = "log" if spaces.is_logarithmic(values) else "linear"
            kind(name, values["low"], values["high"], sampling=sampling)
        else:  # KerasTuner takes no lists
            choices[name] = list(values)
            parameters.Choice(name, [str(index) for index in range(len(values))])

    class Tuner(keras_tuner.engine.base_tuner.BaseTuner):
        def run_trial(self, trial, *arguments, **options):
            settings = {
                name: choices[name][int(value)] if name in choices else value
                for name, value in trial.hyperparameters.values.items()
            }
            row = job.same_as(settings)
            if row is None:
                try:
                    row = job.run_trial(trial.trial_id, settings)
                except Exception as error:  # such as a full disk: not of the settings
                    raise keras_tuner.errors.FatalError from error
            # To the oracle, settings that fail are as bad as the worst ones.
            return job.worst() if row["score"] is None else job.sign * row["score"]

    oracle = keras_tuner.oracles.BayesianOptimizationOracle(
        keras_tuner.Objective("default_objective", "min"),
        max_trials=trials,
        hyperparameters=parameters,
        seed=job.seed + 1,  # 0 would be none to KerasTuner
    )
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # KerasTuner prints
            tuner = Tuner(oracle, directory=str(job.output), project_name=TUNER)
    except (KeyError, TypeError, ValueError) as error:  # it writes files in place
        text = f"{job.output / TUNER} is damaged: {error}. Remove it, and resume."
        raise ValueError(text) from error
    try:
        tuner.search(verbose=0)
    except keras_tuner.errors.FatalError as error:
        raise error.__cause__ from None


def _check_objective(objective):
    if not isinstance(objective, str) or not objective.startswith("valid_"):
        raise ValueError(
            "`objective` must be a figure of the validation part, such as valid_loss: "
            f"the test part must not choose. Received: objective={objective!r}"
        )
