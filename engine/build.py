"""Build the engine into one executable file: `python3 engine/build.py OUT`. The same source gives the same bytes.

A zipapp (PEP 441) with a shebang for Debian's python3. Byte code is included: the file is installed where nothing can
write a cache beside it, and compiling 35 modules at each start would cost more than all else `status` does. The byte
code is that of the Python which builds; another one ignores it and compiles from the source that is there too.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from pathlib import Path

PACKAGE = Path(__file__).parent / "longshore"
SHEBANG = b"#!/usr/bin/python3 -E\n"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip file can hold


def build(package: Path = PACKAGE) -> bytes:
    """The file's bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        _add(bundle, "__main__.py", (package / "__main__.py").read_bytes())
        for source in sorted(package.glob("*.py")):
            _add(bundle, f"{package.name}/{source.name}", source.read_bytes())
    return SHEBANG + archive.getvalue()


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
