"""Tables of `tfae compare`."""

from rich.table import Column, Table

from tfae.cli.output import console

LINES = 10  # of losses that are printed
VERDICTS = {
    "yes": "the two agree",
    "rounding": "the two differ by no more than rounding explains",
    "no": "the two do not agree",
}
DIFFERENCES = {
    "loss_difference": "of a step's losses, relative, largest",
    "mean_loss_difference": "of the mean losses of the first steps, for an example",
    "weight_difference": "of a weight, largest",
}


def print_one(report):
    """Prints both sides of a program, their differences, and whether they agree."""
    from tfae.migration import parity

    (row,) = report["programs"]
    _print_losses(row)
    title = f"{row['program']} and {row['recipe']}: {report['steps']} steps"
    table = Table("", "TF1 program", "Keras", title=f"{title}, {report['dtype']}")
    phases = [f", phase {number}" for number in range(1, 1 + len(row["legacy_loss"]))]
    phases = phases if phases[1:] else [""]
    losses = row["legacy_loss"], row["keras_loss"]
    lines = [("mean loss of the last tenth", losses, 8)]
    if "ratio" in row:
        what = "ms a step, float32, past compilation"
        lines.append((what, row["milliseconds"], 3))
    for what, pairs, digits in lines:
        for phase, legacy, ours in zip(phases, *pairs, strict=True):
            table.add_row(what + phase, f"{legacy:.{digits}g}", f"{ours:.{digits}g}")
    console.print(table)
    table = Table("difference", "of the two", "of the program from itself")
    for name, what in DIFFERENCES.items():
        table.add_row(what, f"{row[name]:.1e}", f"{row['itself'][name]:.1e}")
    console.print(table)
    print(f"{VERDICTS[row['verdict']]}. Criterion: {parity.CRITERIA[report['dtype']]}.")
    if row["verdict"] != "yes":
        print(parity.ROUNDING)
    if "ratio" in row:
        print(f"times as fast as the TF1 program: {row['ratio']:.2f}")
    elif "not_timed" in row:
        print(row["not_timed"])


def print_all(report):
    """Prints one line per program: the differences, and the speed of the twin."""
    from tfae.migration import parity

    timed = any("ratio" in row for row in report["programs"])
    speed = "; how many times as fast the twin trains, in float32" if timed else ""
    table = Table(
        Column("program", no_wrap=True),
        *("agree", "losses", "means", "weights", *(["speed"] if timed else [])),
        title="TF1 programs and their Keras twins: "
        f"{report['steps']} steps, {report['dtype']}",
        caption="Largest relative difference of a step's losses; difference of the "
        f"mean losses of the first {parity.FIRST_STEPS}, for an example; largest "
        f"difference of a weight{speed}. "
        f"Criterion: {parity.CRITERIA[report['dtype']]}. {parity.ROUNDING}",
    )
    for row in report["programs"]:
        cells = [row["verdict"], *(f"{row[name]:.0e}" for name in DIFFERENCES)]
        if timed:
            cells.append(f"{row['ratio']:.2f}" if "ratio" in row else "–")
        table.add_row(row["program"], *cells)
    console.print(table)
    for row in report["programs"]:
        if "not_timed" in row:
            print(row["not_timed"])


def _print_losses(row):
    """Losses of both sides at some steps, including the first and the last."""
    table = Table("step", "TF1 program", "Keras", "relative difference")
    names = ("legacy_losses", "keras_losses", "loss_differences")
    for phase, columns in enumerate(zip(*(row[name] for name in names), strict=True)):
        if phase:
            table.add_section()
        count = len(columns[0])
        lines = min(LINES, count)
        for line in range(lines):
            step = round(line * (count - 1) / max(1, lines - 1))
            legacy, ours, difference = (column[step] for column in columns)
            cells = (f"{legacy:.10g}", f"{ours:.10g}", f"{difference:.1e}")
            table.add_row(str(step + 1), *cells)
    console.print(table)
