"""manage.py importimages: whole folders, whatever is in them."""

import csv
import os
import subprocess
import sys
from threading import Barrier

import pytest
from django.db import connections

from images.catalogue.album_curation import create
from images.catalogue.trash import trash
from images.concurrency.threads import in_threads
from images.errors import Unstrippable
from images.ingest import files
from images.ingest import folders as importing
from images.ingest.folders import find_files
from images.models import Album, Image
from storage import get_storage
from storage.errors import StorageUnavailable
from tests import BASE_DIR
from tests.clients.commands import run
from tests.factories import add_image, make_image, make_user, sha256
from tests.files.located import photo

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


def write(folder, **files: bytes) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)


def summary(*arguments: object) -> tuple[int, dict[str, int]]:
    """Run the import; return its exit code and the counts that are not zero."""
    result = run("importimages", "--json", *map(str, arguments))
    return result.code, {kind: number for kind, number in result.summary.items() if number}


def test_it_brings_in_folders_with_all_below(folder):
    (folder / "2026" / "Mai").mkdir(parents=True)
    write(folder / "2026" / "Mai", Tür=make_image(seed=1))
    write(folder, b=make_image("PNG", seed=2), c=make_image("GIF", seed=3))

    result = run("importimages", str(folder))
    assert result == (
        0,
        ["added: 3, known: 0, in_trash: 0, skipped: 0, refused: 0, failed: 0"],
        "",
    )
    assert {image.filename: image.read() for image in Image.objects.all()} == {
        "Tür": make_image(seed=1),
        "b": make_image("PNG", seed=2),
        "c": make_image("GIF", seed=3),
    }


def test_files_may_be_named_one_by_one_and_the_same_bytes_are_one_image(folder):
    write(folder, a=make_image(), b=make_image())
    assert summary(folder / "a", folder / "b", "--jobs=1") == (0, {"added": 1, "known": 1})


def test_visibility_and_uploader_are_said_once_for_all(folder, contributor):
    write(folder, a=make_image(seed=1), b=make_image(seed=2))
    summary(folder, "--visibility=private", "--user=contributor")
    assert set(Image.objects.values_list("visibility", "uploaded_by__username")) == {
        ("private", "contributor")
    }


def test_an_album_is_made_or_filled_and_filled_up_by_the_next_run(folder, contributor):
    write(folder, a=make_image(seed=1))
    summary(folder, "--album=Summer in Porto", "--user=contributor", "--visibility=private")
    write(folder, b=make_image(seed=2))
    assert summary(folder, "--album=summer-in-porto") == (0, {"added": 1, "known": 1})
    album = Album.objects.get()
    assert (album.title, album.made_by, album.visibility) == ("Summer in Porto", contributor, "private")
    assert (album.images.count(), album.all, album.public) == (2, 2, 1)
    create(None, "Summer in Porto!")
    assert run("importimages", str(folder), f"--album={'x' * 201}").code == 2
    create(make_user("eva", "Editors"), "Autumn")
    assert summary(folder, "--album=Autumn", "--user=contributor")[0] == 0
    assert Album.objects.filter(key="autumn").count() == 2  # that of another is not touched
    assert run("importimages", str(folder), "--album=autumn-3").code == 0
    Album.objects.filter(slug__startswith="autumn").update(title="Same", key="same")
    result = run("importimages", str(folder), "--album=Same")
    assert (result.code, "autumn, autumn-2" in result.error) == (2, True)


def test_without_them_it_is_the_setting_and_nobody(folder, settings):
    settings.IMAGELIB_DEFAULT_VISIBILITY = "private"
    write(folder, a=make_image())
    summary(folder)
    assert Image.objects.values_list("visibility", "uploaded_by").get() == ("private", None)


def test_known_files_are_neither_decoded_nor_stored_again(folder, monkeypatch):
    write(folder, a=make_image(seed=1), b=make_image(seed=2))
    summary(folder)
    monkeypatch.setattr(importing, "ingest", lambda *args, **options: pytest.fail("it was read in again"))
    assert summary(folder) == (0, {"known": 2})


