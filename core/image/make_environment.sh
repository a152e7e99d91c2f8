#!/bin/sh
# Makes the Python environment of a scoring image, in the stage of the build that nothing else of stays.
#   make_environment.sh TARGET conda|pip|server
# Beside it: conda.yml or requirements.txt; python.txt, the version a conda file of pip packages asks for;
# conda-only.txt, the packages only conda has; extra-ca.pem, certificates that the build trusts.
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

make_venv() {
  python=$(find_python)
  [ -n "$python" ] || fail "the base image has no Python, which packages of pip need"
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  if [ -s "$here/python.txt" ] && [ "$(cat "$here/python.txt")" != "$version" ]; then
    fail "the conda file asks for Python $(cat "$here/python.txt"), the base image has $version and no conda that could bring another; use a base image with one of them"
  fi
  say "Making an environment of Python $version"
  if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    "$python" -m venv --system-site-packages "$target"
  elif "$python" -c 'import pip, venv' 2>/dev/null; then
    "$python" -m venv --system-site-packages --without-pip "$target"
  else
    fail "the Python of the base image can make no environments: it has neither ensurepip nor pip with venv (Debian: python3-venv)"
  fi
}

install() { "$target/bin/python" -m pip install "$@"; }

case $kind in
conda)
  conda=$(find_conda)
  if [ -n "$conda" ]; then
    say "Making the environment of conda.yml with $conda"
    case $conda in
    *micromamba) "$conda" create --yes --prefix "$target" --file "$here/conda.yml" ;;
    *) "$conda" env create --prefix "$target" --file "$here/conda.yml" ;;
    esac
    [ -x "$target/bin/python" ] || fail "the conda file brings no Python; add python and pip to its dependencies"
  elif [ -s "$here/conda-only.txt" ]; then
    fail "the base image has no conda, which these packages need: $(tr '\n' ' ' <"$here/conda-only.txt")"
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
  install 'azureml-inference-server-http>=1.4,<2'
fi
if [ -d "$here/v1_names" ]; then
  packages=$("$target/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  cp "$here"/v1_names/* "$packages/"
fi
# A script of an environment is started by its absolute path, which stays the same in the last stage.
[ -x "$target/bin/azmlinfsrv" ] || printf '#!%s/bin/python\nfrom azureml_inference_server_http.amlserver import run\nrun()\n' "$target" >"$target/bin/azmlinfsrv"
chmod 755 "$target/bin/azmlinfsrv"
