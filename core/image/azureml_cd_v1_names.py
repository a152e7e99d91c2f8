"""Names that scripts of 2019 import and newer packages lack. Each stands in only where the real one is not installed."""
import importlib
import importlib.abc
import importlib.util
import os
import sys


def get_model_path(model_name, version=None, _workspace=None):
    """The file or folder of a registered model: its given version, or the highest that is there."""
    root = _models_root()
    folder = os.path.join(root, model_name)
    if os.path.isdir(folder):
        there = sorted(os.listdir(folder), key=lambda name: (name.isdigit(), int(name) if name.isdigit() else 0, name))
        chosen = there[-1:] if version is None else [name for name in there if name == str(version)]
        entries = os.listdir(os.path.join(folder, chosen[0])) if chosen else []
        if len(entries) == 1:
            return os.path.join(folder, chosen[0], entries[0])
        held = "%d entries, not one" % len(entries) if chosen else "nothing"
        raise WebserviceException("Version %s of the model %s holds %s." % (chosen[0] if chosen else version, model_name, held))
    if os.path.exists(model_name):
        return model_name
    raise ModelNotFoundException("The model %s%s is neither in %s nor here." % (model_name, "" if version is None else " version %s" % version, root))


def _models_root():
    directory = os.environ.get("AZUREML_MODEL_DIR", "")
    # With one model the variable names the folder of its version, with several that of all.
    parts = directory.rstrip("/").split("/")
    if "azureml-models" in parts:
        return "/".join(parts[: parts.index("azureml-models") + 1])
    return os.path.dirname(os.path.dirname(directory)) if directory else "azureml-models"


class ModelNotFoundException(Exception):
    pass


class WebserviceException(Exception):
    pass


class Model(object):
    get_model_path = staticmethod(get_model_path)


def _azureml_core(module):
    # Anything else of the package needs the package.
    module.__path__ = []
    module.Model = Model


def _azureml_core_model(module):
    module.Model = Model
    module.ModelNotFoundException = ModelNotFoundException


def _sklearn_externals_joblib(module):
    joblib = importlib.import_module("joblib")
    for name in dir(joblib):
        if not name.startswith("__"):
            setattr(module, name, getattr(joblib, name))


STAND_INS = {
    "azureml.core": _azureml_core,
    "azureml.core.model": _azureml_core_model,
    "sklearn.externals.joblib": _sklearn_externals_joblib,
}


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Asked last, when nothing that is installed has the name."""

    def find_spec(self, name, path=None, target=None):
        if name == "azureml":
            return importlib.util.spec_from_loader(name, self, is_package=True)
        if name in STAND_INS:
            return importlib.util.spec_from_loader(name, self, is_package=name == "azureml.core")
        return None

    def exec_module(self, module):
        STAND_INS.get(module.__name__, lambda _: None)(module)
        if module.__name__ in STAND_INS:
            sys.stderr.write("azureml-cd: %s is not installed; a stand-in for what scripts of 2019 use of it answers.\n" % module.__name__)


sys.meta_path.append(StandIns())
