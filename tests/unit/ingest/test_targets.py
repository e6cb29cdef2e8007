"""What the address of a file may be, and to what it comes down."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from images.ingest.fetching.targets import LONGEST, Target


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://photos.example/a.jpg", "https://photos.example/a.jpg"),
        ("HTTPS://Photos.EXAMPLE/A.jpg", "https://photos.example/A.jpg"),
        ("http://photos.example", "http://photos.example/"),
        ("http://photos.example?size=1", "http://photos.example/?size=1"),
        ("http://photos.example:80/a.jpg", "http://photos.example/a.jpg"),
        ("https://photos.example:/a.jpg", "https://photos.example/a.jpg"),
        ("https://photos.example:443/a.jpg", "https://photos.example/a.jpg"),
        ("https://photos.example./a.jpg", "https://photos.example/a.jpg"),
        ("https://photos.example/a.jpg#part", "https://photos.example/a.jpg"),
        ("https://photos.example/a b.jpg", "https://photos.example/a%20b.jpg"),
        ("https://photos.example/%41%2f.jpg?a=%20", "https://photos.example/%41%2f.jpg?a=%20"),
        ("https://photos.example/Étretat.jpg", "https://photos.example/%C3%89tretat.jpg"),
        ("https://bücher.example/a.jpg", "https://xn--bcher-kva.example/a.jpg"),
        ("https://my_photos.s3-eu.example/a.jpg", "https://my_photos.s3-eu.example/a.jpg"),
        ("https://8.8.8.8/a.jpg", "https://8.8.8.8/a.jpg"),
        ("https://[2606:4700:4700:0::1111]/a.jpg", "https://[2606:4700:4700::1111]/a.jpg"),
        ("https://８.８.８.８/a.jpg", "https://8.8.8.8/a.jpg"),  # noqa: RUF001
    ],
)
def test_an_address_is_spelt_in_one_way(address, said):
    assert str(Target.parse(address)) == said
    assert str(Target.parse(said)) == said


@pytest.mark.parametrize(
    "address",
    [
        "",
        "photos.example/a.jpg",
        "//photos.example/a.jpg",
        "ftp://photos.example/a.jpg",
        "file:///etc/passwd",
        "gopher://photos.example/",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "https:/photos.example/a.jpg",
        "https:///a.jpg",
        "https://",
        "https://./a.jpg",
        "https://user@photos.example/a.jpg",
        "https://user:secret@photos.example/a.jpg",
        "https://@photos.example/a.jpg",
        "https://photos.example:secret@127.0.0.1/a.jpg",
        "https://photos.example:443@127.0.0.1/a.jpg",
        "https://photos.example:8080/a.jpg",
        "https://photos.example:80/a.jpg",
        "http://photos.example:443/a.jpg",
        "http://photos.example:0/a.jpg",
        "http://photos.example:99999/a.jpg",
        "http://photos.example:-1/a.jpg",
        "http://photos.example:a/a.jpg",
        "http://localhost/a.jpg",  # a name within a network
        "http://intranet/a.jpg",
        "http://2130706433/a.jpg",  # 127.0.0.1 as inet_aton takes it, in all its spellings
        "http://0x7f000001/a.jpg",
        "http://017700000001/a.jpg",
        "http://0x7f.0.0.1/a.jpg",
        "http://127.0.0.0x1/a.jpg",
        "http://0177.0.0.1/a.jpg",
        "http://127.1/a.jpg",
        "http://127.0.0.1.1/a.jpg",
        "http://8.8.8.8../a.jpg",
        "http://photos.example../a.jpg",
        "http://.photos.example/a.jpg",
        "http://photos..example/a.jpg",
        "http://-photos.example/a.jpg",
        "http://photos-.example/a.jpg",
        f"http://{'a' * 64}.example/a.jpg",
        f"http://{'a.' * 126}example/a.jpg",
        "http://photos.example\\@127.0.0.1/a.jpg",
        "http://photos.example\\a.jpg",
        "http://photos.exam ple/a.jpg",
        "http://photos.example%2f@127.0.0.1/a.jpg",
        "http://photos%2eexample/a.jpg",
        "http://photos.example℀.test/a.jpg",
        "http://[::1/a.jpg",
        "http://[2606:4700:4700::1111]x/a.jpg",
        "http://a[2606:4700:4700::1111]/a.jpg",
        "http://::1/a.jpg",
        "http://[fe80::1%25eth0]/a.jpg",
        "http://[fe80::1%eth0]/a.jpg",
        "http://[photos.example]/a.jpg",
        "http://[v1.8.8.8.8]/a.jpg",
        "http://photos.example/a\r\nHost: other.example",
        "http://photos.example/a\n.jpg",
        "http://photos.example/a\tb.jpg",
        "ht\ttp://photos.example/a.jpg",
        "http://photos.example/a\0.jpg",
        "http://photos.example/a\u202ejpg.exe",
        "https://photos.example/" + "a" * LONGEST,
        "https://photos.example/" + "é" * (LONGEST // 4),
    ],
)
def test_all_else_is_refused(address):
    with pytest.raises(ValidationError):
        Target.parse(address)


@given(st.from_regex(r"(?i)https?:/?/?[a-z0-9.@:\\[\]%/ -]{0,40}.*", fullmatch=True) | st.text())
def test_whatever_is_taken_is_plain_and_spelt_in_one_way(address):
    try:
        target = Target.parse(address)
    except ValidationError:
        return
    said = str(target)
    assert Target.parse(said) == target
    assert said.isascii()
    assert said.isprintable()
    assert not set(said) & set(' \\#"<>')


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://photos.example/2026/a.jpg?size=1", "a.jpg"),
        ("https://photos.example/%C3%89tretat%20at%20noon.jpg", "Étretat at noon.jpg"),
        ("https://photos.example/a%2f..%2fb.jpg", "a/../b.jpg"),  # of which ingest takes the last part
        ("https://photos.example/%ff.jpg", "\ufffd.jpg"),
        ("https://photos.example/album/", ""),
        ("https://photos.example", ""),
    ],
)
def test_the_name_of_the_file_is_the_last_part_of_the_path(address, name):
    assert Target.parse(address).filename == name


def test_the_log_is_told_no_query():
    assert (
        Target.parse("https://photos.example/a.jpg?token=secret").without_query
        == "https://photos.example/a.jpg"
    )


@pytest.mark.parametrize(
    ("start", "location", "end"),
    [
        ("http://photos.example/a/b", "c.jpg", "http://photos.example/a/c.jpg"),
        ("http://photos.example/a/b", "/c.jpg", "http://photos.example/c.jpg"),
        ("http://photos.example/a/b?x=1", "?y=2", "http://photos.example/a/b?y=2"),
        ("http://photos.example/a", "//other.example/c.jpg", "http://other.example/c.jpg"),
        ("http://photos.example/a", "https://other.example/c.jpg", "https://other.example/c.jpg"),
        ("https://photos.example/a", "https://other.example/c.jpg", "https://other.example/c.jpg"),
        (
            "https://photos.example/a",
            "Étretat.jpg".encode().decode("latin-1"),
            "https://photos.example/%C3%89tretat.jpg",
        ),
    ],
)
def test_a_redirect_leads_on(start, location, end):
    assert str(Target.parse(start).redirected(location)) == end


@pytest.mark.parametrize(
    "location",
    [
        "http://photos.example/c.jpg",  # from https
        "ftp://photos.example/c.jpg",
        "https://user:secret@photos.example/c.jpg",
        "https://photos.example:8443/c.jpg",
        "https://localhost/c.jpg",
        "https://2130706433/c.jpg",
        "https://[::1",
    ],
)
def test_a_redirect_is_judged_like_any_address(location):
    with pytest.raises(ValidationError):
        Target.parse("https://photos.example/a").redirected(location)
