"""Makes a conda environment where a base image has no conda: py-rattler finds and links the packages instead.

  make_conda_environment.py TARGET

Beside it: conda-packages.json, the channels and the packages of a conda file. What is for pip is not its business.
"""
import asyncio
import json
import os
import sys

import rattler

# What "defaults" means to conda.
DEFAULTS = ["https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r"]


def urls(names):
    for name in names:
        if name == "defaults":
            yield from DEFAULTS
        # As conda does, an environment may hide a password in the address of a channel.
        else:
            yield os.path.expandvars(name)


async def make(target, channels, packages):
    records = await rattler.solve(
        [rattler.Channel(url) for url in channels],
        packages,
        virtual_packages=rattler.VirtualPackage.detect(),
    )
    for record in sorted(records, key=lambda one: one.name.normalized):
        print("azureml-cd: %s %s %s" % (record.name.normalized, record.version, record.build), flush=True)
    await rattler.install(records, target_prefix=target, show_progress=False, execute_link_scripts=False)
    # What conda tells from a folder by: an environment it may go on with.
    os.makedirs(os.path.join(target, "conda-meta"), exist_ok=True)
    open(os.path.join(target, "conda-meta", "history"), "a").close()


def main():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "conda-packages.json")) as file:
        wanted = json.load(file)
    channels = list(urls(wanted["channels"]))
    try:
        asyncio.run(make(sys.argv[1], channels, wanted["packages"]))
    except Exception as error:  # whatever the library calls it, the user reads one sentence of it
        told = " ".join(str(error).split())
        places = ", ".join(wanted["channels"])
        print("azureml-cd: error: the packages of the conda file cannot be had from %s: %s" % (places, told), file=sys.stderr)
        return 1
    return 0


code = main()
sys.stdout.flush()
sys.stderr.flush()
# Threads of py-rattler can outlive the interpreter and crash it as it ends.
os._exit(code)
