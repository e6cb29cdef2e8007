"""Dates in the names of files: those that cameras and programs write, and digits that only look like one."""

from datetime import UTC, date, datetime, timedelta

import pytest

from images.catalogue.taken import Taken
from images.ingest.filenames import taken_by_name

TODAY = date(2024, 6, 1)
THEN = datetime(2019, 8, 2, 11, 45, 30, tzinfo=UTC)
EVENING = THEN.replace(hour=23)


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("IMG_20190802_114530.jpg", THEN),
        ("IMG_20190802_114530_1.jpg", THEN),
        ("IMG_20190802_114530~2.jpg", THEN),
        ("IMG_20190802_114530_HDR.jpg", THEN),
        ("IMG_20190802_114530123.jpg", THEN + timedelta(milliseconds=123)),
        ("MVIMG_20190802_114530.jpg", THEN),
        ("PANO_20190802_114530.vr.jpg", THEN),
        ("PXL_20210704_101530123.jpg", datetime(2021, 7, 4, 10, 15, 30, 123_000, UTC)),
        ("PXL_20210704_101530123.MP.jpg", datetime(2021, 7, 4, 10, 15, 30, 123_000, UTC)),
        ("20190802_114530.jpg", THEN),
        ("20190802_114530(0).jpg", THEN),
        ("20190802-114530.heic", THEN),
        ("IMG20190802114530.jpg", THEN),
        ("WP_20190802_11_45_30_Pro.jpg", THEN),
        ("2019-08-02 11.45.30.jpg", THEN),
        ("2019-08-02 11.45.30-1.jpg", THEN),
        ("2019-08-02_11-45-30.png", THEN),
        ("2019-08-02T11:45:30.png", THEN),
        ("2019.08.02 11.45.30.png", THEN),
        ("photo_2019-08-02_11-45-30.jpg", THEN),
        ("signal-2019-08-02-114530.jpg", THEN),
        ("signal-2019-08-02-11-45-30-123.jpg", THEN),
        ("Screenshot_20190802-114530.png", THEN),
        ("Screenshot_20190802-114530_Chrome.jpg", THEN),
        ("Screenshot_2023-01-01-10-20-30.png", datetime(2023, 1, 1, 10, 20, 30, tzinfo=UTC)),
        ("Screenshot_2019-08-02-11-45-30-123_com.example.jpg", THEN),
        ("Screenshot from 2019-08-02 11-45-30.png", THEN),
        ("Screen Shot 2019-08-02 at 11.45.30 AM.png", THEN),
        ("Screen Shot 2019-08-02 at 11.45.30\u202fPM.png", EVENING),
        ("Screenshot 2019-08-02 at 12.00.00 AM.png", datetime(2019, 8, 2, tzinfo=UTC)),
        ("Bildschirmfoto 2019-08-02 um 23.45.30.png", EVENING),
        ("Capture d\u2019\u00e9cran 2019-08-02 \u00e0 11.45.30.png", THEN),
        ("WhatsApp Image 2019-08-02 at 11.45.30.jpeg", THEN),
        ("WhatsApp Image 2019-08-02 at 11.45.30 PM (1).jpeg", EVENING),
    ],
)
def test_a_moment_is_read(name, moment):
    assert taken_by_name(name, TODAY) == Taken(moment, None, moment.date(), "name")


@pytest.mark.parametrize(
    "name",
    ["IMG-20190802-WA0001.jpg", "IMG-20190802-WA0001(1).jpg", "2019-08-02.jpg", "2019-08-02 Harbour.jpg"],
)
def test_a_day_alone_is_a_day_alone(name):
    assert taken_by_name(name, TODAY) == Taken(None, None, date(2019, 8, 2), "name")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "photo.jpg",
        "DSC_0123.jpg",
        "IMG_2019.jpg",
        "20190802.jpg",
        "img-2019-1945.jpg",
        "2019080211453012.jpg",
        "20190802114530.jpg",
        "120190802_114530.jpg",
        "a20190802_114530.jpg",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.png",
        "20190802-1145-4530-8e1f-0242ac120002.jpg",
        "0049 170 2019080 114530.jpg",
        "+49-2019-08-02114530.jpg",
        "FB_IMG_1564746330123.jpg",
        "received_20190802114530123.jpeg",
        "1564746330.jpg",
        "IMG_20191302_114530.jpg",
        "IMG_20190832_114530.jpg",
        "IMG_20190231_114530.jpg",
        "IMG_20190802_244530.jpg",
        "IMG_20190802_116030.jpg",
        "IMG_20190802_1145301.jpg",
        "IMG_18990802_114530.jpg",
        "IMG_20240603_114530.jpg",
        "IMG_20990802_114530.jpg",
        "Screen Shot 2019-08-02 at 13.45.30 PM.png",
        "Screen Shot 2019-08-02 at 00.45.30 AM.png",
        "invoice 2019-08-02.png",
        "2019-08-02-1234567.png",
        "IMG-20190802-WA00012.jpg",
        "\u0662\u0660\u0661\u0669-08-02.jpg",
    ],
)
def test_what_only_looks_like_a_date_is_none(name):
    assert taken_by_name(name, TODAY) == Taken()


def test_tomorrow_is_today_somewhere():
    assert taken_by_name("IMG_20240602_010000.jpg", TODAY).taken_day == date(2024, 6, 2)


def test_a_long_name_is_read_as_fast_as_any():
    for part in ("2019-", "20190802_", "IMG_", "1", " at "):
        assert taken_by_name(part * (255 // len(part)), TODAY) == Taken()
