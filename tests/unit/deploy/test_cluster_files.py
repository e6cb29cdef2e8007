"""What operators copy from deploy/cluster names two machines; where all is on one, neither is left."""

import re
import shutil
import subprocess
from urllib.parse import urlsplit

import pytest

from tests import BASE_DIR
from tests.documents import blocks, section, settings_variables
from tests.servers.cluster import variables
from tests.servers.pair import ADDRESSES, configured

OWN, OTHER = "10.0.0.1", "10.0.0.2"
FILES = BASE_DIR / "deploy" / "cluster"
OPERATING = BASE_DIR / "docs" / "operating.md"
UNIT = (BASE_DIR / "deploy" / "systemd" / "imagelib.service").read_text()


def test_a_server_answers_beyond_its_machine_by_the_name_of_the_library():
    shipped = variables({})
    assert shipped.keys() <= settings_variables()
    assert shipped["HOST"] == OWN
    assert urlsplit(shipped["IMAGELIB_PUBLIC_URL"]).scheme == "https"
    assert shipped["IMAGELIB_TRUSTED_PROXIES"] == "1"
    hosts = re.findall(r"[@,]([\d.]+):6432", shipped["DATABASE_URL"])
    assert hosts == [OWN, OTHER]


def test_its_variables_are_where_the_units_look_for_them():
    head = (FILES / "environment").read_text()
    assert "WorkingDirectory=/opt/imagelib\n" in UNIT
    assert "/opt/imagelib/.env, of root and the group imagelib" in head
    assert "StateDirectory=imagelib\n" in UNIT
    assert variables({})["IMAGELIB_DATA_DIR"] == "/var/lib/imagelib"


def test_a_value_that_the_file_does_not_say_is_found():
    with pytest.raises(ValueError, match="should say IMAGELIB_METRICS_TOKEN"):
        variables({"IMAGELIB_METRICS_TOKEN": "token"})


@pytest.mark.parametrize("name", ADDRESSES)
def test_on_one_machine_all_of_it_is_that_machine(name):
    shipped = (FILES / name).read_text()
    assert "127.0.0.1" not in shipped
    here = [line for line in configured(name, {}).splitlines() if not line.startswith(("#", ";"))]
    assert "10.0.0." not in "\n".join(here)


@pytest.mark.parametrize(("own", "other"), [(OWN, OTHER), (OTHER, OWN)], ids=["one", "the other"])
def test_the_pooler_comes_from_its_own_machine_and_the_standby_from_the_other(tmp_path, own, other):
    for name in ADDRESSES:
        shutil.copy(FILES / name, tmp_path / name.replace("postgresql.conf", "imagelib.conf"))
    if own == OTHER:
        (line,) = re.findall(r"^sed -i 's/10.*$", section(OPERATING, "Several servers"), re.MULTILINE)
        subprocess.run(["/bin/sh", "-c", re.sub(r"/etc/\S+/", f"{tmp_path}/", line)], check=True)
    rows = (tmp_path / "pg_hba.conf").read_text()
    addresses = dict(re.findall(r"^host +\S+ +(\w+) +([\d.]+)/32 ", rows, re.MULTILINE))
    assert addresses == {"imagelib": own, "replicator": other}
    pooler = (tmp_path / "pgbouncer.ini").read_text()
    assert f"\nimagelib = host={own} port=5432\n" in pooler  # which is where it comes from, too
    assert f"\nlisten_addr = {own}\n" in pooler
    assert f"\nlisten_addresses = '{own}'\n" in (tmp_path / "imagelib.conf").read_text()


def test_workers_stop_before_the_code_under_them_changes_and_start_last():
    (text,) = (block.text for block in blocks(OPERATING) if "git checkout COMMIT" in block.text)
    lines = text.splitlines()
    steps = [
        "systemctl stop 'imagelib-worker@*' imagelib",
        "git checkout COMMIT",
        "systemctl start imagelib",
        "systemctl start imagelib-worker@1",
        "manage.py reindeximages",
    ]
    found = [next(number for number, line in enumerate(lines) if step in line) for step in steps]
    assert found == sorted(found)
    assert len(lines) == 10  # which the table above it names by number
