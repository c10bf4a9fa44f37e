"""The command line: the only reader of arguments, environment and clock; errors become exit codes here."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from pipeline import __version__
from pipeline.errors import SvodkaError
from pipeline.settings import CHECKOUT, Settings

# The commands as `svodka --help` shows them, by what they are for: name, module, attribute, what it does in one line.
SECTIONS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "Every night": (
        ("run", "pipeline.commands.run", "run", "Read the feeds, find meetings and agreements."),
        (
            "collect",
            "pipeline.commands.collect",
            "collect",
            "Only fetch the feeds that are due; cheap, for every half hour.",
        ),
        ("import", "pipeline.commands.run", "import_", "Put archives into the database."),
        ("feeds", "pipeline.commands.feeds", "feeds", "Keep the list of feeds; see how each one does."),
    ),
    "Ask": (
        ("summits", "pipeline.commands.ask", "summits", "List meetings, one line for each real one."),
        ("agreements", "pipeline.commands.ask", "agreements", "List agreements, one line for each real one."),
        ("articles", "pipeline.commands.ask", "articles", "List articles."),
        ("search", "pipeline.commands.ask", "search", "Search articles by words in any of their forms."),
        ("show", "pipeline.commands.ask", "show", "Show one record with every source sentence."),
        ("attention", "pipeline.commands.attention", "attention", "List what needs a person's eye."),
        ("serve", "pipeline.commands.serve", "serve", "Browse the database in a web browser, in Russian."),
        ("export", "pipeline.commands.export", "export", "Write records in a form that other tools read."),
        ("publish", "pipeline.commands.export", "publish", "Write the copy of the database that others may read."),
        ("schema", "pipeline.commands.export", "schema", "Explain the tables and views of the database."),
    ),
    "Tell": (
        ("digest", "pipeline.commands.digest", "digest", "Show, write or send the digest of a week."),
        ("alerts", "pipeline.commands.alerts", "alerts", "Send a short letter for each new match of your rules."),
    ),
    "Understand and correct": (
        (
            "annotate",
            "pipeline.commands.annotate",
            "annotate",
            "Read JSON Lines documents, write what is found in them.",
        ),
        ("explain", "pipeline.commands.annotate", "explain", "Show what decided the topics and events of an article."),
        ("fix", "pipeline.commands.fix", "fix", "Correct what was derived; corrections hold for good."),
        ("redo", "pipeline.commands.redo", "redo", "Derive again from what is stored; print what changed."),
        ("evaluate", "pipeline.commands.annotate", "evaluate", "Measure on annotated documents how right it is."),
        ("events", "pipeline.commands.events", "events", "Teach the judge of meetings and agreements."),
        ("topics", "pipeline.commands.topics", "topics", "Teach the topic model."),
    ),
    "Operate": (
        ("status", "pipeline.commands.operate", "status", "Show the last runs and each feed against its habit."),
        ("doctor", "pipeline.commands.doctor", "doctor", "Check program, models, feeds, database, disk and mail."),
        (
            "schedule",
            "pipeline.commands.operate",
            "schedule",
            "Print crontab lines or systemd units for running unattended.",
        ),
        ("backup", "pipeline.commands.operate", "backup", "Write a safe, checked copy, also during a run."),
        ("restore", "pipeline.commands.operate", "restore", "Put a backup in the place of the database."),
        ("check", "pipeline.commands.operate", "check", "Check the database for damage."),
        ("prune", "pipeline.commands.operate", "prune", "Delete what is older than its retention."),
    ),
}
COMMANDS = tuple(command for commands in SECTIONS.values() for command in commands)

YEARS = range(2000, 2200)  # a clock beyond is wrong, as after an empty battery; what it would date could not be mended

EPILOG = """\b
First steps:
  svodka doctor              is everything in place?
  svodka run                 read the feeds, find meetings and agreements
  svodka summits --status planned
  svodka search "саммит Ташкент"
