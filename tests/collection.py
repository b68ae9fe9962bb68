"""Plugins are imported as Ansible imports them: by their collection, which bootstrap has linked to the checkout."""

from pathlib import Path

from ansible.plugins.loader import init_plugin_loader


def load() -> None:
    """Let `ansible_collections.longshore.app` be imported from here on."""
    init_plugin_loader([str(Path(__file__).parents[1] / ".ansible" / "collections")])
