"""deploy/systemd agrees with itself, with systemd, and with what compose.yaml gives the same programs."""

import subprocess
from pathlib import Path

import pytest
import yaml
from django.core.management import load_command_class

from tests import BASE_DIR
from tests.servers.machine import find_program, need

UNITS = sorted((BASE_DIR / "deploy" / "systemd").iterdir())
SERVICES = yaml.safe_load((BASE_DIR / "compose.yaml").read_text())["services"]
INSTALLED = "/opt/imagelib"

each_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)


def entries(unit: Path) -> dict[str, str]:
    """Return what `unit` says; of an entry that is there twice the last."""
    lines = unit.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@pytest.fixture
def here(tmp_path):
    """Return copies of the units that are installed where this code is."""
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace(INSTALLED, str(BASE_DIR)))
    return tmp_path


@pytest.fixture
def analyze():
    program = find_program("systemd-analyze")
    need("systemd-analyze", program, "whether systemd understands its units")
    return program


def test_there_are_a_server_and_workers():
    assert [unit.name for unit in UNITS] == ["imagelib-worker@.service", "imagelib.service"]


def test_systemd_understands_them(here, analyze):
    command = [analyze, "verify", "--man=no", *map(str, here.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(here) in line]) == (0, [])


@each_unit
def test_a_service_may_do_little(here, analyze, unit):
    """By systemd's own measure: 1.6 of 10, where 9.6 is a service of which nothing is said."""
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", here / unit.name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-200:]


@each_unit
def test_the_command_is_one_of_ours(unit):
    python, program, command, *options = entries(unit)["ExecStart"].split()
    assert (python, program) == (f"{INSTALLED}/.venv/bin/python", "manage.py")
    load_command_class("images", command).create_parser(program, command).parse_args(options)


@pytest.mark.parametrize(
    ("unit", "service", "memory"),
    [("imagelib.service", "app", "9g"), ("imagelib-worker@.service", "worker", "3g")],
)
def test_limits_are_those_of_the_containers(unit, service, memory):
    said = entries(BASE_DIR / "deploy" / "systemd" / unit)
    assert said["MemoryMax"].lower() == memory
    assert memory in SERVICES[service]["mem_limit"]
    assert f"{said['TimeoutStopSec']}s" == SERVICES[service]["stop_grace_period"]


def test_both_are_confined_alike():
    server, worker = (entries(unit) for unit in UNITS)
    differ = {key for key in server | worker if server.get(key) != worker.get(key)}
    assert differ == {
        "Description", "After", "Type", "ExecStart", "TimeoutStartSec", "MemoryMax", "TasksMax",
    }  # fmt: skip
