"""Makes a channel of conda packages in a folder: this Python itself, and wheels of an index turned into packages.

  make_channel.py FOLDER

Needs py-rattler, which writes the index of the channel, and conda-package-streaming, which writes packages.
"""
import asyncio
import email
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

from conda_package_streaming.create import conda_builder
from rattler import Platform
from rattler.index import index_fs

MINOR = "%d.%d" % sys.version_info[:2]
SUBDIR = str(Platform.current())
ABI = "python >=%s,<3.%d.0a0" % (MINOR, sys.version_info[1] + 1)
SITE = "lib/python%s/site-packages" % MINOR

# By the packages of conda that are made of them, with what these need of the channel besides Python.
WHEELS = {
    "numpy==1.26.4": [],
    "scipy==1.14.1": ["numpy >=1.23,<2.3"],
    "scikit-learn==1.5.2": ["numpy >=1.19.5", "scipy >=1.6", "joblib >=1.2", "threadpoolctl >=3.1"],
    "joblib==1.4.2": [],
    "threadpoolctl==3.5.0": [],
    # The conda file asks for the older one.
    "toolz==0.12.1": [],
    "toolz==1.0.0": [],
}


def package(folder, name, version, build, depends, files, noarch=None):
    """`files`: pairs of a path in the environment and a path of this machine, or bytes."""
    subdir = "noarch" if noarch else SUBDIR
    os.makedirs(os.path.join(folder, subdir), exist_ok=True)
    index = {"name": name, "version": version, "build": build, "build_number": 0, "depends": depends, "subdir": subdir}
    index.update({"noarch": noarch} if noarch else {"arch": "x86_64", "platform": "linux"})
    paths = {"paths": [], "paths_version": 1}
    with conda_builder("%s-%s-%s" % (name, version, build), os.path.join(folder, subdir), compression_level=1) as archive:

        def add(path, content, mode=0o644, link=None):
            entry = tarfile.TarInfo(path)
            entry.mode = mode
            if link is not None:
                entry.type, entry.linkname = tarfile.SYMTYPE, link
                archive.addfile(entry)
            else:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))

        for path, content in files:
            if isinstance(content, bytes):
                add(path, content)
            elif os.path.islink(content):
                add(path, b"", link=os.readlink(content))
            else:
                with open(content, "rb") as file:
                    add(path, file.read(), 0o755 if os.access(content, os.X_OK) else 0o644)
            path_type = "softlink" if not isinstance(content, bytes) and os.path.islink(content) else "hardlink"
            paths["paths"].append({"_path": path, "path_type": path_type})
        add("info/index.json", json.dumps(index).encode())
        add("info/paths.json", json.dumps(paths).encode())
        if noarch == "python":
            add("info/link.json", json.dumps({"package_metadata_version": 1, "noarch": {"type": "python"}}).encode())


def own_python(folder):
    base = sys.base_prefix
    left_out = re.compile(r"/(site-packages|dist-packages|test|tests|config-[^/]*|idlelib|tkinter|__pycache__)(/|$)")
    standard = os.path.join(base, "lib/python" + MINOR)
    files = [("bin/python" + MINOR, os.path.realpath(os.path.join(base, "bin/python" + MINOR)))]
    with tempfile.TemporaryDirectory() as links:
        for name in ("python", "python3"):
            os.symlink("python" + MINOR, os.path.join(links, name))
            files.append(("bin/" + name, os.path.join(links, name)))
        for at, _, names in os.walk(standard):
            if left_out.search(at.removeprefix(standard) + "/"):
                continue
            files += [("lib/python%s/%s" % (MINOR, os.path.relpath(os.path.join(at, name), standard)), os.path.join(at, name)) for name in names]
        # Debian keeps elsewhere what ensurepip installs.
        debian = "/usr/share/python-wheels"
        if os.path.isdir(debian) and not any("/ensurepip/_bundled/" in path for path, _ in files):
            files += [("lib/python%s/ensurepip/_bundled/%s" % (MINOR, name), os.path.join(debian, name)) for name in os.listdir(debian)]
        package(folder, "python", "%d.%d.%d" % sys.version_info[:3], "0", [], files)


def of_wheel(folder, wheel, needs):
    with zipfile.ZipFile(wheel) as archive:
        pure = wheel.endswith("-none-any.whl")
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        told = email.message_from_bytes(archive.read(metadata))
        place = "site-packages" if pure else SITE
        files = [(place + "/" + name, archive.read(name)) for name in archive.namelist() if not name.endswith("/")]
    depends = needs + (["python >=3.8"] if pure else [ABI])
    build = "py_0" if pure else "py%s_0" % MINOR.replace(".", "")
    package(folder, told["Name"].lower(), told["Version"], build, depends, files, noarch="python" if pure else None)


def main():
    folder = sys.argv[1]
    own_python(folder)
    for requirement, needs in WHEELS.items():
        wheels = tempfile.mkdtemp()
        try:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", wheels]
            subprocess.run([*pip, "--disable-pip-version-check", requirement], check=True)
            [wheel] = os.listdir(wheels)
            of_wheel(folder, os.path.join(wheels, wheel), needs)
        finally:
            shutil.rmtree(wheels)
    asyncio.run(index_fs(folder, write_zst=False))


main()
# Threads of py-rattler can outlive the interpreter and crash it as it ends.
sys.stdout.flush()
os._exit(0)
