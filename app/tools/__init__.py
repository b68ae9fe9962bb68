"""The tools: each file in this package that defines `TOOL` is one, found when the package is first used."""

import importlib
import pkgutil
from functools import cache

from app.tools.tool import Tool


@cache
def registry() -> dict[str, Tool]:
    """Every tool by its name, in the order in which they are offered a question: most particular first."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [module.TOOL for module in modules if hasattr(module, "TOOL")]
    return {tool.name: tool for tool in sorted(found, key=lambda tool: (tool.rank, tool.name))}
