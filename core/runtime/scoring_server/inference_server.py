"""Runs azureml-inference-server-http on a socket that is already open, so that it listens on loopback and on a known port."""
import os
import sys


def serve(listener):
    from azureml_inference_server_http import amlserver

    host, port = listener.getsockname()
    descriptor = listener.detach()
    # gunicorn takes over sockets by the protocol of systemd's socket activation: they start at descriptor 3.
    if descriptor != 3:
        os.dup2(descriptor, 3)
        os.close(descriptor)
    os.set_inheritable(3, True)
    os.environ["LISTEN_PID"] = str(os.getpid())
    os.environ["LISTEN_FDS"] = "1"
    amlserver.DEFAULT_HOST = host
    entry_script = os.path.join(os.environ["AML_APP_ROOT"], os.environ["AZUREML_ENTRY_SCRIPT"])
    sys.argv = ["azmlinfsrv", "--entry_script", entry_script, "--port", str(port)]
    amlserver.run()
