"""deploy/prometheus and deploy/grafana name metrics that there are, and every rule fires when it should."""

import json
import re
import shutil
import subprocess

import pytest
import yaml
from prometheus_client import REGISTRY

import imagelib.urls  # noqa: F401  every room, and so every metric
import images.concurrency.postgresql.pool  # noqa: F401
import storage.s3_client  # noqa: F401
from images.concurrency import queries  # noqa: F401
from images.http import snapshots  # noqa: F401
from images.http.metrics import at_scrape
from tests import BASE_DIR
from tests.documents import section
from tests.servers.machine import find_program, need

PROMETHEUS = BASE_DIR / "deploy" / "prometheus"
RULES = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"][0]["rules"]
TESTS = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]
DASHBOARD = json.loads((BASE_DIR / "deploy" / "grafana" / "imagelib.json").read_text())
OPERATING = BASE_DIR / "docs" / "operating.md"

SAMPLES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


@pytest.fixture
def names(db) -> set[str]:
    """The names of all series there are, those that nothing moved yet too."""
    metrics = [*REGISTRY.collect(), *at_scrape.collect()]
    return {metric.name + suffix for metric in metrics for suffix in SAMPLES[metric.type]}


def promtool(*arguments: str, cwd=PROMETHEUS) -> subprocess.CompletedProcess:
    program = find_program("promtool")
    need("promtool (Debian's prometheus)", program, "the rules of alerts, and what the guide says of them")
    return subprocess.run([program, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60)


def named(expression: str) -> set[str]:
    return set(re.findall(r"\bimagelib_\w+", expression))


def test_every_metric_has_the_name_of_the_library_a_unit_and_a_sentence(names):
    assert len(names) > 35
    for metric in REGISTRY.collect():
        assert metric.name.startswith("imagelib_")
        assert metric.documentation.endswith(".")
    assert not [name for name in names if re.search(r"_(ms|milliseconds|kb|mib|percent)(_|$)", name)]


def test_every_rule_names_metrics_that_there_are(names):
    for rule in RULES:
        used = named(rule["expr"])
        assert used or "up{" in rule["expr"]
        assert used <= names, rule["alert"]
    tried = [series["series"] for test in TESTS for series in test["input_series"]]
    assert set().union(*map(named, tried)) <= names


def test_every_panel_names_metrics_that_there_are(names):
    expressions = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    for expression in expressions:
        assert named(expression)
        assert named(expression) <= names, expression
    variables = [variable["query"]["query"] for variable in DASHBOARD["templating"]["list"][1:]]
    assert all(named(query) <= names for query in variables)


def test_every_metric_is_on_the_dashboard(names):
    text = json.dumps(DASHBOARD)
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}
    assert not [family for family in families if family not in text]


def test_no_two_panels_overlap():
    cells = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_every_rule_is_tested_to_fire_and_not_to_fire():
    asked = [rule for test in TESTS for rule in test["alert_rule_test"]]
    for rule in RULES:
        of_it = [bool(one["exp_alerts"]) for one in asked if one["alertname"] == rule["alert"]]
        assert set(of_it) == {True, False}, rule["alert"]


def test_the_rules_fire_when_they_should():
    tested = promtool("test", "rules", "alerts_test.yml")
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_the_guide_says_what_to_do_about_every_alert():
    said = re.findall(r"^\| `(Imagelib\w+)`", section(OPERATING, "Is it well?"), re.MULTILINE)
    assert said == [rule["alert"] for rule in RULES]


def test_the_configuration_in_the_guide_is_one_of_prometheus(tmp_path):
    (said,) = re.findall(r"\n```yaml\n(scrape_configs:.*?)\n```", OPERATING.read_text(), re.DOTALL)
    shutil.copy(PROMETHEUS / "alerts.yml", tmp_path)
    (tmp_path / "token").write_text("a-token\n")
    said = said.replace("/etc/prometheus/imagelib-token", str(tmp_path / "token"))
    (tmp_path / "prometheus.yml").write_text(said)
    checked = promtool("check", "config", "prometheus.yml", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "rules found" in checked.stdout
