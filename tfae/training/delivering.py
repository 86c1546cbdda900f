"""The delivered model of a run: the trained one, with preprocessing or a detector."""

from tfae import arguments, datasets, models
from tfae.datasets import sources
from tfae.evaluation import calibration, detection
from tfae.models import preparing
from tfae.recipes.settings import FALSE_ALARM_RATE


def of_raw(model, job):
    """A model of raw inputs, if the job scales its inputs."""
    if job.preprocessing is None:
        return model
    return models.PreprocessedModel(model, job.preprocessing)


def whole(model, job):
    """The trained model of a job, ready to be saved.

    It takes raw inputs. If the recipe is for detection, it is a detector of anomalies,
    calibrated on the validation part.
    """
    model = of_raw(model, job)
    if not job.recipe.detection:
        return model
    options, rate = _detection(job.recipe)
    detector = models.Detector(model, **options).adapt(job.raw.train.inputs)
    return detector.calibrate(job.raw.valid.inputs, false_alarm_rate=rate)


def trained(model):
    """The trained model inside a delivered one; the inverse of `whole`."""
    model = model.members[0] if arguments.has(model, "members") else model
    return preparing.inner_of(model)


def of_normal(recipe, split):
    """The split of a detector: anomalies are only in the test part.

    Raises:
        ValueError: If there are labels other than 0 and 1, or too few examples for the
            false-alarm rate.
    """
    if not recipe.detection:
        return split
    detection.check_numbers(split.train)
    if sources.is_folder(recipe.data):
        datasets.check_no_classes(recipe.data, split.train.labels)
    split = datasets.normal_apart(split)
    calibration.rank(len(split.valid.inputs), _detection(recipe)[1])
    return split


def _detection(recipe):
    """Arguments of the detector, and its false-alarm rate."""
    options = dict(recipe.detection)
    return options, options.pop("false_alarm_rate", FALSE_ALARM_RATE)
