"""`python -m sandbox COMMAND`."""

import argparse
import sys

from sandbox import engine, images, lifecycle, settings
from sandbox.console import say
from sandbox.refusal import Refusal


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="bring the sandbox up, or start again what died")
    commands.add_parser("down", help="stop it and leave nothing of it")
    image = commands.add_parser("image", help="print the tag of an image of the sandbox, built if need be")
    image.add_argument("name", choices=["host", "app-base"])
    return parser


def main() -> int:
    """Run one command; 1 for a refusal, whose three lines go to stderr."""
    arguments = _parser().parse_args()
    try:
        current = settings.load()
        match arguments.command:
            case "up":
                lifecycle.up(current)
            case "down":
                lifecycle.down(current)
            case "image":
                client = engine.ensure(current)
                say(images.host(client) if arguments.name == "host" else images.app_base(client))
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
