"""Plugins are imported as Ansible imports them: by their collection, which bootstrap has linked to the checkout."""

from pathlib import Path

from ansible.plugins.loader import init_plugin_loader

init_plugin_loader([str(Path(__file__).parents[2] / ".ansible" / "collections")])
