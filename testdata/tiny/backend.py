"""A build backend that needs nothing from any index, so that tests run without a network."""

import base64
import hashlib
import pathlib
import time
import zipfile

import metadata


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    meta = metadata.project(pathlib.Path("pyproject.toml").read_text())
    name, version = meta["name"], meta.get("version", "9.8.7")
    if pathlib.Path("hang-build").exists():
        print("backend hangs", flush=True)
        time.sleep(600)
    info = f"{name}-{version}.dist-info"
    files = {
        p.relative_to("src").as_posix(): p.read_bytes()
        for p in sorted(pathlib.Path("src").rglob("*"))
        if p.is_file() and "__pycache__" not in p.parts
    }
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: Says hello\n".encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: tiny\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/entry_points.txt"] = b"[console_scripts]\ntiny = tiny:main\n"
    record = ""
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(data)}\n"
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    wheel = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, wheel), "w") as z:
        for path, data in files.items():
            z.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), data)
    return wheel


def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError
