"""The lines and units that let cron or systemd run svodka."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.settings import Settings

# Name, what it does, the arguments, minute-hour-day of cron, the calendar of systemd.
JOBS = (
    ("collect", "store what the feeds show", "collect", "*/30 * * * *", "*:0/30"),
    ("nightly", "read, understand and join the news of a day", "run", "15 3 * * *", "*-*-* 03:15"),
    ("backup", "a checked copy, fourteen kept", "backup --keep 14 {backups}", "45 4 * * *", "*-*-* 04:45"),
    ("check", "look for damage, delete what is old", "check --full", "15 5 * * 0", "Sun *-*-* 05:15"),
    ("prune", "delete what is older than its retention", "prune", "45 5 * * 0", "Sun *-*-* 05:45"),
    ("digest", "the weekly letter", "digest --send", "0 7 * * 1", "Mon *-*-* 07:00"),
)


def crontab(settings: Settings) -> str:
    """Write crontab lines; cron knows one time zone only, that of the machine."""
    lines = [
        "# svodka; times are those of the machine. A run that finds another at work leaves at once with exit code 3.",
        "MAILTO=operator",
    ]
    for _, does, arguments, when, _ in JOBS:
        lines += [f"# {does}", f"{when} {_command(settings, arguments)}"]
    return "\n".join(lines) + "\n"


def units(settings: Settings, timezone: str) -> dict[str, str]:
    """Write systemd services and timers by file name: hardened, in the desk's zone, caught up after an outage."""
    home = settings.home.resolve()
    written = {}
    for name, does, arguments, _, calendar in JOBS:
        written[f"svodka-{name}.service"] = f"""[Unit]
Description=svodka: {does}
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart={_command(settings, arguments)}
# Secrets such as SMTP_PASSWORD stand in this file, readable by root alone.
EnvironmentFile=-/etc/svodka.env
DynamicUser=no
NoNewPrivileges=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={settings.db.resolve().parent}
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryMax=3G
UMask=0027
WorkingDirectory={home}
# 1: finished, but a person must look; `svodka status` tells what.
SuccessExitStatus=0
"""
        written[f"svodka-{name}.timer"] = f"""[Unit]
Description=svodka: {does}

[Timer]
OnCalendar={calendar} {timezone}
Persistent=true
RandomizedDelaySec=2m

[Install]
WantedBy=timers.target
"""
    return written


def _command(settings: Settings, arguments: str) -> str:
    program = Path(sys.prefix) / "bin" / "svodka"
    backups = settings.db.resolve().parent / "backups"
    words = [str(program), "--home", str(settings.home.resolve()), "--db", str(settings.db.resolve())]
    return " ".join(shlex.quote(word) for word in words) + " " + arguments.format(backups=shlex.quote(str(backups)))
