"""Sample pictures of shapes, lines, threads, paper, moons and rain."""

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from images.ingest.samples.drawing import Size, disc, glow, gradient, mix, sample, smooth_noise, stars

GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


@sample(
    "squares-and-arcs.png",
    (1400, 1400),
    "Squares and arcs",
    "Thirty-six tiles with circles, quarter circles and triangles in red, blue, yellow, black and cream.",
    "After the exercises of the Bauhaus preliminary course.",
)
def squares_and_arcs(size: Size, rng: Random) -> Image.Image:
    inks = ["#d1402f", "#1f4e8c", "#eeb62b", "#1b1b1e", "#efe6d4", "#7fa7a0"]
    image = Image.new("RGB", size, "#efe6d4")
    draw = ImageDraw.Draw(image)
    margin = 80
    side = (size[0] - 2 * margin) // 6
    for tile in range(36):
        x, y = margin + tile % 6 * side, margin + tile // 6 * side
        _tile(draw, rng, x, y, side, *rng.sample(inks, 3))
    return image


def _tile(
    draw: ImageDraw.ImageDraw, rng: Random, x: int, y: int, side: int, ground: str, ink: str, dot: str
) -> None:
    box = (x, y, x + side, y + side)
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    turn = rng.randrange(4)
    shape = rng.choice(("arc", "half", "triangle", "rings", "dot"))
    draw.rectangle(box, fill=ground)
    if shape in ("arc", "rings"):
        cx, cy = corners[turn]
        rings = (
            ((1, ink), (0.5, dot))
            if shape == "arc"
            else ((1, ink), (0.75, ground), (0.5, ink), (0.25, ground))
        )
        for share, fill in rings:
            radius = side * share
            around = (cx - radius, cy - radius, cx + radius, cy + radius)
            draw.pieslice(around, 90 * turn, 90 * turn + 90, fill=fill)
    elif shape == "half":
        draw.ellipse(box, fill=ink)
        draw.pieslice(box, 90 * turn, 90 * turn + 180, fill=dot)
    elif shape == "triangle":
        draw.polygon([corners[turn], corners[turn - 1], corners[turn - 2]], fill=ink)
    else:
        disc(draw, x + side / 2, y + side / 2, side / 4, fill=ink)


@sample(
    "contour-lines.png",
    (1600, 1200),
    "Contour lines",
    "A topographic map: brown contour lines over tints that go from green valleys to pale summits.",
    "Every fifth line is heavier, as surveyors draw it. The country does not exist.",
)
def contour_lines(size: Size, rng: Random) -> Image.Image:
    columns, rows = 160, 120
    relief = [0.0] * (columns + 1) * (rows + 1)
    for cells, weight in ((5, 1.0), (10, 0.45), (20, 0.12)):
        lattice = Image.new("F", (cells, cells * 3 // 4))
        lattice.putdata([weight * rng.random() for _ in range(lattice.width * lattice.height)])
        swell = lattice.resize((columns + 1, rows + 1), Image.Resampling.BICUBIC).tobytes()
        relief = [low + high for low, high in zip(relief, memoryview(swell).cast("f"), strict=True)]
    floor, summit = min(relief), max(relief)
    relief = [22 * (height - floor) / (summit - floor) for height in relief]
    tints = Image.new("L", (columns + 1, rows + 1))
    tints.putdata([int(height * 255 / 22) for height in relief])
    image = ImageOps.colorize(tints, "#a9c39a", "#fbf6ea", "#ecdcb8").resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    cell = size[0] / columns
    for y in range(rows):
        for x in range(columns):
            at = y * (columns + 1) + x
            corners = (relief[at], relief[at + 1], relief[at + columns + 2], relief[at + columns + 1])
            for level in range(math.ceil(min(corners)), math.floor(max(corners)) + 1):
                ends = [((x + dx) * cell, (y + dy) * cell) for dx, dy in _crossings(corners, level)]
                draw.line(ends, fill="#8a5a3b", width=7 if level % 5 == 0 else 3)
    return image


def _crossings(corners: tuple[float, ...], level: int) -> list[tuple[float, float]]:
    """Return where the sides of a unit cell cross `level`; its corners go clockwise from the upper left."""
    sides = (((0, 0), (1, 0)), ((1, 0), (1, 1)), ((1, 1), (0, 1)), ((0, 1), (0, 0)))
    found = []
    for (start, end), a, b in zip(sides, corners, (*corners[1:], corners[0]), strict=True):
        if (a < level) != (b < level):
            part = (level - a) / (b - a)
            found.append((start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])))
    return found


