"""Take a TF1 checkpoint over as a Keras model, without retraining: 10 seconds.

Writes old.ckpt, the checkpoint of a TF1 script, and migrated.keras.
"""

import tensorflow.compat.v1 as tf1

import tfae

digits = tfae.datasets.load("digits").train.inputs
with tf1.Graph().as_default(), tf1.Session() as session:  # the old script
    x = tf1.placeholder("float32", [None, 64], name="x")
    code = tf1.nn.elu(x @ tf1.get_variable("encode", [64, 16]))
    outputs = tf1.nn.sigmoid(code @ tf1.get_variable("decode", [16, 64]))
    loss = tf1.reduce_mean(tf1.square(outputs - x))
    step = tf1.train.AdamOptimizer(0.01).minimize(loss)
    session.run(tf1.global_variables_initializer())
    for _ in range(300):
        session.run(step, {x: digits})
    print(f"the script's error: {session.run(loss, {x: digits}):.6f}")
    path = tf1.train.Saver().save(session, "./old.ckpt")

imported = tfae.tf1_checkpoints.load(path, "auto", data=digits)
error = tfae.evaluation.figures(imported.model, digits)["mse"]
print(f"the Keras model's:  {error:.6f}")
imported.model.save("migrated.keras")
