"""What is in a bag (RFC 8493), and under which names."""

import io
import zipfile

import bagit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.serving.bags import PIECE, Bag, names_in_bag
from tests.factories import sha256


class File:
    """A file in memory, as the bag asks for it."""

    def __init__(self, filename: str, data: bytes = b"some bytes"):
        self.filename, self.data = filename, data
        self.hash, self.size = sha256(data), len(data)

    def open(self) -> io.BytesIO:
        return io.BytesIO(self.data)


def archive(*files: File, title: str = "Low tide") -> bytes:
    bag = Bag(title, files)
    data = b"".join(bag)
    assert len(data) == len(bag)
    return data


@pytest.mark.parametrize(
    ("filenames", "expected"),
    [
        (["a.jpg", "b.jpg"], ["a.jpg", "b.jpg"]),
        (["a.jpg", "a.jpg", "a.jpg"], ["a.jpg", "a (2).jpg", "a (3).jpg"]),
        (["a.jpg", "A.JPG"], ["a.jpg", "A (2).JPG"]),  # one file where a disk ignores the case
        (["a.jpg", "a (2).jpg", "a.jpg"], ["a.jpg", "a (2).jpg", "a (3).jpg"]),
        (["e\u0301.jpg", "\u00e9.jpg"], ["\u00e9.jpg", "\u00e9 (2).jpg"]),  # one file on a Mac
        (["ß.jpg", "ss.jpg"], ["ß.jpg", "ss (2).jpg"]),
        (["../../etc/passwd"], ["_.._etc_passwd"]),
        (['a<b>c:d"e/f\\g|h?i*j%k.jpg'], ["a_b_c_d_e_f_g_h_i_j_k.jpg"]),
        (["a\r\nb\x00\x1f\u202ec.jpg"], ["a__b___c.jpg"]),
        (
            ["CON.jpg", "nul", "com1.tar.gz", "console.jpg"],
            ["_CON.jpg", "_nul", "_com1.tar.gz", "console.jpg"],
        ),
        (["a. .", "  ", "..."], ["a", "image", "image (2)"]),
        ([".jpg"], ["jpg"]),
        (["x" * 300 + ".jpeg"], ["x" * 195 + ".jpeg"]),
        (["\u6f6e" * 100 + ".jpg"] * 2, ["\u6f6e" * 65 + ".jpg", "\u6f6e" * 64 + " (2).jpg"]),
    ],
)
def test_names_are_such_that_every_disk_takes_them_beside_each_other(filenames, expected):
    assert list(names_in_bag(filenames)) == expected


@given(
    st.lists(
        st.text(max_size=12) | st.sampled_from(["a.jpg", "A.jpg", "a (2).jpg", "\uff21.jpg"]), max_size=30
    )
)
def test_names_never_clash(filenames):
    names = list(names_in_bag(filenames))
    assert len({name.casefold() for name in names}) == len(filenames)
    assert all(0 < len(name.encode()) <= 200 and name == name.strip(" ") for name in names)
    assert not set("".join(names)) & set('<>:"/\\|?*%\r\n\0')


def test_many_of_one_name_are_named_at_once():
    names = list(names_in_bag(["IMG.jpg"] * 50_000))
    assert names[-1] == "IMG (50000).jpg"


def test_it_is_a_valid_bag(tmp_path):
    files = [File("a.jpg"), File("a.jpg", b"other"), File("\u6f6e.png", b"water"), File("empty.gif", b"")]
    with zipfile.ZipFile(io.BytesIO(archive(*files))) as opened:
        assert opened.testzip() is None
        assert {entry.compress_type for entry in opened.infolist()} == {zipfile.ZIP_STORED}
        opened.extractall(tmp_path)
    bag = bagit.Bag(str(tmp_path / "Low tide"))
    bag.validate()
    assert bag.algorithms == ["sha256"]
    assert bag.info["Payload-Oxum"] == "20.4"
    assert bag.info["External-Description"] == "Low tide"
    assert (tmp_path / "Low tide" / "data" / "a (2).jpg").read_bytes() == b"other"


def test_a_title_makes_no_path_and_no_line_of_its_own(tmp_path):
    data = archive(File("a.jpg"), title="../a\nBagging-Date: never\u2028x")
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        (folder,) = {name.split("/")[0] for name in opened.namelist()}
        info = opened.read(f"{folder}/bag-info.txt").decode()
        assert folder == "_a_Bagging-Date_ never_x"
    assert len([line for line in info.splitlines() if line.startswith("Bagging-Date:")]) == 1


@pytest.mark.drill
def test_beyond_four_gigabytes_it_is_an_archive_too(tmp_path):
    """Written with holes where its zeros are, as sizes and places of 32 bits end between its files."""

    class Zeros(File):
        size = 2**32 + 5

        def __init__(self, filename: str):
            self.filename, self.hash = filename, "0" * 64

        def open(self):
            file = (tmp_path / "zeros").open("wb+")
            file.truncate(self.size)
            return file

    bag, zeros = Bag("Large", [Zeros("a.tif"), File("b.jpg")]), bytes(PIECE)
    with (tmp_path / "large.zip").open("wb") as file:
        for piece in bag:
            if piece == zeros:
                file.seek(PIECE, io.SEEK_CUR)
            else:
                file.write(piece)
        assert file.tell() == len(bag) > 2**32
    with zipfile.ZipFile(tmp_path / "large.zip") as opened:
        assert opened.getinfo("Large/data/a.tif").file_size == 2**32 + 5
        assert opened.read("Large/data/b.jpg") == b"some bytes"
        assert opened.testzip() is None


def test_what_has_another_size_than_was_said_ends_it():
    file = File("a.jpg")
    file.size += 1
    with pytest.raises(RuntimeError):
        list(Bag("Wrong", [file]))


def test_pieces_are_of_a_size_to_be_sent():
    bag = Bag("Pieces", [File(f"{number}.jpg", b"%d" % number) for number in range(3_000)])
    manifest, *pieces = [len(piece) for piece in bag]
    assert manifest > PIECE
    assert PIECE <= min(pieces[:-1]) <= max(pieces) < PIECE + 1024


def test_every_file_is_closed_and_none_opened_before_its_turn():
    opened = []

    class Watched(File):
        def open(self):
            opened.append(super().open())
            return opened[-1]

    bag = iter(Bag("Watched", [Watched("a.jpg", b"x" * 2**20), Watched("b.jpg", b"y" * 2**20)]))
    next(bag)
    assert len(opened) == 1
    list(bag)
    assert [file.closed for file in opened] == [True, True]
