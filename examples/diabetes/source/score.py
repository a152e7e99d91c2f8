"""The entry script. Takes {"data": [[age, sex, bmi, bp, s1, s2, s3, s4, s5, s6], ...]} with raw values."""
import json
import os
from pathlib import Path

from azureml_inference_server_http.api.aml_response import AMLResponse
from ridge import Ridge


def init():
    global ridge, served
    folder = Path(os.environ["AZUREML_MODEL_DIR"])
    found = sorted(folder.rglob("ridge.json"))
    if len(found) != 1:
        raise FileNotFoundError("There must be one ridge.json below %s, not %d." % (folder, len(found)))
    ridge = Ridge(found[0])
    # One model lies in <name>/<version>.
    served = {"name": folder.parent.name, "version": folder.name}
    print("Serving", served, "fitted on", ", ".join(ridge.features))


def run(data):
    try:
        body = json.loads(data)
    except ValueError as error:
        return refuse("The body is not JSON: %s." % error)
    if not isinstance(body, dict) or "data" not in body:
        return refuse('The body must be a JSON object with "data".')
    problem = ridge.check(body["data"])
    if problem is not None:
        return refuse(problem)
    return {"result": [ridge.predict(row) for row in body["data"]], "model": served}


def refuse(message):
    return AMLResponse({"message": message}, 400, json_str=True)
