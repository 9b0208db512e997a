"""Both campaigns at length, with progress and a table at the end: ``python -m tests.faults --help``."""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import click

from tests.faults import campaign, kills
from tests.faults.network import KINDS

SEEDS = range(1, 21)
RESPONSES = 20_000
KILLS = 12


@click.command()
@click.option("--network", multiple=True, type=int, help="Only this seed of the hostile network (again for more).")
@click.option("--kill", multiple=True, type=int, help="Only this seed of sudden ends (again for more).")
@click.option("--responses", default=RESPONSES, show_default=True, help="Responses a seed of the network.")
@click.option("--kills", "times", default=KILLS, show_default=True, help="Kills a seed.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep the files of failed seeds here.")
def main(network: tuple[int, ...], kill: tuple[int, ...], responses: int, times: int, keep: Path | None) -> None:
    """Send responses through every fault, and kill every process; compare all that arrived with all that was stored."""
    logging.disable(logging.CRITICAL)
    everything = not (network or kill)
    failed: list[str] = []

    def fight(kind: str, seed: int, run: Callable[..., campaign.Result | kills.Result], size: int) -> object:
        with tempfile.TemporaryDirectory() as folder:
            name = f"{kind} {seed}"
            result = run(seed, size, Path(folder), lambda done, of: _progress(f"{name}: {done} of {of}"))
            if not sys.stderr.isatty():
                click.echo(f"{name}: {'clean' if result.clean else 'NOT CLEAN'}, {result.seconds:.0f} s")
            if not result.clean:
                failed.append(f"{name}: {result.wrong} {result.reckoning.wrong}")
                again = f"--network {seed} --responses {size}" if kind == "network" else f"--kill {seed} --kills {size}"
                click.echo(f"\r{name} FAILED; to run just this: .venv/bin/python -m tests.faults {again}")
                if keep is not None:
                    shutil.copytree(folder, keep / f"{kind}-{seed}", dirs_exist_ok=True)
        return result

    began = time.monotonic()
    fights = [fight("network", seed, campaign.run, responses) for seed in network or (SEEDS if everything else ())]
    deaths = [fight("kill", seed, kills.run, times) for seed in kill or (SEEDS if everything else ())]
    _progress("")
    _table([r for r in fights if isinstance(r, campaign.Result)], [r for r in deaths if isinstance(r, kills.Result)])
    click.echo(f"{len(fights) + len(deaths)} seeds in {time.monotonic() - began:.0f} s, {len(failed)} failed")
    for words in failed:
        click.echo(words)
    sys.exit(bool(failed))


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{words:60}\r", nl=False, err=True)


def _table(fights: list[campaign.Result], deaths: list[kills.Result]) -> None:
    if fights:
        drawn = sum((r.drawn for r in fights), Counter[str]())
        click.echo("fault, and how often it was drawn")
        for kind in sorted(KINDS, key=lambda kind: -drawn[kind]):
            click.echo(f"  {kind:40}{drawn[kind]:>7}")
        click.echo(
            "network  rows  requests  by book  faults  epochs  rows/s  lost  twice  foreign  miscounted  slowest"
        )
        for r in fights:
            n = r.reckoning
            faults = r.drawn.total() - r.drawn["honest"]
            click.echo(
                f"{r.seed:7}{n.rows:6}{r.requests:10}{r.by_book:9}{faults:8}{r.epochs:8}{n.rows / r.seconds:8.0f}"
                f"{n.lost:6}{n.twice:7}{n.foreign:9}{n.miscounted:12}{r.slowest_s:7.2f} s"
            )
    if deaths:
        click.echo("   kill  rows  thanked  killed: kiosk  sync  collector  lost  twice  foreign  miscounted  seconds")
        for d in deaths:
            n = d.reckoning
            k = d.killed
            click.echo(
                f"{d.seed:7}{n.rows:6}{d.thanked:9}{k['kiosk']:15}{k['sync']:6}{k['collector']:11}"
                f"{n.lost:6}{n.twice:7}{n.foreign:9}{n.miscounted:12}{d.seconds:9.1f}"
            )


if __name__ == "__main__":
    main()
