"""Build the engine into one executable file: `python3 engine/build.py OUT`. The same source gives the same bytes.

A zipapp (PEP 441) with a shebang for Debian's python3. It holds byte code beside the source: nothing can write a cache
beside the installed file, and compiling every module at each start would take longer than `status` itself. The byte
code is that of the Python that builds (the same bytes therefore need the same Python); any other one passes it over
and compiles the source.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import marshal
import zipfile
from pathlib import Path

PACKAGE = Path(__file__).parent / "longshore"
SHEBANG = b"#!/usr/bin/python3 -E\n"
START = b"import sys\n\nfrom longshore.cli import main\n\nsys.exit(main())\n"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip file can hold
UNCHECKED = (1).to_bytes(4, "little")  # PEP 552: valid without looking at the source
WITHOUT_REFERENCES = 2  # marshal's format; later ones encode which objects happened to be shared while compiling


def build(package: Path = PACKAGE) -> bytes:
    """The file's bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        _add(bundle, "__main__.py", START)
        for source in sorted(package.rglob("*.py")):
            name = f"{package.name}/{source.relative_to(package).as_posix()}"
            _add(bundle, name, source.read_bytes())
            _add(bundle, f"{name}c", _byte_code(name, source.read_bytes()))
    return SHEBANG + archive.getvalue()


def _byte_code(name: str, source: bytes) -> bytes:
    code = compile(source, name, "exec", dont_inherit=True)
    return (
        importlib.util.MAGIC_NUMBER
        + UNCHECKED
        + importlib.util.source_hash(source)
        + marshal.dumps(code, WITHOUT_REFERENCES)
    )


def _add(bundle: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=EPOCH)
    entry.external_attr = 0o644 << 16
    bundle.writestr(entry, data, compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)


def main() -> None:
    """Write the file named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    out: Path = parser.parse_args().out
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(build())
    out.chmod(0o755)


if __name__ == "__main__":
    main()