def test_a_known_file_whose_object_is_missing_is_stored_again(folder):
    write(folder, a=make_image())
    summary(folder)
    get_storage().delete(sha256(make_image()))
    assert summary(folder) == (0, {"known": 1})
    assert Image.objects.get().read() == make_image()


def test_so_are_those_whose_objects_were_found_damaged(folder):
    write(folder, a=make_image(seed=1), b=make_image(seed=2), c=photo())
    summary(folder, "--location=strip")
    for image in Image.objects.exclude(hash=sha256(make_image(seed=2))):
        get_storage()._path(image.storage_key).write_bytes(b"damaged")
    assert run("verifystorage").code == 1
    assert summary(folder) == (0, {"known": 3})
    assert run("verifystorage").code == 0


def test_what_people_trashed_is_not_taken_out_again(folder, editor):
    trash(add_image(make_image(seed=1), uploaded_by=editor))
    write(folder, a=make_image(seed=1), b=make_image(seed=2))
    assert summary(folder, "--user=editor") == (0, {"in_trash": 1, "added": 1})
    assert Image.objects.filter(deleted_at__isnull=False).count() == 1


def test_what_is_no_image_is_skipped_and_reported(folder):
    os.mkfifo(folder / "pipe")
    write(folder, text=b"hello", bitmap=make_image("BMP"), image=make_image())
    result = run("importimages", "--json", str(folder))
    assert {found["path"]: found["outcome"] for found in result.objects} == {
        str(folder / "pipe"): "skipped",
        str(folder / "text"): "skipped",
        str(folder / "bitmap"): "skipped",
        str(folder / "image"): "added",
    }
    assert result.code == 0


def test_bad_files_are_problems_and_stop_nothing(folder, settings):
    settings.IMAGELIB_MAX_UPLOAD_BYTES = 20_000
    write(folder, a_cut=make_image()[:-300], b_empty=b"", c_video=b"\0" * 20_001, z_good=make_image())
    write(folder, d_large=make_image("PNG", (100, 100), compress_level=0))
    (folder / "e_gone").symlink_to(folder / "nowhere")
    result = run("importimages", str(folder))

    assert (result.code, result.error) == (1, "3 files could not be taken.")
    assert result.lines[-1] == "added: 1, known: 0, in_trash: 0, skipped: 2, refused: 2, failed: 1"
    assert sorted(line.split("/")[-1].partition(" (")[0] for line in result.lines[:-1]) == [
        "a_cut",
        "b_empty",
        "c_video",
        "d_large",
        "e_gone",
    ]
    assert any("e_gone (No such file or directory)" in line for line in result.lines)


def test_a_file_that_vanishes_or_cannot_be_read_is_reported(folder, monkeypatch):
    write(folder, gone=make_image(seed=1), locked=make_image(seed=2), good=make_image(seed=3))
    listed = find_files

    def listed_and_removed(paths):
        for path in listed(paths):
            if path.name == "gone":
                path.unlink(missing_ok=True)
            yield path

    def read(path, *args):
        if path.name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *args)

    opened = importing.Path.open
    monkeypatch.setattr(importing, "find_files", listed_and_removed)
    monkeypatch.setattr(importing.Path, "open", read)
    result = run("importimages", str(folder))
    assert (result.code, result.lines[-1].split(", ")[0]) == (1, "added: 1")
    assert sorted(line.partition(" (")[2] for line in result.lines[:-1]) == [
        "No such file or directory)",
        "Permission denied)",
    ]


