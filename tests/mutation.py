"""Break the code on purpose, one small fault at a time, and see whether a test of the same room notices.

    python -m tests.mutation synthesis/pooling/mean --count 60 --seed 1

Faults are drawn at random from the room's files: a comparison turned, a times for a divide, `and` for `or`, a
minus or a `not` left out, a number moved, an argument left out, the branches of a conditional exchanged. What
is said to users, annotations and decorators are left alone. The tree is copied, so that nothing here changes.
The mirrored folder under tests/ runs once unbroken and then for each fault, until its first failure; a fault
with which it takes ten times as long, as an endless loop does, is noticed too. Those that pass unnoticed are
printed: a test is missing, or the line makes no difference and can go. The exit code is 1 where fewer are
noticed than --share.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
EXCHANGED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
TOLERANCE = 1e-6  # numbers below it are tolerances: half as much again is as good
PATIENCE = 10.0  # times the unbroken tests' time, after which a fault has been noticed
NOT_COPIED = (".*", "__pycache__", "output")


@dataclass(frozen=True)
class Fault:
    """One place of a module that can be broken; start and end are positions in its bytes."""

    line: int
    start: int
    end: int
    before: str
    after: str

    def broken(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.end :]


def faults(source: bytes) -> Iterator[Fault]:
    """Every fault that the module can be given."""
    offsets = [0]
    for line in source.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    for node in _in_effect(ast.parse(source)):
        for broken in _broken(node):
            start = offsets[node.lineno - 1] + node.col_offset
            end = offsets[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
            yield Fault(node.lineno, start, end, source[start:end].decode(), f"({ast.unparse(broken)})")


def _in_effect(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions below a node that decide what is computed, in the order of the text."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.Raise | ast.Assert | ast.JoinedStr):
                if isinstance(child, ast.expr):
                    yield child
                yield from _in_effect(child)


def _broken(node: ast.expr) -> Iterator[ast.expr]:
    """The expression with a fault, where it can have one."""
    match node:
        case ast.Compare(left, [op, *ops], comparators) if type(op) in TURNED:
            yield ast.Compare(left, [TURNED[type(op)](), *ops], comparators)
        case ast.BinOp(left, op, right) if type(op) in EXCHANGED and not _is_text(left, right):
            yield ast.BinOp(left, EXCHANGED[type(op)](), right)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.USub() | ast.Not(), operand):
            yield operand
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(float() as value) if value == 0.0 or value >= TOLERANCE:
            yield ast.Constant(1.5 * value or 0.5)
        case ast.Call(keywords=[*_, ast.keyword(arg=str())]):
            less = deepcopy(node)
            less.keywords.pop()
            yield less


def _is_text(*operands: ast.expr) -> bool:
    return any(
        isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, str))
        for part in operands
    )


def mirrored(room: Path) -> Path:
    """The folder of tests that mirrors a room, or the nearest one above it."""
    place = Path("tests") / room.with_suffix("")
    while not place.is_dir():
        place = place.parent
    return place


@dataclass(frozen=True)
class Trial:
    """A copy of the tree, and the tests that are run in it."""

    tree: Path
    tests: list[str]

    def passes(self, patience: float | None = None) -> bool:
        """Whether every test passes, within so many seconds."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *self.tests]
        try:
            # Two versions of a file may have one size and one second: compiled code must not be kept.
            fresh = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
            ended = subprocess.run(
                command, cwd=self.tree, env=fresh, capture_output=True, timeout=patience, check=False
            )
        except subprocess.TimeoutExpired:
            return False
        if ended.returncode > 2:
            sys.exit(f"pytest could not run {' '.join(self.tests)}:\n{ended.stdout.decode()}")
        return ended.returncode == 0

    def notices(self, file: Path, fault: Fault, patience: float) -> bool:
        """Whether a test fails with the fault, which is taken away again."""
        place = self.tree / file
        source = place.read_bytes()
        place.write_bytes(fault.broken(source))
        try:
            return not self.passes(patience)
        finally:
            place.write_bytes(source)


def main(arguments: list[str] | None = None) -> int:
    """Try the faults asked for and print those that no test noticed; 1 when they are too many."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rooms", nargs="+", type=Path, help="folders or files, from the root of the tree")
    parser.add_argument("--count", type=int, default=60, help="faults to try (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of their choice (%(default)s)")
    parser.add_argument("--share", type=float, default=0.95, help="to be noticed (%(default)s)")
    parser.add_argument("--tests", nargs="+", help="what to run instead of the mirrored folders")
    asked = parser.parse_args(arguments)

    files = sorted(
        {file for room in asked.rooms for file in ([room] if room.is_file() else room.rglob("*.py"))}
    )
    places = [(file, fault) for file in files for fault in faults(file.read_bytes())]
    chosen = random.Random(asked.seed).sample(places, min(asked.count, len(places)))
    if not chosen:
        parser.error("there is nothing to break; expected folders or files with code in them")
    tests = asked.tests or sorted({mirrored(room).as_posix() for room in asked.rooms})
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(".", tree, ignore=shutil.ignore_patterns(*NOT_COPIED))
        trial, start = Trial(tree, tests), time.monotonic()
        if not trial.passes():
            sys.exit(f"{' '.join(tests)} fail without any fault; expected tests that pass")
        patience = PATIENCE * (time.monotonic() - start)
        noticed = 0
        for file, fault in chosen:
            if trial.notices(file, fault, patience):
                noticed += 1
            else:
                print(f"not noticed: {file}:{fault.line}: {fault.before} -> {fault.after}", flush=True)
    print(f"{noticed} of {len(chosen)} faults noticed")
    return int(noticed < asked.share * len(chosen))


if __name__ == "__main__":
    sys.exit(main())
