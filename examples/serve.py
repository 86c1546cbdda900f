"""Export a model for TF Serving, and call it as the server would: 15 seconds.

Writes served/digits/1, a SavedModel, and configuration files for the server.
"""

import tfae
from tfae.serving.c_session import Session

x = tfae.datasets.load("digits").test.inputs
model = tfae.StackedAutoencoder(64, [32, 8])
model.compile("adam", "mse")
model.fit(tfae.datasets.load("digits").train.inputs, epochs=5, verbose=0)

path = tfae.export.export(model, "served/digits", examples=x[:3])
tfae.serving_config.write("served")
print(f"exported and checked: {path}")

# The C++ loader that TF Serving uses, without the Python class of the model.
session = Session(path)
for name in sorted(session.signatures):
    print(f"signature {name}: {', '.join(session.signatures[name][1])}")
scores = session.run("score", {"inputs": x})["score"]
print(f"reconstruction error of {len(scores)} digits: {scores.mean():.4f}")
print(
    "Serve: docker run -p 8501:8501 -v $PWD/served:/models tensorflow/serving:2.21.0",
    end=" ",
)
print("--model_config_file=/models/models.config")
