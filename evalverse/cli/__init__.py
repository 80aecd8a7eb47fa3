"""The command line. Each verb is a file beside this one, imported when it is called, so that --help answers at once."""

from __future__ import annotations

import sys
from importlib import import_module

import click

VERBS = {
    "critique": "Judge clips and write their reports.",
    "plan": "Show what would be inspected and why, without judging.",
    "measure": "Gather evidence only.",
    "chat": "Talk about a finished critique: why, where, what to change, and what you doubt.",
    "taxonomy": "Print the taxonomy, or a part of it.",
    "doctor": "Say what is installed, what is missing, and what it would enable.",
    "vbench": "Measure VBench's dimensions on a folder of clips.",
    "replay": "Run a stored critique again with its model's recorded answers, and compare.",
    "compare": "Put two clips or reports of one brief side by side.",
    "lab": "Make clips with known faults, to test and calibrate judges on.",
    "redteam": "Try to make a judge obey the clip that it examines.",
    "calibrate": "Fit the numbers that operators and judges rest on.",
    "credibility": "Measure how far verdicts agree with ratings of your own.",
    "reward": "Score clips on the sub-dimensions that are wanted, for scripts and trainers.",
    "refine": "Generate, critique and patch the prompt until a clip is good enough.",
    "demo": "Critique a sample film made from packaged footage.",
}


class Verbs(click.Group):
    """Commands by name; the module of a verb is imported only when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        command: click.Command = getattr(import_module(f"evalverse.cli.{name}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from evalverse.errors import UnknownName

            raise UnknownName("command", args[0], list(VERBS))
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"evalverse {version('evalverse-agent')}")
        ctx.exit()


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Print it.")
def cli() -> None:
    """EvalVerse looks at film clips the way a crew would, and proves what it says.

    \b
    evalverse critique clip.mp4 --prompt "a man walks through rain" --out report
    evalverse doctor
    """


def main() -> None:
    """Entry point: errors that we raise on purpose are one line on stderr and an exit code, never a traceback."""
    from evalverse.cli.quiet import hush
    from evalverse.errors import EvalVerseError

    hush()
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except KeyboardInterrupt:
        click.echo("stopped; the same call goes on from here", err=True)
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except EvalVerseError as error:
        click.echo(f"error: {error}", err=True)
        code = error.exit_code
    except ImportError as error:
        if not any(library in str(error) for library in ("libGL", "libgthread", "libglib")):
            raise
        click.echo(f"error: OpenCV misses a system library ({error}); on Debian: apt-get install libgl1", err=True)
        click.echo("or: pip uninstall opencv-python; pip install --force-reinstall opencv-python-headless", err=True)
        code = EvalVerseError.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    sys.exit(code if isinstance(code, int) else 0)
