"""The usual day of somebody who works with azure-ai-ml, unchanged, against whatever answers at EMULATOR_URL.

Prints what it saw as one line of JSON. Runs with azure-ai-ml 1.4.0 (Debian) and with the newest one alike.
"""

import json
import os
import tempfile
from pathlib import Path

from connection import VERSION, client  # The first import of azure.ai.ml, because it says how names are found.

from azure.ai.ml.entities import (
    CodeConfiguration,
    Environment,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    Model,
    OnlineRequestSettings,
)
from azure.core.exceptions import ResourceNotFoundError

folder = Path(tempfile.mkdtemp(dir=os.environ["TMPDIR"]))
seen = {"version": VERSION}

# Models: a folder, twice; the second with a version that the client finds by itself.
for version in ("one", "two"):
    path = folder / version / "model"
    (path / "inner").mkdir(parents=True)
    (path / "name.txt").write_text(f"model {version}")
    (path / "inner" / "weights.txt").write_text(version * 1000)
    (path / "inner" / "empty.txt").write_text("")
registered = [
    client.models.create_or_update(
        Model(name="diabetes", path=str(folder / version / "model"), type="custom_model", tags={"of": version})
    )
    for version in ("one", "two")
]
seen["registered"] = [model.version for model in registered]
again = client.models.create_or_update(
    Model(name="diabetes", path=str(folder / "two" / "model"), type="custom_model", description="again")
)
seen["again"] = again.version
seen["same_place"] = again.path == registered[1].path
seen["got"] = client.models.get("diabetes", "1").tags
seen["latest"] = client.models.get("diabetes", label="latest").version
seen["listed"] = [model.version for model in client.models.list("diabetes")]
client.models.archive("diabetes", version="3")
seen["after_archive"] = [model.version for model in client.models.list("diabetes")]
client.models.restore("diabetes", version="3")
client.models.archive("diabetes", version="3")
seen["containers"] = [model.name for model in client.models.list()]
try:
    client.models.get("diabetes", "99")
except ResourceNotFoundError as error:
    seen["missing"] = error.status_code

# An endpoint with two deployments that bring code, environment and model along.
code = folder / "code"
code.mkdir()
(code / "score.py").write_text(
    """
import glob, json, os

def init():
    global name
    [path] = glob.glob(os.path.join(os.environ["AZUREML_MODEL_DIR"], "**", "name.txt"), recursive=True)
    with open(path) as file:
        name = file.read()
    print("ready with", name)

def run(data):
    return {"model": name, "asked": json.loads(data)["asked"]}
"""
)
(code / "conda.yml").write_text("name: scoring\ndependencies:\n  - python=3.11\n")
request = folder / "request.json"
request.write_text('{"asked": 7}')
image = "mcr.microsoft.com/azureml/minimal-ubuntu22.04-py39-cpu-inference:latest"
endpoint = client.online_endpoints.begin_create_or_update(
    ManagedOnlineEndpoint(name="py-clients", auth_mode="key", tags={"by": "python"})
).result()
seen["endpoint"] = [endpoint.provisioning_state, endpoint.auth_mode.lower()]
environment = client.environments.create_or_update(
    Environment(name="scoring", image=image, conda_file=str(code / "conda.yml"))
)
seen["environment"] = environment.version


def deploy(name, model, environment):
    return client.online_deployments.begin_create_or_update(
        ManagedOnlineDeployment(
            name=name,
            endpoint_name="py-clients",
            model=model,
            environment=environment,
            code_configuration=CodeConfiguration(code=str(code), scoring_script="score.py"),
            instance_type="Standard_DS3_v2",
            instance_count=1,
            request_settings=OnlineRequestSettings(request_timeout_ms=10000),
        )
    ).result()


blue = deploy("blue", registered[0], environment)
green = deploy("green", Model(path=str(folder / "two" / "model")), Environment(image=image))
seen["deployed"] = [blue.provisioning_state, green.provisioning_state]
seen["same_code"] = blue.code_configuration.code == green.code_configuration.code


def invoke(**more):
    answer = client.online_endpoints.invoke(endpoint_name="py-clients", request_file=str(request), **more)
    return json.loads(answer)


scored = []
for traffic in ({"blue": 100}, {"blue": 0, "green": 100}):
    endpoint.traffic = traffic
    endpoint = client.online_endpoints.begin_create_or_update(endpoint).result()
    scored.append(invoke())
seen["traffic"] = client.online_endpoints.get("py-clients").traffic
scored.append(invoke(deployment_name="blue"))
seen["scored"] = scored
seen["keys"] = bool(client.online_endpoints.get_keys("py-clients").primary_key)
seen["logged"] = "ready with model two" in client.online_deployments.get_logs("green", "py-clients", lines=100)
seen["deployments"] = sorted(one.name for one in client.online_deployments.list("py-clients"))

client.online_deployments.begin_delete("blue", "py-clients").result()
client.online_endpoints.begin_delete("py-clients").result()
seen["left"] = [one.name for one in client.online_endpoints.list()]
# The client has printed dots while it waited.
print("\n" + json.dumps(seen))
