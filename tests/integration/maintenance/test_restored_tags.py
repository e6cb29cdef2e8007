"""backuplibrary and restorelibrary: tags, what is said of them, and figures come back."""

import pytest

from images.catalogue.tags import add_tags, make_tag, tag_names
from images.catalogue.trash import trash
from images.maintenance.recounting import recount
from images.models import Image, Month, Tag
from images.models.indexing import DERIVED
from tests.clients.commands import run
from tests.factories import add_image, make_image
from tests.resilience.database_loss import lose_the_database, rows
from tests.resilience.manifests import entries_of, plain

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def tags() -> list[tuple]:
    return list(Tag.objects.values_list("name", "key", "slug", "description", "color", "public", "all"))


def backup(tmp_path):
    path = tmp_path / "backup"
    run("backuplibrary", f"--output={path}")
    return path


@pytest.fixture
def library() -> None:
    add_image(make_image(seed=1), tags=["Coast", "C++"])
    add_image(make_image(seed=2), tags=["coast", "boat"], visibility="private")
    trash(add_image(make_image(seed=3), tags=["lost"]))
    make_tag("unused", description="Of no image.\nYet.", color="#aabbcc")


def test_tags_and_figures_come_back(library, tmp_path):
    before = tags(), rows(), list(Month.objects.values())
    assert [tag[5:] for tag in before[0]] == [(0, 1), (1, 1), (1, 2), (0, 0), (0, 0)]
    backup(tmp_path)
    lose_the_database()
    assert run("restorelibrary").code == 0
    assert (tags(), rows(), list(Month.objects.values())) == before
    assert recount() == 0


def test_a_manifest_has_what_people_said_and_nothing_that_is_made_of_it(library, tmp_path):
    entries = entries_of(backup(tmp_path))
    images = [entry for entry in entries if entry["kind"] == "image"]
    assert not images[0].keys() & {field.name for field in DERIVED}
    assert (images[0]["tags"], "keywords" in images[0]) == (["C++", "Coast"], False)
    said = [entry for entry in entries if entry["kind"] == "tag"]
    assert said[-1] == {
        "kind": "tag",
        "name": "unused",
        "description": "Of no image.\nYet.",
        "color": "#aabbcc",
    }


@pytest.mark.parametrize("keywords", [["Coast", "C++", "coast", "x" * 300], [], None])
def test_keywords_of_a_manifest_of_before_are_tags(library, tmp_path, keywords):
    path = backup(tmp_path)
    head, *entries = (entry for entry in entries_of(path) if entry["kind"] != "tag")
    for entry in entries:
        entry.pop("tags", None)
        if entry["kind"] == "image" and keywords is not None:
            entry["keywords"] = keywords
    path.write_bytes(plain([head | {"version": 2}, *entries]))
    lose_the_database()
    assert run("restorelibrary", str(path)).code == 0
    image = Image.objects.order_by("created_at")[0]
    assert tag_names(image) == (["C++", "Coast", "x" * 100] if keywords else [])
    assert image.keywords == []
    assert Tag.objects.filter(all=2).count() == (3 if keywords else 0)


def test_the_text_that_a_search_reads_is_made_with_the_row(library, tmp_path):
    names = [field.name for field in DERIVED]
    before = list(Image.objects.values_list("pk", *names).order_by("pk"))
    backup(tmp_path)
    lose_the_database()
    run("restorelibrary")
    assert list(Image.objects.values_list("pk", *names).order_by("pk")) == before
    assert Image.objects.filter(search_text__contains=" boat ").count() == 1


def test_into_a_library_in_use_tags_stay_as_they_are(library, tmp_path):
    image = Image.objects.get(tags__key="c++")
    make_tag("coastal", description="Theirs")
    backup(tmp_path)
    lose_the_database()
    add_image(make_image(seed=1), tags=["COAST"])
    make_tag("coastal", description="Ours", color="#000000")
    make_tag("unused")
    assert run("restorelibrary", "--merge").code == 0
    assert tag_names(Image.objects.get(pk=image.pk)) == ["COAST"]
    assert Tag.objects.values_list("description", "color").get(key="coastal") == ("Ours", "#000000")
    assert Tag.objects.values_list("color", flat=True).get(key="unused") == "#aabbcc"
    assert recount() == 0


def test_an_original_without_a_row_counts_in_the_month_in_which_it_came(library, tmp_path):
    backup(tmp_path)
    add_tags(add_image(make_image(seed=9)), ["later"])
    lose_the_database()
    assert run("restorelibrary").code == 0
    adopted = Image.objects.order_by("-created_at")[0]
    assert (adopted.dated_at, tag_names(adopted)) == (adopted.created_at, [])
    assert recount() == 0
