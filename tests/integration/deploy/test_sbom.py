"""`make sbom` names what an installation has of others, and no more."""

import json
import re
import subprocess

import pytest

from tests import BASE_DIR
from tests.servers.machine import find_program

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]


def test_all_that_is_installed_is_named_with_its_licence(tmp_path):
    bill = tmp_path / "imagelib.cdx.json"
    done = subprocess.run(
        [find_program("make"), "--silent", "sbom", f"SBOM={bill}"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{bill}\n"), done.stderr
    written = json.loads(bill.read_text())
    assert (written["bomFormat"], written["metadata"]["component"]["name"]) == ("CycloneDX", "imagelib")
    named = {component["name"].lower().replace("_", "-"): component for component in written["components"]}
    lock = (BASE_DIR / "requirements.txt").read_text()
    lines = re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)( ;.*?)? \\$", lock, re.MULTILINE)
    locked = {name: version for name, version, condition in lines if not condition}
    assert len(locked) > 30
    assert {name: named[name]["version"] for name in locked} == locked
    assert not {"pytest", "pip", "moto"} & named.keys()
    undeclared = {name for name, component in named.items() if not component.get("licenses")}
    assert undeclared <= {"uritemplate"}  # which has its licences as files alone
    assert all(component["purl"].startswith("pkg:pypi/") for component in named.values())
    assert not (BASE_DIR / "data" / "sbom").exists()
