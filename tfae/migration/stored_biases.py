"""Pairs of kernels and biases: from names, or from sizes if only one pairing fits."""

import itertools
import re

from tfae.migration import stored_names

ENOUGH = 2  # pairings that show an ambiguity


def pairs_by_names(kernels, biases, sizes):
    """Dict from biases to the kernels with matching names.

    Args:
        kernels: Names of kernels.
        biases: Names of biases.
        sizes: Dict from kernels to the possible sizes of their biases, and from biases
            to their sizes.

    Raises:
        ValueError: If names pair all biases, but the sizes do not fit.
    """
    found = _by_stems(kernels, biases)
    if len(found) < len(biases):
        found |= _by_numbers(kernels, [one for one in biases if one not in found])
    wrong = [
        f"{kernel} and {bias} of size {sizes[bias]}"
        for bias, kernel in found.items()
        if sizes[bias] not in sizes[kernel]
    ]
    if wrong:
        raise ValueError(
            f"Names pair kernels and biases that do not fit: {'; '.join(wrong)}. A "
            "kernel may be stored transposed, which is not supported. Otherwise give "
            "the names of the biases in the order of their layers: `biases`."
        )
    return found


def _by_stems(kernels, biases):
    """Pairs such as `fc1/kernel` and `fc1/bias`, or `W1` and `b1`."""
    of_kernels, of_biases = {}, {}
    for names, stems, are in ((kernels, of_kernels, 0), (biases, of_biases, 1)):
        for name in names:
            stems.setdefault(stored_names.stem(name, biases=bool(are)), []).append(name)
    return {
        several[0]: of_kernels[stem][0]
        for stem, several in of_biases.items()
        if stem and len(several) == 1 and len(of_kernels.get(stem, ())) == 1
    }


def _numbered(kernels, biases):
    """All names in the order of their numbers, and their kinds, or `None`."""
    names = [*kernels, *biases]
    forms = {stored_names.template(name)[0] for name in names}
    numbers = [stored_names.template(name)[1] for name in names]
    if len(forms) != 1 or len(set(numbers)) < len(names):
        return None
    names = sorted(names, key=lambda name: stored_names.template(name)[1])
    return names, "".join("W" if name in kernels else "b" for name in names)


def _by_numbers(kernels, biases):
    """Pairs of `Variable_2` and `Variable_3`, created in turn or kernels first."""
    found = _numbered(kernels, biases)
    if found is None:
        return {}
    names, pattern = found
    made = [name for name in names if name in kernels]
    later = [name for name in names if name in biases]
    if re.fullmatch("(Wb)+|W+b+|(bW)+", pattern) and len(made) == len(later):
        return dict(zip(later, made, strict=True))
    return {}


def ways(layers, biases, sizes, fixed):
    """Pairings of all biases with layers, at most `ENOUGH`, as lists of names."""
    if len(biases) > len(layers):
        return []
    choices = [
        [fixed[bias]]
        if bias in fixed
        else [
            index
            for index, layer in enumerate(layers)
            if layer.channels == sizes[bias] and index not in fixed.values()
        ]
        for bias in biases
    ]
    return _matchings(biases, choices, len(layers))


def _matchings(biases, choices, count):
    found = []

    def go(index, taken):
        if len(found) >= ENOUGH:
            return
        if index == len(biases):
            found.append([taken.get(position) for position in range(count)])
            return
        for position in choices[index]:
            if position not in taken:
                go(index + 1, {**taken, position: biases[index]})

    go(0, {})
    return found


def of_plain(layers, biases, sizes):
    """Pairings in which each bias has a layer, and each layer at most one bias."""
    kernels = [layer.kernel for layer in layers]
    allowed = {layer.kernel: {layer.channels} for layer in layers}
    pairs = pairs_by_names(kernels, biases, sizes | allowed)
    fixed = {bias: kernels.index(kernel) for bias, kernel in pairs.items()}
    return ways(layers, biases, sizes, fixed)


def of_tied(layers, biases, sizes):
    """The same for a tied stack: its encoder's layers, then its decoder's."""
    count = len(layers)
    wide = [layer.channels for layer in layers]
    wide += [layer.given[-1] for layer in reversed(layers)]
    choices = [
        [index for index, size in enumerate(wide) if size == sizes[bias]]
        for bias in biases
    ]
    by_size = _matchings(biases, choices, 2 * count)
    if len(by_size) <= 1:
        return [way for way in by_size if _is_told(way, layers)]
    found = []
    for way in _tied_by_names(layers, biases):
        sized = all(
            one is None or sizes[one] == size
            for one, size in zip(way, wide, strict=True)
        )
        if sized and way not in found and _is_told(way, layers):
            found.append(way)
    return found or by_size


def _tied_by_names(layers, biases):
    """Pairings suggested by names; a decoder's numbers may count from either end."""
    count, kernels = len(layers), [layer.kernel for layer in layers]
    if count == 1 and len(biases) == 2:
        for pair in itertools.permutations(biases):
            told = [stored_names.side(one) for one in pair]
            # Also `b` and `b_prime`; a single `b` may belong to either.
            if told == ["hidden", "visible"] or _is_plain_and_prime(*pair):
                yield list(pair)
        return
    pairs = {kernel: bias for bias, kernel in _by_stems(kernels, biases).items()}
    numbered = _numbered(kernels, biases)
    if not pairs and numbered is not None:
        names, pattern = numbered
        made = [name for name in names if name in kernels]
        later = [name for name in names if name in biases]
        if re.fullmatch(f"(Wb){{{count}}}b{{{count}}}|W{{{count}}}b+", pattern):
            pairs = dict(zip(made, later, strict=False))
    rest = [bias for bias in biases if bias not in pairs.values()]
    if len(pairs) < count or len(rest) != count:
        return
    encoder = [pairs[kernel] for kernel in kernels]
    numbers = {stored_names.template(bias)[1] for bias in rest}
    if len({stored_names.template(bias)[0] for bias in rest}) > 1 or len(numbers) < len(
        rest
    ):
        yield from ([*encoder, *way] for way in itertools.permutations(rest))
        return
    rest = sorted(rest, key=lambda bias: stored_names.template(bias)[1])
    yield [*encoder, *rest]
    yield [*encoder, *reversed(rest)]


def _is_plain_and_prime(hidden, visible):
    return stored_names.words(visible) == [*stored_names.words(hidden), "prime"]


def _is_told(way, layers):
    """Whether the names fit a pairing; those of transposed kernels do not.

    With several layers, a decoder also has biases of hidden units, but an encoder has
    none of visible units.
    """
    count = len(layers)
    kernels = [layer.kernel for layer in layers]
    pairs = _by_stems(kernels, [bias for bias in way if bias])
    if any(way[kernels.index(kernel)] != bias for bias, kernel in pairs.items()):
        return False
    for index, bias in enumerate(way):
        told = bias and stored_names.side(bias)
        if told == "visible" and index < count:
            return False
        of_encoder = count == 1 or (bias and stored_names.role(bias) == "encoder")
        if told == "hidden" and index >= count and of_encoder:
            return False
    return True
