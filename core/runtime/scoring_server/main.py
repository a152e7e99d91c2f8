"""Opens the port, tells the owner, and hands over to Microsoft's server where this Python has it, else to the stand-in."""
import json
import os
import socket

from scoring_server import lifeline


def main(order):
    lifeline.hold(order["graceSeconds"])
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((order["host"], order["port"]))
    # Requests that arrive before the entry script is loaded wait in the queue, as they do with gunicorn.
    listener.listen(512)
    if "reportTo" in order:
        report(order["reportTo"], listener.getsockname()[1])
    if order["server"] == "auto" and inference_server_installed():
        from scoring_server import inference_server

        inference_server.serve(listener)
    else:
        from scoring_server import stand_in

        stand_in.serve(listener)


def inference_server_installed():
    from importlib.util import find_spec

    return os.name == "posix" and find_spec("azureml_inference_server_http") is not None


def report(descriptor, port):
    with os.fdopen(descriptor, "w") as owner:
        owner.write(json.dumps({"port": port}) + "\n")
