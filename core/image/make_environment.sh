#!/bin/sh
# Makes the Python environment of a scoring image, in the stage of the build that nothing else of stays.
#   make_environment.sh TARGET conda|pip|server
# Beside it: conda.yml or requirements.txt; python.txt, the version of Python a conda file asks for;
# conda-only.txt, the packages only conda has; make_conda_environment.py with conda-packages.json, for base images
# without conda; extra-ca.pem, certificates that the build trusts.
set -eu
target=$1
kind=$2
here=$(dirname "$0")

say() { echo "azureml-cd: $*"; }
fail() {
  echo "azureml-cd: error: $*" >&2
  exit 1
}

if [ -s "$here/extra-ca.pem" ]; then
  bundle=/tmp/azureml-cd-ca.pem
  cat "$here/extra-ca.pem" >"$bundle"
  for known in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    if [ -s "$known" ]; then
      cat "$known" >>"$bundle"
      break
    fi
  done
  export SSL_CERT_FILE="$bundle" REQUESTS_CA_BUNDLE="$bundle" CURL_CA_BUNDLE="$bundle" PIP_CERT="$bundle" CONDA_SSL_VERIFY="$bundle"
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore

find_conda() {
  for candidate in "${CONDA_EXE:-}" conda mamba micromamba /opt/miniconda/bin/conda /opt/conda/bin/conda /usr/local/bin/micromamba; do
    [ -n "$candidate" ] || continue
    if command -v "$candidate" >/dev/null 2>&1; then
      command -v "$candidate"
      return
    fi
  done
}

find_python() {
  for candidate in python3 python; do
    if command -v "$candidate" >/dev/null 2>&1; then
      command -v "$candidate"
      return
    fi
  done
}

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

# Whether the Python of the base image is none that a conda file allows, so that another has to be brought.
needs_other_python() {
  [ -s "$here/python.txt" ] || return 1
  python=$(find_python)
  [ -z "$python" ] || [ "$(cat "$here/python.txt")" != "$(version_of "$python")" ]
}

# Packages of conda without conda: found and linked by py-rattler, which is in no layer that stays.
make_by_rattler() {
  needs="the base image has no conda, which these packages need: $(tr '\n' ' ' <"$here/conda-packages.txt")"
  python=$(find_python)
  [ -n "$python" ] || fail "$needs(nor has it a Python that could stand in for conda)"
  say "The base image has no conda; py-rattler stands in for it"
  "$python" -m venv /tmp/azureml-cd-rattler || fail "$needs(nor can its Python make the environment of what stands in for conda)"
  /tmp/azureml-cd-rattler/bin/python -m pip install 'py-rattler>=0.16,<1' ||
    fail "$needs(and py-rattler, which would stand in for conda, could not be installed)"
  /tmp/azureml-cd-rattler/bin/python "$here/make_conda_environment.py" "$target" || exit 1
  has_python
}

has_python() { [ -x "$target/bin/python" ] || fail "the conda file brings no Python; add python and pip to its dependencies"; }

make_venv() {
  python=$(find_python)
  [ -n "$python" ] || fail "the base image has no Python, which packages of pip need"
  version=$(version_of "$python")
  say "Making an environment of Python $version"
  if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    "$python" -m venv --system-site-packages "$target"
  elif "$python" -c 'import pip, venv' 2>/dev/null; then
    "$python" -m venv --system-site-packages --without-pip "$target"
  else
    fail "the Python of the base image can make no environments: it has neither ensurepip nor pip with venv (Debian: python3-venv)"
  fi
}

install() {
  # Of an environment of conda, pip is a package like any other, which may not have been asked for.
  "$target/bin/python" -m pip --version >/dev/null 2>&1 || "$target/bin/python" -m ensurepip >/dev/null
  "$target/bin/python" -m pip install "$@"
}

case $kind in
conda)
  conda=$(find_conda)
  if [ -n "$conda" ]; then
    say "Making the environment of conda.yml with $conda"
    case $conda in
    *micromamba) "$conda" create --yes --prefix "$target" --file "$here/conda.yml" ;;
    *) "$conda" env create --prefix "$target" --file "$here/conda.yml" ;;
    esac
    has_python
  elif [ -s "$here/conda-only.txt" ] || needs_other_python; then
    make_by_rattler
    [ ! -s "$here/requirements.txt" ] || install --requirement "$here/requirements.txt"
  else
    say "The base image has no conda; the conda file asks for nothing else than pip can install"
    make_venv
    install --requirement "$here/requirements.txt"
  fi
  ;;
pip)
  make_venv
  install --requirement "$here/requirements.txt"
  ;;
server)
  make_venv
  ;;
*) fail "there is no kind of environment called $kind" ;;
esac

if ! "$target/bin/python" -c 'import azureml_inference_server_http' 2>/dev/null; then
  if "$target/bin/python" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("azureml_inference_server_http") is None)'; then
    say "azureml-inference-server-http is there but cannot be imported:"
    "$target/bin/python" -c 'import azureml_inference_server_http'
  fi
  say "Adding azureml-inference-server-http, which no package brings"
  install 'azureml-inference-server-http>=1.4,<2; python_version >= "3.9"' 'azureml-inference-server-http<1.4; python_version < "3.9"'
fi
if [ -d "$here/v1_names" ]; then
  packages=$("$target/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  cp "$here"/v1_names/* "$packages/"
fi
# A script of an environment is started by its absolute path, which stays the same in the last stage.
[ -x "$target/bin/azmlinfsrv" ] || printf '#!%s/bin/python\nfrom azureml_inference_server_http.amlserver import run\nrun()\n' "$target" >"$target/bin/azmlinfsrv"
chmod 755 "$target/bin/azmlinfsrv"
