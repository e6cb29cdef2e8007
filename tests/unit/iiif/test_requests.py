"""The grammar of derived images, by the text of IIIF Image API 3.0 (section 4)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.errors import InvalidSpec
from images.iiif.requests import FORMATS, MAX_AREA, MAX_WIDTH, RenditionSpec, largest

WIDTH, HEIGHT = 300, 200  # of the image that most cases ask of


def canonical(text: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    return str(RenditionSpec.parse(text).canonical(width, height))


def size_of(text: str, width: int = WIDTH, height: int = HEIGHT) -> tuple[int, int]:
    return RenditionSpec.parse(text).job(width, height).size


REGIONS = {
    "full": "full",
    "square": "50,0,200,200",
    "0,0,300,200": "full",
    "0,0,9999,9999": "full",
    "10,20,30,40": "10,20,30,40",
    "250,150,100,100": "250,150,50,50",
    "299,199,1,1": "299,199,1,1",
    "pct:0,0,100,100": "full",
    "pct:10,20,30,40": "30,40,90,80",
    "pct:41.6,7.5,66.6,100": "125,15,175,185",  # the standard's own example of a region past the edge
    "pct:0.5,.5,50.50,50": "2,1,151,100",
}


@pytest.mark.parametrize("region", REGIONS)
def test_regions(region):
    assert canonical(f"{region}/max/0/default.jpg") == f"{REGIONS[region]}/max/0/default.jpg"


SIZES = {
    "max": "max",
    "^max": "^max",
    "150,": "150,100",
    "300,": "max",
    ",100": "150,100",
    ",200": "max",
    "pct:50": "150,100",
    "pct:33.4": "100,67",
    "pct:100": "max",
    "150,50": "150,50",  # distorted
    "300,1": "300,1",
    "!150,150": "150,100",
    "!225,100": "150,100",
    "!300,200": "max",
    "!5000,5000": "max",  # at most its own size, and no error
    "^150,": "150,100",
    "^600,": "^600,400",
    "^,400": "^600,400",
    "^300,": "max",
    "^pct:50": "150,100",
    "^pct:150": "^450,300",
    "^300,400": "^300,400",
    "^100,100": "100,100",
    "^!600,600": "^600,400",
    "^!150,150": "150,100",
    "^!16000,16000": "^max",
}


@pytest.mark.parametrize("size", SIZES)
def test_sizes(size):
    assert canonical(f"full/{size}/0/default.jpg") == f"full/{SIZES[size]}/0/default.jpg"


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [
        *((n, n) for n in ("0", "90", "180", "270", "!0", "!90", "!180", "!270")),
        *(("360", "0"), ("!360", "!0"), ("90.0", "90"), ("0.000", "0")),
    ],
)
def test_rotations(rotation, expected):
    assert canonical(f"full/max/{rotation}/default.jpg") == f"full/max/{expected}/default.jpg"


@pytest.mark.parametrize(
    ("quality", "expected"),
    [("default", "default"), ("color", "default"), ("gray", "gray"), ("bitonal", "bitonal")],
)
@pytest.mark.parametrize("format_", FORMATS)
def test_qualities_and_formats(quality, expected, format_):
    assert canonical(f"full/max/0/{quality}.{format_}") == f"full/max/0/{expected}.{format_}"


ERRORS = {
    # The form is wrong.
    "full/max/0": "ends in region/size/rotation/quality.format",
    "full/max/0/default.jpg/more": "ends in region/size/rotation/quality.format",
    "": "ends in region/size/rotation/quality.format",
    "all/max/0/default.jpg": "A region is",
    "FULL/max/0/default.jpg": "A region is",
    "1,2,3/max/0/default.jpg": "A region is",
    "1,2,3,4,5/max/0/default.jpg": "A region is",
    "-1,0,10,10/max/0/default.jpg": "A region is",
    "+1,0,10,10/max/0/default.jpg": "A region is",
    "1.5,0,10,10/max/0/default.jpg": "A region is",
    "1e2,0,10,10/max/0/default.jpg": "A region is",
    " 1,0,10,10/max/0/default.jpg": "A region is",
    "\u0661,0,10,10/max/0/default.jpg": "A region is",  # a digit, though not of ASCII
    "pct:1,2,3/max/0/default.jpg": "A region is",
    "pct:1.,2,3,4/max/0/default.jpg": "A region is",
    "pct:nan,0,1,1/max/0/default.jpg": "A region is",
    f"{'9' * 400},0,1,1/max/0/default.jpg": "A region is",
    "full/full/0/default.jpg": "A size is",
    "full/,/0/default.jpg": "A size is",
    "full/!,/0/default.jpg": "A size is",
    "full/^/0/default.jpg": "A size is",
    "full/100/0/default.jpg": "A size is",
    "full/100,100,/0/default.jpg": "A size is",
    "full/-1,/0/default.jpg": "A size is",
    "full/,^240/0/default.jpg": "A size is",
    "full/!^10,10/0/default.jpg": "A size is",
    "full/pct:/0/default.jpg": "A size is",
    "full/pct:-1/0/default.jpg": "A size is",
    "full/!100,/0/default.jpg": "both a width and a height",
    "full/!,100/0/default.jpg": "both a width and a height",
    "full/max/45/default.jpg": "A rotation is",
    "full/max/22.5/default.jpg": "A rotation is",
    "full/max/450/default.jpg": "A rotation is",
    "full/max/-90/default.jpg": "A rotation is",
    "full/max/!!0/default.jpg": "A rotation is",
    "full/max//default.jpg": "A rotation is",
    "full/max/0/native.jpg": "A quality is",
    "full/max/0/grey.jpg": "A quality is",
    "full/max/0/jpg": "A quality is",
    "full/max/0/default.jpg.png": "A quality is",
    "full/max/0/default": "A quality is",
    "full/max/0/default.": "A format is",
    "full/max/0/default.tif": "A format is",
    "full/max/0/default.JPG": "A format is",
    "full/max/0/default.jpeg": "A format is",
    # The form is right, and this image has no such thing.
    "0,0,0,10/max/0/default.jpg": "no pixel of this image, which is 300 by 200",
    "0,0,10,0/max/0/default.jpg": "no pixel of this image",
    "300,0,10,10/max/0/default.jpg": "no pixel of this image",
    "0,200,10,10/max/0/default.jpg": "no pixel of this image",
    "pct:100,0,10,10/max/0/default.jpg": "no pixel of this image",
    "pct:0,0,0,10/max/0/default.jpg": "no pixel of this image",
    "pct:0,0,0.1,10/max/0/default.jpg": "no pixel of this image",
    "full/301,/0/default.jpg": "only 300 by 200",
    "full/,201/0/default.jpg": "only 300 by 200",
    "full/301,10/0/default.jpg": "only 300 by 200",
    "full/10,201/0/default.jpg": "only 300 by 200",
    "full/pct:100.5/0/default.jpg": "only 300 by 200",
    "full/pct:100.1/0/default.jpg": "only 300 by 200",  # by rounding alone it would be no larger
    "10,10,20,20/21,/0/default.jpg": "only 20 by 20",
    "full/0,/0/default.jpg": "less than a pixel",
    "full/10,0/0/default.jpg": "less than a pixel",
    "full/!0,10/0/default.jpg": "less than a pixel",
    "full/pct:0/0/default.jpg": "less than a pixel",
    "full/pct:0.1/0/default.jpg": "less than a pixel",
    "full/^16001,1/0/default.jpg": "At most 16000 pixels",
    "full/^1,16001/0/default.jpg": "At most 16000 pixels",
    "full/^4000,3001/0/default.jpg": "At most 16000 pixels wide or high, and 12 megapixels",
    "full/^pct:99999/0/default.jpg": "At most 16000 pixels",
}


@pytest.mark.parametrize("text", ERRORS)
def test_errors_are_sentences(text):
    with pytest.raises(InvalidSpec) as raised:
        canonical(text)
    assert ERRORS[text] in str(raised.value)
    assert str(raised.value).endswith(".")


LIMITED = {
    (4000, 3000): (4000, 3000),
    (8000, 6000): (4000, 3000),
    (50_000, 1_000): (16_000, 320),
    (1, 20_000): (1, 16_000),
    (20_000, 1): (16_000, 1),
    (5000, 5000): (3464, 3464),
}


@pytest.mark.parametrize("extent", LIMITED, ids=str)
def test_max_keeps_to_the_limits(extent):
    assert size_of("full/max/0/default.jpg", *extent) == LIMITED[extent]
    assert canonical("full/max/0/default.jpg", *extent) == "full/max/0/default.jpg"
    limit = "{},{}".format(*LIMITED[extent])
    assert canonical(f"full/{limit}/0/default.jpg", *extent) == "full/max/0/default.jpg"


def test_a_large_image_has_no_size_past_the_limits():
    for size in ("8000,", ",6000", "8000,6000", "pct:100"):
        with pytest.raises(InvalidSpec, match="12 megapixels"):
            canonical(f"full/{size}/0/default.jpg", 8000, 6000)
    assert size_of("full/!8000,8000/0/default.jpg", 8000, 6000) == (4000, 3000)
    assert size_of("full/^!8000,8000/0/default.jpg", 4000, 3000) == (4000, 3000)


def test_the_job_says_what_to_draw():
    job = RenditionSpec.parse("10,20,100,50/!40,40/!90/gray.png").job(WIDTH, HEIGHT)
    assert (job.box, job.size) == ((10, 20, 110, 70), (40, 20))
    assert (job.mirrored, job.rotation, job.quality, job.format) == (True, 90, "gray", "png")


sides = st.integers(1, 60_000)
numbers = st.integers(0, 20_000)
regions = st.one_of(
    st.sampled_from(["full", "square"]),
    st.tuples(numbers, numbers, numbers, numbers).map(lambda n: "{},{},{},{}".format(*n)),
    st.tuples(*[st.decimals(0, 100, places=3)] * 4).map(lambda n: "pct:{},{},{},{}".format(*n)),
)
forms = st.one_of(
    st.just("max"),
    st.decimals(0, 300, places=2).map("pct:{}".format),
    numbers.map("{},".format),
    numbers.map(",{}".format),
    st.tuples(st.sampled_from(["", "!"]), numbers, numbers).map(lambda n: "{}{},{}".format(*n)),
)
rotations = st.tuples(st.sampled_from(["", "!"]), st.sampled_from([0, 90, 180, 270, 360])).map(
    lambda n: "{}{}".format(*n)
)
texts = st.builds(
    "{}/{}{}/{}/{}.{}".format,
    regions,
    st.sampled_from(["", "^"]),
    forms,
    rotations,
    st.sampled_from(["default", "color", "gray", "bitonal"]),
    st.sampled_from(FORMATS),
)


@given(texts, sides, sides)
def test_whatever_is_asked_the_canonical_form_asks_for_the_same(text, width, height):
    spec = RenditionSpec.parse(text)
    assert RenditionSpec.parse(str(spec)) == spec
    try:
        short = spec.canonical(width, height)
    except InvalidSpec:
        return
    assert RenditionSpec.parse(str(short)) == short
    assert short.canonical(width, height) == short
    asked, canonical_job = spec.job(width, height), short.job(width, height)
    assert (canonical_job.box, canonical_job.size) == (asked.box, asked.size)
    left, top, right, bottom = asked.box
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert 1 <= asked.size[0] <= MAX_WIDTH
    assert 1 <= asked.size[1] <= MAX_WIDTH
    assert asked.size[0] * asked.size[1] <= MAX_AREA
    if not spec.size.upscale:
        assert asked.size[0] <= right - left
        assert asked.size[1] <= bottom - top


@given(sides, sides)
def test_the_largest_size_is_as_large_as_the_limits_allow(width, height):
    w, h = largest(width, height, upscale=True)
    assert w <= MAX_WIDTH
    assert h <= MAX_WIDTH
    assert w * h <= MAX_AREA
    assert w + 1 > MAX_WIDTH or h + 1 > MAX_WIDTH or (w + 1) * (h + 1) > MAX_AREA


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text):
    with suppress(InvalidSpec):
        RenditionSpec.parse(text)
