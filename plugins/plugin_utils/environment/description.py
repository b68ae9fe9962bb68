"""An environment as it is written down: a folder with an `environment.yml`, or one file that holds all of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleError
from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.plugins.plugin_utils.environment.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PLUGIN = "longshore.app.environment"
FOLDERS_FILE = "environment.yml"
COLLECTION = Path(__file__).resolve().parents[3]
# Variables that every environment starts from.
DEFAULTS = COLLECTION / "inventory" / "group_vars" / "all.yml"

COMMON = ("plugin", "region", "account", "endpoint", "endpoint_fix", "health_module", "requires", "own_variables")
# What a file that holds a whole environment may set as well; a folder has files of their own for these.
WHOLE = ("name", "image", "hosts", "services", "vars")


@dataclass(frozen=True)
class Environment:
    """One environment. `settings` is the file's content as it was read: unchecked until preflight has passed."""

    file: Path
    settings: Mapping[str, Any]

    @property
    def whole(self) -> bool:
        """Whether the one file holds the whole environment, its hosts included."""
        return self.file.name != FOLDERS_FILE

    @property
    def source(self) -> Path:
        """What an operator gives with -i."""
        return self.file if self.whole else self.file.parent

    @property
    def name(self) -> str:
        """The folder's name; of a whole file its `name`, or the file's own without its ending."""
        return str(self.settings.get("name") or self.file.stem) if self.whole else self.file.parent.name

    @property
    def state(self) -> Path:
        """Where its key, its certificate authority and its pinned host keys are kept: .longshore/NAME.

        Beside the file that holds all of it, or beside the folder `inventory` that the environment's folder is in.
        """
        return (self.file.parent if self.whole else self.file.parent.parent.parent) / ".longshore" / self.name

    @property
    def known_settings(self) -> tuple[str, ...]:
        """Every setting that the file may have."""
        return (*COMMON, *WHOLE) if self.whole else COMMON

    def hosts(self) -> dict[str, dict[str, Any]]:
        """The hosts that a whole file lists, with their variables; what is not a mapping is left to preflight."""
        listed = self.settings.get("hosts")
        pairs = listed.items() if self.whole and isinstance(listed, dict) else ()
        return {str(name): variables if isinstance(variables, dict) else {} for name, variables in pairs}

    def variables(self) -> dict[str, Any]:
        """The variables that a whole file sets for all of its hosts."""
        if not self.whole:
            return {}
        given = self.settings.get("vars")
        found = dict(given) if isinstance(given, dict) else {}
        named = {"release_services": "services", "release_image": "image"}
        return found | {name: self.settings[key] for name, key in named.items() if key in self.settings}


def read(path: Path, loader: Any) -> Environment:
    """An environment's file by Ansible's own loader, with its templates. Raises AnsibleError for what is not YAML."""
    # Not by the loader's cache: templates that Ansible reads later would be distrusted.
    content = loader.load_from_file(str(path), cache="none", trusted_as_template=True)
    return Environment(path, content if isinstance(content, dict) else {})


def find(sources: Sequence[str], loader: Any) -> Environment:
    """The one environment among a run's inventory sources. Raises RefusedError where there is none, or another too."""
    found = [each for source in sources for each in _described(Path(source), loader)]
    if not found:
        raise _no_environment(Path(sources[0]) if sources else Path("inventory"))
    first, *others = {each.file: each for each in found}.values()
    if others:
        raise RefusedError(
            "environment: a run works in one environment",
            f"{os.path.relpath(first.source)} and {os.path.relpath(others[0].source)}",
            f"give one of them, as in -i {os.path.relpath(others[0].source)}",
        )
    return first


def _described(source: Path, loader: Any) -> Iterator[Environment]:
    if source.is_dir():
        yield from (read(file, loader) for file in sorted(source.rglob(FOLDERS_FILE)))
    elif source.suffix in {".yml", ".yaml"} and source.is_file():
        try:
            environment = read(source, loader)
        except AnsibleError as error:
            raise RefusedError(
                "environment: the file is not YAML",
                f"{os.path.relpath(source)}: {str(error).splitlines()[0]}",
                "correct it, and compare it with the example in the README",
            ) from error
        if environment.settings.get("plugin") == PLUGIN:
            yield environment


def _no_environment(path: Path) -> RefusedError:
    """Name the environments that exist, and the one that was probably meant."""
    if path.is_file():
        return RefusedError(
            "environment: the inventory describes no environment",
            f"{os.path.relpath(path)} has no line `plugin: {PLUGIN}`",
            f"add that line at its top, or use one of inventory/, as in -i {_folder(path)}/byo",
        )
    folder = path.parent if _names(path.parent) else _folder(path)
    known = _names(folder)
    shown = os.path.relpath(folder)
    meant = nearest(path.name, known, 0.5)
    return RefusedError(
        "environment: there is no such environment",
        f"{os.path.relpath(path)}; {shown} has {', '.join(known)}",
        f"use -i {shown}/{meant}" if meant else f"use one of those, as in -i {shown}/{known[0]}",
    )


def _folder(path: Path) -> Path:
    """The nearest folder of environments: the working directory's own, or the collection's as examples."""
    own = Path("inventory")
    return own if _names(own) and path.parent != own else COLLECTION / "inventory"


def _names(folder: Path) -> list[str]:
    """Names of the environments in a folder, in order."""
    return sorted(path.parent.name for path in folder.glob(f"*/{FOLDERS_FILE}"))
