"""Compile Python code as the image keeps it: `python -X no_debug_ranges compile.py [FOLDER]`.

Each module of the folder becomes a file of compiled code in the place of its source; without a folder, the standard
library is compiled into the cache below PYTHONPYCACHEPREFIX. One space is left of each docstring, since some
packages need that there is one: a process holds them in memory for as long as it runs, and nobody reads them there.
Overloads go the same way: they are for type checkers, and Python keeps a register of them. Assertions stay, since other
packages catch what these raise.
"""

import ast
import importlib.util
import marshal
import sys
import sysconfig
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

# PEP 552: the source's hash is in the file, and is never compared.
UNCHECKED_HASH = (1).to_bytes(4, "little")
# Not for running, and not all of it for this version of Python.
LEFT_OUT = {"tests", "benchmarks"}
NOT_FOR_SERVERS = {"test", "site-packages", "idlelib", "lib2to3", "ensurepip", "tkinter"}


def is_overload(node: ast.AST) -> bool:
    """Whether this is a function's signature for type checkers."""
    marks = node.decorator_list if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
    return any(getattr(mark, "id", getattr(mark, "attr", "")) == "overload" for mark in marks)


def strip(node: ast.AST) -> None:
    """Empty the docstrings of a statement or a module, and of all within it, and take overloads out."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            first.value.value = " "
    for blocks in ("body", "orelse", "handlers", "finalbody", "cases"):
        inner = getattr(node, blocks, None)
        if isinstance(inner, list) and inner:
            inner[:] = [child for child in inner if not is_overload(child)] or [ast.copy_location(ast.Pass(), inner[0])]
            for child in inner:
                strip(child)


def compile_file(path: Path, target: Path) -> None:
    """Write a source's compiled code to a file."""
    source = path.read_bytes()
    tree = ast.parse(source)
    strip(tree)
    code = marshal.dumps(compile(tree, path, "exec", dont_inherit=True))
    header = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(header + code)


def compile_all(folder: Path, target: Callable[[Path], Path], left_out: set[str]) -> None:
    """Compile the modules below a folder, but for those in folders that are left out."""
    modules = [path for path in folder.rglob("*.py") if left_out.isdisjoint(path.relative_to(folder).parts)]
    with ProcessPoolExecutor() as pool:
        list(pool.map(compile_file, modules, map(target, modules), chunksize=32))


def cached(path: Path) -> Path:
    """Where Python looks for the compiled code of a source that stays."""
    return Path(importlib.util.cache_from_source(path))


def main() -> None:
    """Compile a folder of packages in place of their sources, or the standard library into the cache."""
    if not sys.argv[1:]:
        compile_all(Path(sysconfig.get_path("stdlib")), cached, LEFT_OUT | NOT_FOR_SERVERS)
        return
    folder = Path(sys.argv[1])
    compile_all(folder, lambda path: path.with_suffix(".pyc"), LEFT_OUT)
    for source in [*folder.rglob("*.py[ix]"), *folder.rglob("*.py")]:
        source.unlink()


if __name__ == "__main__":
    main()
