"""Texts of four topics, each of words of its own and of some that all share."""

import numpy as np

TOPICS = {
    "fruit": "apple banana cherry grape lemon mango melon orange peach plum",
    "music": "cello chord drum flute guitar harp melody oboe piano violin",
    "space": "comet crater eclipse galaxy meteor moon orbit planet rocket star",
    "weather": "breeze cloud drizzle fog frost hail rain snow storm thunder",
}
SHARED = [
    *("always", "another", "because", "found", "great"),
    *("little", "maybe", "often", "people", "today"),
]


def texts_of_topics(count, seed=0):
    """Array of so many texts, and one of the numbers of their topics."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % len(TOPICS)
    texts = []
    for label in labels:
        own = [*TOPICS.values()][label].split()
        words = generator.choice(own, 12), generator.choice(SHARED, 6)
        texts.append(" ".join(generator.permutation(np.concatenate(words))) + ".")
    return np.array(texts, object), labels
