"""Registers a model version with azure-ai-ml as a training script would: NAME PATH KEY=VALUE… as its tags."""

import sys

from connection import client

from azure.ai.ml.entities import Model

name, path, *tags = sys.argv[1:]
model = Model(name=name, path=path, type="custom_model", tags=dict(tag.split("=", 1) for tag in tags))
print(client.models.create_or_update(model).version)
