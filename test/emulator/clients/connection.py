"""Signs azure-ai-ml in at whatever answers at EMULATOR_URL: `client` is what a script of a user's would have made."""

import os
import socket
import warnings

warnings.simplefilter("ignore")
url = os.environ["EMULATOR_URL"]
port = url.rsplit(":", 1)[1]

# What a line in /etc/hosts does, which a test must not write: every name below localhost is this machine.
resolve = socket.getaddrinfo


def resolve_here(host, *args, **kwargs):
    is_here = isinstance(host, str) and host.endswith(".localhost")
    return resolve("localhost" if is_here else host, *args, **kwargs)


socket.getaddrinfo = resolve_here

from azure.ai.ml import MLClient  # noqa: E402
from azure.ai.ml import _azure_environments as environments  # noqa: E402
from azure.ai.ml._version import VERSION  # noqa: E402
from azure.ai.ml.constants._common import LROConfigurations  # noqa: E402
from azure.identity import ClientSecretCredential  # noqa: E402

# It waits in the same way, only shorter than it would for Azure.
LROConfigurations.POLL_INTERVAL = LROConfigurations.SLEEP_TIME = 0.5

if not hasattr(environments, "_get_clouds_by_metadata_url"):
    # Before 1.10 the client knew three clouds only; this is the fourth.
    environments._environments["AzureCloud"] = {
        "azure_portal": url,
        "resource_manager": url,
        "active_directory": url,
        "aml_resource_id": "https://ml.azure.com/",
        "storage_endpoint": f"core.localhost:{port}",
        "registry_discovery_endpoint": url,
    }

# "adfs" is the one tenant for which no version asks Microsoft whether the authority exists.
credential = ClientSecretCredential(
    os.environ["AUTHORITY_TENANT"],
    os.environ["AZURE_CLIENT_ID"],
    os.environ["AZURE_CLIENT_SECRET"],
    authority=url,
    **({"disable_instance_discovery": True} if os.environ["AUTHORITY_TENANT"] != "adfs" else {}),
)
client = MLClient(
    credential,
    os.environ["SUBSCRIPTION"],
    os.environ["RESOURCE_GROUP"],
    os.environ["WORKSPACE"],
    show_progress=False,
    polling_interval=0.2,
)