def test_a_file_that_changes_between_hash_and_put_is_not_taken(folder, monkeypatch):
    write(folder, a=make_image(seed=1))
    inspect = importing.ingest

    def changed(file, **options):
        monkeypatch.setattr("images.ingest.pipeline.inspect_image", change_then(file))
        return inspect(file, **options)

    def change_then(file):
        from images.imaging.sandbox import inspect_image

        def change(_):
            facts = inspect_image(file)
            write(folder, a=make_image(seed=2))
            return facts

        return change

    monkeypatch.setattr(importing, "ingest", changed)
    assert summary(folder) == (1, {"failed": 1})
    assert not Image.objects.exists()
    assert not list(get_storage().list())


def test_links_to_folders_are_not_followed_round_and_round(folder):
    (folder / "loop").symlink_to(folder)
    write(folder, a=make_image())
    assert summary(folder) == (0, {"added": 1, "skipped": 1})


def test_names_that_are_not_utf8_are_no_obstacle(folder, tmp_path):
    for name, data in {b"caf\xe9.jpg": make_image(), b"\xff.txt": b"text"}.items():
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(data)
    result = run("importimages", str(folder), f"--report={tmp_path / 'report.csv'}")
    assert result.lines[0].startswith(f"skipped: {folder}/\\xff.txt (")
    assert "caf\\xe9.jpg,added" in (tmp_path / "report.csv").read_text()
    assert Image.objects.get().filename == "caf.jpg"


def test_the_report_has_a_line_for_every_file(folder, tmp_path):
    write(folder, a=make_image(), b=b"text")
    run("importimages", str(folder), f"--report={tmp_path / 'report.csv'}")
    with (tmp_path / "report.csv").open(newline="") as file:
        lines = {line["path"].rpartition("/")[2]: line for line in csv.DictReader(file)}
    assert (lines["a"]["outcome"], lines["a"]["image"]) == ("added", str(Image.objects.get().pk))
    assert (lines["b"]["outcome"], lines["b"]["image"]) == ("skipped", "")
    assert "not an image" in lines["b"]["detail"]


@pytest.mark.parametrize("arguments", [["/no/such/folder"], [".", "--user=nobody"]])
def test_what_cannot_be_meant_is_refused(arguments):
    assert run("importimages", *arguments).code == 2


def test_a_store_that_stays_away_ends_it_and_the_next_run_goes_on(folder, monkeypatch):
    monkeypatch.setattr(importing, "PAUSES", (0,))
    monkeypatch.setattr(importing, "THREADS", 1)
    write(folder, **{f"{seed}": make_image(seed=seed) for seed in range(8)})
    backend, calls = get_storage(), []
    put = backend.put

    def fails_after_three(key, *args):
        calls.extend([key] * ("/" not in key))  # what is derived does not count
        if len(calls) > 3:
            raise StorageUnavailable("The store cannot be used now.")
        put(key, *args)

    monkeypatch.setattr(backend, "put", fails_after_three)
    result = run("importimages", "--json", str(folder))
    assert (result.code, result.summary["added"], Image.objects.count()) == (2, 3, 3)
    monkeypatch.setattr(backend, "put", put)
    assert summary(folder) == (0, {"added": 5, "known": 3})


def test_a_store_that_fails_once_costs_nothing(folder, monkeypatch):
    monkeypatch.setattr(importing, "PAUSES", (0,))
    write(folder, a=make_image())
    backend, put = get_storage(), get_storage().put

    def fails_once(*args):
        monkeypatch.setattr(backend, "put", put)
        raise StorageUnavailable("The store cannot be used now.")

    monkeypatch.setattr(backend, "put", fails_once)
    assert summary(folder) == (0, {"added": 1})


def test_threads_work_at_once_and_close_their_connections():
    barrier, used = Barrier(3), []

    def work(number: int) -> int:
        make_user(f"user-{number}")
        used.append(connections["default"])
        barrier.wait(10)
        return number

    assert sorted(in_threads(work, range(3), 3)) == [0, 1, 2]
    assert [connection.connection for connection in used] == [None] * 3
    assert len({id(connection) for connection in used}) == 3


