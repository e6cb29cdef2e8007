"""Measures contenders in turns and prints what came out as one table."""

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

HEADER = ("Workload", "Unit", "Subject", "Median", "Against", "Median", "Ratio (least to most)", "Goal")


@dataclass(frozen=True)
class Contest:
    """One workload: what measures each contender, the first of which is compared with each of the others.

    `goals` says by the name of the other what the ratio is to be.
    """

    workload: str
    contenders: Mapping[str, Callable[[], float]]
    goals: Mapping[str, str] = field(default_factory=dict)
    unit: str = "requests/s"
    rounds: int | None = None  # as many as the run has, unless it is known to need fewer


def run(contest: Contest, rounds: int) -> dict[str, list[float]]:
    """Measure all contenders once in every round, so that they share the machine's good and bad moments."""
    figures: dict[str, list[float]] = {name: [] for name in contest.contenders}
    for _ in range(contest.rounds or rounds):
        for name, measure in contest.contenders.items():
            figures[name].append(measure())
    return figures


def rows(contest: Contest, figures: Mapping[str, list[float]]) -> Iterable[tuple[str, ...]]:
    """Yield a row for each pair."""
    (subject, subjects), *others = figures.items()
    for other, theirs in others:
        yield (
            contest.workload,
            contest.unit,
            subject,
            _number(statistics.median(subjects)),
            other,
            _number(statistics.median(theirs)),
            _ratio(subjects, theirs),
            contest.goals.get(other, ""),
        )


def line(row: Iterable[str]) -> str:
    """Return `row` as a line of a Markdown table."""
    return f"| {' | '.join(row)} |"


def _ratio(ours: list[float], theirs: list[float]) -> str:
    if not all(theirs):
        return "-"
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    low, middle, high = (_number(value) for value in (min(ratios), statistics.median(ratios), max(ratios)))
    return f"{middle} ({low} to {high})" if len(ratios) > 1 else middle


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
