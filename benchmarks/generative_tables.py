"""The tables of docs/results.md on models that draw examples, from docs/*.json."""

import json
import statistics

from benchmark_tables import DOCS

SAMPLES = DOCS / "generative.json"
CHAINS = DOCS / "chains.json"
PIXELS = DOCS / "pixel_sampling.json"


def samples():
    """Section of docs/results.md on the samples of the generative models."""
    measured = json.loads(SAMPLES.read_text())
    lines = [
        "",
        "## Samples compared",
        "",
        f"`python benchmarks/generative.py`: {measured['count']:,} samples of each "
        "model. Parzen windows are a biased measure: they favour blurred samples. The "
        "Fréchet distance, precision and recall use the features of a classifier of "
        "MNIST. A class counts as visited if it has 2 % of the samples. Models of "
        "binarized pixels are compared with binarized images. Each model was run once, "
        "for the number of epochs shown. The samples of the Boltzmann machine start at "
        "its persistent chains.",
        "",
        "| recipe | epochs | Parzen, nats | Fréchet distance | precision | recall | "
        "classes | seconds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, found in measured["models"].items():
        nats, error = found["test_parzen"], found["test_parzen_error"]
        lines.append(
            f"| `{name}` | {found['epochs']} | {nats:.1f} ± {error:.1f} | "
            f"{found['frechet']:.1f} | "
            f"{found['precision']:.3f} | {found['recall']:.3f} | {found['classes']} | "
            f"{found['seconds']:.1f} |"
        )
    picture = "![Samples of the same seed](figures/generative.png)"
    return [*lines, "", picture]


def chains():
    """Section of docs/results.md on the effect of walkback on chains."""
    kinds = {}
    for run in json.loads(CHAINS.read_text()):
        key = run["recipe"], run["steps"], run["hidden_noise"], run["epochs"]
        kinds.setdefault(key, []).append(run)
    lines = [
        "",
        "## Chains compared",
        "",
        "`python benchmarks/chains.py`: the mean (lowest–highest) over seeds. With one "
        "step in training the model does not walk back; without hidden noise it is "
        "then a denoising autoencoder. Parzen windows use 10,000 samples of one chain, "
        "ten steps apart. *Classes* counts the classes with at least one sample, and "
        "*mixing* is the share of steps that change the class, both over 1,000 "
        "consecutive steps. Each chain takes 100 steps before. The paper reports 214 "
        "nats for two hidden layers.",
        "",
        "| recipe | steps in training | hidden noise | epochs | seeds | Parzen, nats "
        "| classes | mixing |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for (recipe, *settings), runs in kinds.items():
        cells = [f"`{recipe}`", *settings, len(runs)]
        cells += [
            spread([run[name] for run in runs], form)
            for name, form in (
                ("test_parzen", ".1f"),
                ("classes", "g"),
                ("mixing", ".2f"),
            )
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def pixels():
    """Section of docs/results.md on drawing pixels with cached layers."""
    measured = json.loads(PIXELS.read_text())
    lines = [
        "",
        "## Drawing pixels",
        "",
        f"`python benchmarks/pixel_sampling.py`: seconds to draw {measured['count']} "
        "images with cached layers, and with a pass of the whole network for each "
        "pixel, from the same noise, and the share of equal pixels.",
        "",
        "| recipe | cached | whole passes | times as fast | equal pixels |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, found in measured["models"].items():
        lines.append(
            f"| `{name}` | {found['seconds']:.2f} | "
            f"{found['seconds_of_whole_passes']:.1f} | {found['times_as_fast']:.0f} | "
            f"{100 * found['alike']:.2f} % |"
        )
    return lines


def spread(values, form):
    """Mean of values, and their range where they differ."""
    mean, low, high = (
        format(function(values), form) for function in (statistics.mean, min, max)
    )
    return mean if low == high else f"{mean} ({low}–{high})"


SECTIONS = {SAMPLES: samples, CHAINS: chains, PIXELS: pixels}