def test_threads_stop_taking_items_when_one_fails_or_nobody_listens():
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield number

    def work(number: int) -> int:
        if number == 5:
            raise ValueError("five")
        return number

    with pytest.raises(ValueError, match="five"):
        list(in_threads(work, items(), 2))
    assert len(taken) <= 8
    listening = in_threads(lambda number: number, items(), 2)
    next(listening)
    listening.close()


def test_as_a_command_of_its_own_it_ends_when_done(folder, tmp_path):
    write(folder, **{f"{seed}": make_image(seed=seed) for seed in range(5)})
    environment = os.environ | {"IMAGELIB_DATA_DIR": str(tmp_path / "own"), "IMAGELIB_STORAGE": "local"}
    environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'own.sqlite3'}"
    script = (
        "import django; django.setup()\n"
        "from django.core.management import execute_from_command_line as run\n"
        "from storage import get_storage; get_storage().prepare(); run(['', 'migrate', '-v0'])\n"
        f"run(['', 'importimages', '--jobs=3', {str(folder)!r}])"
    )
    environment["DJANGO_SETTINGS_MODULE"] = "imagelib.settings"
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1].startswith("added: 5,")


@pytest.mark.parametrize(
    ("policy", "said", "becomes"),
    [
        ("ask", [], ("private", False)),
        ("keep", [], ("public", False)),
        ("strip", ["--location=keep"], ("public", True)),
        ("ask", ["--location=keep"], ("public", True)),
        ("ask", ["--location=keep", "--visibility=private"], ("private", False)),
    ],
)
def test_where_it_was_taken_is_public_only_if_somebody_said_so(folder, settings, policy, said, becomes):
    settings.IMAGELIB_LOCATIONS = policy
    write(folder, a=photo())
    assert summary(folder, *said) == (0, {"added": 1})
    image = Image.objects.get()
    assert image.has_location
    assert (image.visibility, image.location_kept) == becomes


def test_the_report_says_what_was_left_private(folder, tmp_path):
    write(folder, a=photo(), b=make_image())
    result = run("importimages", str(folder), f"--report={tmp_path / 'report.csv'}")
    told, _ = result.lines
    assert told.endswith(
        "/a (The file says where it was taken, and nobody said to publish that: the image is private.)"
    )
    with (tmp_path / "report.csv").open() as file:
        rows = {os.path.basename(row["path"]): row for row in csv.DictReader(file)}
    assert [row["outcome"] for row in rows.values()] == ["added", "added"]
    assert ("is private" in rows["a"]["detail"], rows["b"]["detail"]) == (True, "")


def test_it_may_be_taken_out(folder, settings, monkeypatch):
    write(folder, a=photo(), b=photo(1), c=make_image(seed=2))
    assert summary(folder, "--location=strip") == (0, {"added": 3})
    assert not Image.objects.filter(has_location=True).exists()
    assert set(Image.objects.values_list("visibility", "source_hash")) == {
        ("public", sha256(photo())),
        ("public", sha256(photo(1))),
        ("public", None),
    }
    # Known by the files' own digests: again they are neither decoded nor stored.
    monkeypatch.setattr(importing, "ingest", lambda *args, **options: pytest.fail("it was read in again"))
    for said in (["--location=strip"], [], ["--visibility=private"]):
        assert summary(folder, *said) == (0, {"known": 3})


def test_the_policy_takes_it_out_and_the_report_says_so(folder, settings):
    settings.IMAGELIB_LOCATIONS = "strip"
    write(folder, a=photo())
    told, _ = run("importimages", str(folder)).lines
    assert told.endswith("(The file said where it was taken, so its metadata was taken out.)")
    assert Image.objects.get().visibility == "public"


def test_what_cannot_be_stripped_is_refused(folder, monkeypatch):
    def fail(*args):
        raise Unstrippable("It would not show the same picture.")

    monkeypatch.setattr(files, "strip", fail)
    write(folder, a=photo(), b=make_image())
    assert summary(folder, "--location=strip") == (1, {"refused": 1, "added": 1})
