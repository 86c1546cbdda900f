"""Information from the names of variables in a checkpoint."""

import re

_ROLES = (
    ("encoder", re.compile(r"enc(od\w*)?[wbh]?$")),
    ("decoder", re.compile(r"dec(od\w*)?[wbh]?$|recon\w*$|prime$")),
)
_OUTPUT = re.compile(r"out(puts?)?$")
_RANKS = {"encoder": 0, None: 2, "decoder": 4}
_MEANS = {"mean", "means", "mu", "loc"}
_SCALES = {
    *("log", "logvar", "logsigma", "logstd", "logvariance", "var", "variance"),
    *("sigma", "std", "stddev", "stdev", "dev", "deviation", "gamma", "lv", "ls"),
    "scale",
}
_KERNELS = {"kernel", "weight", "weights", "w", "matrix", "h", "filter", "filters"}
_BIASES = {"bias", "biases", "b"}
_HIDDEN = {"hidden", "hid", "h", "hb", "bh", "hbias", "bhid", "hidbias"}
_VISIBLE = {"visible", "vis", "v", "vb", "bv", "vbias", "bvis", "visbias"}
# Base names that TensorFlow numbers in the order of creation.
_NUMBERED = {
    *("variable", "dense", "fully_connected", "conv", "conv2d", "conv2d_transpose"),
    *("batch_normalization", "batchnorm"),
}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^A-Za-z\d]")


def words(name):
    """Lower-case words of a name: enc, w, b and 1 for `encW_b1`."""
    return [word.lower() for word in _WORDS.findall(name) if word.isalnum()]


def role(name):
    """`"encoder"`, `"decoder"` or `None`."""
    found = {role for role, form in _ROLES for word in words(name) if form.match(word)}
    return found.pop() if len(found) == 1 else None


def rank(name):
    """Sort key: layers of the encoder before those of the decoder, outputs last."""
    of_role, is_output = role(name), any(_OUTPUT.match(one) for one in words(name))
    if of_role is None and is_output:
        return _RANKS["decoder"] + 1
    return _RANKS[of_role] + is_output


def head(name):
    """The head that a kernel belongs to by its name: mean, scale or `None`."""
    found = set(words(name))
    if found & _SCALES:  # such as `log_sigma` or `mean_log_var`
        return "scale"
    return "mean" if found & _MEANS else None


def side(name):
    """Whether a bias belongs to hidden or visible units, or `None` if unknown."""
    found, of_role = set(words(name)), role(name)
    hidden = bool(found & _HIDDEN) or of_role == "encoder"
    visible = bool(found & _VISIBLE) or of_role == "decoder"
    if hidden == visible:
        return None
    return "hidden" if hidden else "visible"


def is_bias(name):
    """Whether a name is typical of biases, or neutral, such as `Variable`."""
    known = _BIASES | {"variable", "hbias", "vbias", "bhid", "bvis"}
    known |= {"hb", "vb", "bh", "bv", "offset"}
    return bool(set(words(name)) & known)


def is_transposed(name):
    """Whether a convolution is transposed, or `None` if unknown."""
    if re.search("transpose|deconv", name, re.IGNORECASE):
        return True
    # Names given by `tf.layers` and `tf.contrib.layers`.
    return False if re.search(r"(^|/)(conv2d|Conv)(_\d+)?/[^/]*$", name) else None


def template(name):
    """A name without numbers, and its numbers: `fc_2/W` and `fc/W` share a template."""
    bases, numbers = [], []
    for part in name.split("/"):
        base, last = re.fullmatch(r"(.*?)[_-]?(\d*)", part).groups()
        numbers += [int(one) for one in re.findall(r"\d+", base)]
        numbers.append(int(last) if last else -1)  # the first has none
        bases.append(re.sub(r"\d+", "#", base))
    return tuple(bases), tuple(numbers)


def is_numbered_by_tensorflow(group):
    """Whether names of one template have numbers in the order of their creation.

    TensorFlow does not number the first variable with a name.
    """
    numbers = [template(name)[1] for name in group]
    varying = [
        index
        for index, several in enumerate(zip(*numbers, strict=True))
        if len(set(several)) > 1
    ]
    if len(varying) != 1:
        return False
    parts = [part for name in group for part in name.split("/")]
    bases = {re.sub(r"_\d+$", "", part).lower() for part in parts}
    return bool(bases & _NUMBERED) or -1 in {one[varying[0]] for one in numbers}


def stem(name, biases=False):
    """A name with its word for a kernel or a bias replaced by a mark, or `None`.

    A kernel and a bias with the same stem belong together.
    """
    parts = _WORDS.findall(name)
    known = _BIASES if biases else _KERNELS
    places = [index for index, part in enumerate(parts) if part.lower() in known]
    if not places:
        return None
    parts[places[-1]] = "*"
    return "".join(parts)
