"""What the user sets by environment variables, or by the same names in a config.json; the environment goes first."""
import json
import os

NAMES = (
    "AML_APP_ROOT",
    "AZUREML_ENTRY_SCRIPT",
    "AZUREML_SOURCE_DIRECTORY",
    "AZUREML_MODEL_DIR",
    "AML_CORS_ORIGINS",
    "SCORING_TIMEOUT_MS",
    "SERVICE_NAME",
    "SERVICE_PATH_PREFIX",
    "SERVICE_VERSION",
)

# The original leaves these to the environment alone.
NOT_IN_FILE = ("AML_APP_ROOT", "AML_CORS_ORIGINS")


class SettingsError(Exception):
    """A setting that cannot be understood."""


class Settings:
    def __init__(self, environment):
        values = dict(_config_file(environment))
        values.update({name: environment[name] for name in NAMES if name in environment})
        self.app_root = values.get("AML_APP_ROOT", os.getcwd())
        self.entry_script = values.get("AZUREML_ENTRY_SCRIPT", "main.py")
        self.source_directory = values.get("AZUREML_SOURCE_DIRECTORY")
        self.model_directory = values.get("AZUREML_MODEL_DIR", "")
        self.cors_origins = [origin.strip() for origin in values.get("AML_CORS_ORIGINS", "").split(",") if origin.strip()]
        self.service_name = values.get("SERVICE_NAME", "ML service")
        self.service_version = values.get("SERVICE_VERSION", "1.0")
        prefix = values.get("SERVICE_PATH_PREFIX", "").strip("/")
        self.path_prefix = "/" + prefix if prefix else ""
        try:
            self.scoring_timeout_ms = int(values.get("SCORING_TIMEOUT_MS", 3600000))
        except ValueError:
            raise SettingsError("SCORING_TIMEOUT_MS must be a whole number of milliseconds, not %r." % values["SCORING_TIMEOUT_MS"])


def _config_file(environment):
    root = environment.get("AML_APP_ROOT", os.getcwd())
    beside_script = os.path.dirname(os.path.join(root, environment.get("AZUREML_ENTRY_SCRIPT", "main.py")))
    for path in (
        environment.get("AZUREML_CONFIG_FILE", ""),
        os.path.join(root, "config.json"),
        os.path.join(beside_script, "config.json"),
    ):
        if os.path.isfile(path) and os.path.getsize(path) > 0:
            return _read(path)
    return {}


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except (OSError, ValueError) as error:
        raise SettingsError("The configuration file %s cannot be read: %s" % (path, error))
    if not isinstance(content, dict):
        raise SettingsError("The configuration file %s must hold a JSON object of settings." % path)
    return {name: str(content[name]) for name in NAMES if name not in NOT_IN_FILE and content.get(name) is not None}
