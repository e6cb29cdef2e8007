"""Draws every awkward picture in a few forms onto one sheet, to be looked at.

`python -m tests.files.contact_sheet FILE.png`. Transparency shows as a checkered ground. Every row shows
the same scene, unless its name says otherwise. With `phones` behind it the photographs of phones instead.
"""

import io
import sys

from PIL import Image, ImageDraw, ImageFont

from images.iiif.requests import RenditionSpec
from images.imaging.inspection import inspect_image
from images.imaging.rendering import render
from tests.files.phones import photographs
from tests.files.pictures import PICTURES

FORMS = (
    "full/^!200,200/0/default.webp",
    "full/^!200,200/0/default.jpg",
    "full/^!200,200/0/default.avif",
    "full/^!200,200/0/default.gif",
    "square/^!200,200/0/default.png",
    "pct:0,0,50,50/^!200,200/!90/gray.webp",
    "full/^!200,200/180/bitonal.png",
)
LINE = ("full/^200,20/0/default.webp", "full/^20,200/0/default.jpg")  # of a picture one pixel wide or high
SIDE, LABEL, GAP = 200, 18, 10
COLUMNS = 2


def main(path: str, kind: str = "") -> None:
    pictures = dict(photographs()) if kind == "phones" else PICTURES
    rows, width, height = -(-len(pictures) // COLUMNS), len(FORMS) * (SIDE + GAP) + GAP, LABEL + SIDE + GAP
    sheet = Image.new("RGB", (COLUMNS * width, rows * height), "#707070")
    pen = ImageDraw.Draw(sheet)
    for number, (name, make) in enumerate(pictures.items()):
        left, top = number // rows * width + GAP, number % rows * height
        pen.text((left, top), name, "white", ImageFont.load_default(14))
        for column, image in enumerate(_drawn(make())):
            _lay(sheet, image.convert("RGBA"), (left + column * (SIDE + GAP), top + LABEL))
    sheet.save(path)


def _drawn(data: bytes) -> list[Image.Image]:
    facts = inspect_image(io.BytesIO(data))
    forms = FORMS if min(facts.width, facts.height) > 1 else LINE
    jobs = [RenditionSpec.parse(form).job(facts.width, facts.height) for form in forms]
    return [Image.open(io.BytesIO(made)) for made in render(io.BytesIO(data), jobs)]


def _lay(sheet: Image.Image, image: Image.Image, place: tuple[int, int]) -> None:
    """Put the image onto the sheet, over checkers of 16 pixels."""
    checkers = Image.frombytes("L", (2, 2), b"\xff\xc8\xc8\xff").resize((32, 32), Image.Resampling.NEAREST)
    ground = Image.new("RGBA", image.size)
    for left in range(0, image.width, 32):
        for top in range(0, image.height, 32):
            ground.paste(checkers, (left, top))
    sheet.paste(Image.alpha_composite(ground, image), place)


if __name__ == "__main__":
    main(*sys.argv[1:])
