"""Reads the signatures of a serialized `MetaGraphDef` without TensorFlow's Python."""


def signatures(meta_graph):
    """Dict from name to (inputs, outputs), dicts from argument to tensor name.

    Field numbers are from TensorFlow's `meta_graph.proto`.
    """
    found = {}
    for entry in _fields(meta_graph, 5):
        name = _fields(entry, 1)[0].decode()
        signature = _fields(entry, 2)[0]
        sides = []
        for side in (1, 2):  # inputs, outputs
            sides.append(
                {
                    _fields(pair, 1)[0].decode(): _tensor_name(_fields(pair, 2)[0])
                    for pair in _fields(signature, side)
                }
            )
        if _fields(signature, 3):  # has a method: does not initialize the model
            found[name] = tuple(sides)
    return found


def _tensor_name(tensor_info):
    return _fields(tensor_info, 1)[0].decode()


def _fields(message, wanted):
    """Contents of the length-delimited fields with number `wanted` of a message."""
    found, position = [], 0

    def varint():
        nonlocal position
        value, shift = 0, 0
        while True:
            byte = message[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(message):
        key = varint()
        kind, number = key & 7, key >> 3
        if kind == 0:
            varint()
        elif kind == 2:
            length = varint()
            if number == wanted:
                found.append(message[position : position + length])
            position += length
        else:
            position += 8 if kind == 1 else 4
    return found