"""


class Commands(click.Group):
    """The commands, each imported when it is called, with the options that hold everywhere."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """List the commands in the order of the table."""
        return [name for name, *_ in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import a command and give it the common options."""
        for name, module, attribute, _ in COMMANDS:
            if name == cmd_name:
                command = getattr(import_module(module), attribute)
                assert isinstance(command, click.Command)
                _share_options(command)
                return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the table of commands without importing any of them."""
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, does) for name, _, _, does in commands])


def _choose(ctx: click.Context, param: click.Parameter, value: Any) -> Any:  # noqa: ANN401 - click's signature
    if value is not None and value is not False:
        ctx.meta[f"svodka.{param.name}"] = value
        ctx.obj = _settings(ctx)
    return value


def _common_options() -> list[click.Option]:
    folder = click.Path(path_type=Path, file_okay=False)
    file = click.Path(path_type=Path, dir_okay=False)
    return [
        click.Option(["--db"], type=file, help="The database.  [default: db/news.db in the home folder]"),
        click.Option(["--home"], type=folder, help="The folder of feeds.yaml, models/ and db/.  [env: SVODKA_HOME]"),
        click.Option(["--now"], metavar="ISO", help="Set the clock, for tests and replays."),
        click.Option(["--json"], is_flag=True, help="Answer in JSON."),
    ]


def _share_options(command: click.Command) -> None:
    if isinstance(command, click.Group):
        for child in command.commands.values():
            _share_options(child)
        return
    own = {name for param in command.params for name in param.opts}
    for option in _common_options():
        if not own & set(option.opts):
            option.callback, option.expose_value = _choose, False
            command.params.append(option)


def _settings(ctx: click.Context) -> Settings:
    environment = dict(os.environ)
    chosen = {key.removeprefix("svodka."): value for key, value in ctx.meta.items() if key.startswith("svodka.")}
    home = Path(chosen.get("home") or environment.get("SVODKA_HOME") or _default_home(environment)).expanduser()
    db = chosen.get("db") or home / "db" / "news.db"
    now = _moment(chosen["now"]) if "now" in chosen else None
    if (year := (now or datetime.now(UTC)).year) not in YEARS:
        raise click.UsageError(f"The clock says that it is the year {year}. Set it right first; nothing was done.")
    return Settings(
        home=home,
        db=Path(db),
        now=now or datetime.now(UTC),
        clock=(lambda: now) if now else (lambda: datetime.now(UTC)),
        env=environment,
        json="json" in chosen,
    )


def _default_home(environment: dict[str, str]) -> Path:
    if (CHECKOUT / "feeds.yaml").exists() and (CHECKOUT / "pyproject.toml").exists():
        return CHECKOUT
    data = environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "svodka"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no ISO time, such as 2026-11-24 or 2026-11-24T03:00:00+05:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="svodka")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Who meets whom, and what was agreed, out of Russian-language news feeds.

    svodka reads feeds, finds summits and agreements in the articles, joins what many articles say of one
    meeting or agreement, and keeps it in one SQLite file.

    Exit codes: 0 done, 1 finished but a person must look, 2 wrong usage or configuration, 3 another run works,
    4 the database or the disk refused.
    """
    ctx.obj = _settings(ctx)


for _option in _common_options():
    _option.callback, _option.expose_value = _choose, False
    cli.params.append(_option)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit code."""
    # More BLAS threads than one fight over small matrices: NER took 2.6 times as long with two.
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # In a JSON string the escape of a lone surrogate is what JSON itself would write.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(_run(arguments))


def _run(arguments: list[str] | None) -> int:
    try:
        result = cli.main(arguments, prog_name="svodka", standalone_mode=False)
        sys.stdout.flush()
    except SvodkaError as error:
        click.echo(f"svodka: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("svodka: stopped. What was stored is safe; run again to go on.", err=True)
        return 130
    except BrokenPipeError:
        # The reader of our output left, as `head` does; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        click.echo(f"svodka: {error.filename or 'output'}: {error.strerror}.", err=True)
        return 4
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    main()