@sample(
    "paper-canyon.avif",
    (1200, 1500),
    "Paper canyon",
    "Sheets of cut paper, from cream through coral to deep plum, each with a wavy hole that shows the next.",
    "Nine sheets, one knife.",
)
def paper_canyon(size: Size, rng: Random) -> Image.Image:
    width, height = size
    image = Image.new("RGB", size, "#2b1136")
    for sheet in range(1, 9):
        waves = [(count, rng.uniform(-0.2, 0.2) / count, rng.uniform(0, 2 * math.pi)) for count in (2, 3, 5)]
        hole = []
        for degree in range(360):
            angle = math.radians(degree)
            wobble = sum(depth * math.sin(count * angle + start) for count, depth, start in waves)
            radius = (0.06 + 0.048 * sheet) * (1 + wobble)
            hole.append((width * (0.5 + radius * math.cos(angle)), height * (0.5 + radius * math.sin(angle))))
        paper = Image.new("L", size, 255)
        ImageDraw.Draw(paper).polygon(hole, fill=0)
        shadow = ImageChops.offset(paper.reduce(8), 4, 8).filter(ImageFilter.GaussianBlur(7)).resize(size)
        image.paste("#140418", mask=shadow.point([value * 3 // 5 for value in range(256)]))
        colour = (
            mix("#2b1136", "#c43d55", sheet / 4) if sheet < 4 else mix("#c43d55", "#fbe3c6", (sheet - 4) / 4)
        )
        image.paste(colour, mask=paper)
    return image


@sample(
    "twill.png",
    (1200, 1200),
    "Twill",
    "Woven cloth from close by: indigo, rust and cream threads cross over and under in diagonal steps.",
    "Two over, two under, and one step to the right with every row.",
)
def twill(size: Size, rng: Random) -> Image.Image:
    sett = ["#2f4a6d"] * 8 + ["#efe3cb"] * 2 + ["#b5532f"] * 4 + ["#efe3cb"] * 2
    threads = 48
    side = size[0] // threads
    image = Image.new("RGB", size, "#141a24")
    for row in range(threads):
        for column in range(threads):
            step = (column - row) % 4
            colour = sett[(row if step < 2 else column) % len(sett)]
            shades = [mix("#0b0f18", colour, light) for light in (0.62, 0.92, 1)]
            thread = gradient((side - 6, side), *(shades if step % 2 == 0 else reversed(shades)))
            if step < 2:  # the thread that runs across lies on top
                image.paste(thread.transpose(Image.Transpose.ROTATE_90), (column * side, row * side + 3))
            else:
                image.paste(thread, (column * side + 3, row * side))
    return image


@sample(
    "phases-of-the-moon.avif",
    (2400, 700),
    "Phases of the moon",
    "Nine moons in a row on a dark blue sky: a thin crescent grows to the full moon and wanes again.",
    "One lunation, as it is seen from the northern half of the Earth.",
)
def phases_of_the_moon(size: Size, rng: Random) -> Image.Image:
    width, height = size
    image = gradient(size, "#0b1026", "#141d3c", "#1d2a4d")
    stars(image, rng, 500, "#1d2a4d")
    glow(image, (width / 2, height / 2), 0.45 * height, "#8fa3cf", 0.5)
    for moon in range(1, 10):
        side = round(height * (0.34 if moon == 5 else 0.29))
        corner = (round(width * (moon - 0.5) / 9 - side / 2), (height - side) // 2)
        face = ImageOps.colorize(smooth_noise(rng, (9, 9), (side, side)), "#c9c2ae", "#fdf8e6")
        earthshine = Image.new("L", (side, side))
        disc(ImageDraw.Draw(earthshine), side / 2, side / 2, side / 2 - 1, fill=30)
        image.paste(face, corner, earthshine)
        image.paste(face, corner, _sunlit(side, moon / 5))
    return image


def _sunlit(side: int, phase: float) -> Image.Image:
    """Return the mask of the lit part of a moon: `phase` 0 is new, 1 full, 2 new again."""
    mask = Image.new("L", (side, side))
    draw = ImageDraw.Draw(mask)
    draw.pieslice((0, 0, side - 1, side - 1), *((-90, 90) if phase <= 1 else (90, 270)), fill=255)
    edge = side / 2 * math.cos(math.pi * phase)  # half the width of the ellipse that the terminator is
    draw.ellipse((side / 2 - abs(edge), 0, side / 2 + abs(edge), side - 1), fill=0 if edge > 0 else 255)
    return mask.filter(ImageFilter.GaussianBlur(2))


@sample(
    "rain-on-a-pond.gif",
    (640, 480),
    "Rain on a pond",
    "Animation: raindrops fall on dark green water, and each draws two rings that widen and fade.",
    "Two seconds, without a seam.",
)
def rain_on_a_pond(size: Size, rng: Random) -> list[Image.Image]:
    drops = [(rng.random(), rng.uniform(0.12, 1), rng.random()) for _ in range(34)]
    frames = []
    for step in range(32):
        frames.append(gradient(size, "#1f4d4f", "#173d43", "#102c33"))
        draw = ImageDraw.Draw(frames[-1])
        for x, y, start in drops:
            _drop(draw, x * size[0], y * size[1], 0.4 + 0.6 * y, (step / 32 + start) % 1)
    return frames


def _drop(draw: ImageDraw.ImageDraw, x: float, y: float, near: float, age: float) -> None:
    """Draw a drop that falls until `age` is 0.2, and its rings from then on until 1."""
    if age < 0.2:
        tip = y - 4000 * (0.2 - age)
        draw.line((x, tip - 90 * near, x, tip), fill="#8fb9b4", width=3)
    for delay in (0.2, 0.32):
        grown = (age - delay) / 0.8
        if grown > 0:
            half, ink = 150 * near * grown, mix("#d8efe6", "#17393f", 1.2 * grown)
            draw.ellipse((x - half, y - 0.36 * half, x + half, y + 0.36 * half), outline=ink, width=4)


@sample(
    "sunflower-spiral.jpg",
    (1300, 1300),
    "Sunflower spiral",
    "Hundreds of dots, dark brown at the centre and bright yellow at the rim, lie as a sunflower's seeds do.",
    "Each dot is turned by the golden angle, 137.5 degrees, from the one before it.",
)
def sunflower_spiral(size: Size, rng: Random) -> Image.Image:
    image = gradient(size, "#12343b", "#0d262d")
    draw = ImageDraw.Draw(image)
    middle, count = size[0] / 2, 1100
    for seed in range(count):
        outward = math.sqrt(seed / count)
        x = middle * (1 + 0.9 * outward * math.cos(seed * GOLDEN_ANGLE))
        y = middle * (1 + 0.9 * outward * math.sin(seed * GOLDEN_ANGLE))
        inner, outer = (
            mix("#6b2d14", "#e2742a", 2 * seed / count),
            mix("#e2742a", "#ffe08a", 2 * seed / count - 1),
        )
        disc(draw, x, y, middle * (0.008 + 0.017 * outward), fill=inner if 2 * seed < count else outer)
    return image
