"""The command line: ``desk COMMAND`` or ``python -m bot COMMAND``."""

from __future__ import annotations

import importlib
import sys
from typing import Final

import click

from bot import __version__
from bot.cli.logs import quiet_logging
from bot.model.errors import DeskError, FaultyError

# Loaded only when asked for, so that a question on the terminal does not wait for the web server to be read.
_COMMANDS: Final = {
    "run": "bot.cli.run",
    "demo": "bot.cli.demo",
    "talk": "bot.cli.talk",
    "ask": "bot.cli.ask",
    "eval": "bot.cli.eval",
    "check": "bot.cli.check",
    "announce": "bot.cli.announce",
    "status": "bot.cli.status",
    "aside": "bot.cli.aside",
    "key": "bot.cli.key",
    "backup": "bot.cli.backup",
    "restore": "bot.cli.restore",
    "migrate": "bot.cli.migrate",
    "purge": "bot.cli.purge",
    "drill": "bot.cli.drill",
    "export": "bot.cli.export",
    "staff": "bot.cli.staff",
    "audit": "bot.cli.audit",
    "teach": "bot.cli.teach",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name]).command
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="Delegate Desk")
def desk() -> None:
    """An information desk for conferences, in English, Arabic and Vietnamese."""


def main() -> None:
    """Run a command; errors that people can mend are sentences, not traces."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    quiet_logging("WARNING")
    try:
        desk(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except FaultyError as error:
        for fault in error.faults:
            click.echo(str(fault), err=True)
        sys.exit(1)
    except DeskError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except OSError as error:  # a port that is taken, a folder that is a file, a host that is not known
        where = f": {error.filename}" if error.filename else ""
        click.echo(f"The desk cannot start here: {error.strerror or error}{where}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
