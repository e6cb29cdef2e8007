"""Sample pictures of mountains, sand, sky, sea and trees."""

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from images.ingest.samples.drawing import Curve, Size, disc, glow, gradient, land, mix, sample, stars, wave


@sample(
    "morning-mist.jpg",
    (1800, 1200),
    "Morning mist",
    "Seven ridges of mountains, each darker than the one behind it, under a pale sky with a hazy sun.",
    "The valleys keep their mist until the sun stands above the last ridge.",
)
def morning_mist(size: Size, rng: Random) -> Image.Image:
    width, height = size
    image = gradient(size, "#6f9bb8", "#c3d3d2", "#f8dcb8", "#f2b98f", "#f2b98f", "#f2b98f")
    glow(image, (0.68 * width, 0.36 * height), 0.42 * width, "#fff3d6")
    for depth in range(7):
        near = depth / 6
        rise, level = 0.06 + 0.03 * near, 0.42 + 0.5 * near**1.25
        ridge = wave(rng, 3 + depth % 3, octaves=7, decay=0.48)

        def skyline(x: float, ridge: Curve = ridge, rise: float = rise, level: float = level) -> float:
            return level - rise * (1 - 2 * math.pow(abs(ridge(x)), 0.8))

        land(image, skyline, mix("#b9b4b8", "#16303c", near), mix("#f3d5bd", "#4b6b74", near))
    return image


@sample(
    "dunes.jpg",
    (1600, 1067),
    "Dunes, late afternoon",
    "Sand dunes under a blue sky; the sides that face the sun are amber, the others deep brown.",
    "The wind moves the crests by a few metres in a year, the light in an hour.",
)
def dunes(size: Size, rng: Random) -> Image.Image:
    width, height = size
    image = gradient(size, "#4f86b5", "#9cc0d4", "#f3e1c3", "#f3e1c3")
    for depth in range(6):
        near = depth / 5
        level, fall = 0.46 + 0.42 * near, 0.06 + 0.2 * near
        swell, hem = wave(rng, 2, octaves=2, decay=0.3), wave(rng, 3, octaves=1)

        def crest(x: float, level: float = level, near: float = near, swell: Curve = swell) -> float:
            return level - (0.05 + 0.07 * near) * swell(x)

        land(image, crest, mix("#efcf9f", "#e39a4b", near), mix("#e3b57f", "#b4622a", near))
        # In shadow where the crest falls to the right, down to a hem that is lower the steeper it falls.
        steps = [x / 200 for x in range(201)]
        shadow = [(x * width, crest(x) * height) for x in steps]
        for x in reversed(steps):
            slope = max(0.0, crest(min(1, x + 0.02)) - crest(x)) / 0.02
            depth_of_shadow = fall * slope / (slope + 0.2) * (1 + 0.3 * hem(x))
            shadow.append((x * width, (crest(x) + depth_of_shadow) * height))
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon(shadow, fill=225)
        image.paste(mix("#c08a60", "#5f2c17", near), mask=mask)
    return image


@sample(
    "northern-lights.jpg",
    (1200, 1800),
    "Northern lights",
    "Green and violet curtains of aurora above a line of dark fir trees, with stars behind them.",
    "A quarter past midnight, no moon.",
)
def northern_lights(size: Size, rng: Random) -> Image.Image:
    width, height = size
    image = gradient(size, "#050a1c", "#0a1838", "#12304a", "#1c4a50")
    stars(image, rng, 800, "#2a3a5c")
    ray = gradient(
        (1, 256), "#000000", "#1c0f38", "#3a2a78", "#1f7f7c", "#3fe08c", "#8dffb0", "#0a3a28", "#000000"
    )
    for curtain in range(3):
        light = Image.new("RGB", (width // 8, height // 8))
        path, streaks = wave(rng, 3, octaves=3, decay=0.4), wave(rng, 14, octaves=3, decay=0.7)
        for x in range(light.width):
            at = x / light.width
            tall = int(light.height * (0.36 + 0.1 * streaks(at)))
            foot = int(light.height * (0.46 + 0.11 * curtain + 0.11 * path(at)))
            power = max(0.08, 0.62 + 0.38 * streaks(1 - at)) * (0.65 + 0.2 * curtain)
            bright = [min(255, int(value * power)) for value in range(256)] * 3
            light.paste(ray.resize((1, tall)).point(bright), (x, foot - tall))
        soft = light.filter(ImageFilter.GaussianBlur(1.5)).resize(size, Image.Resampling.BICUBIC)
        image = ImageChops.screen(image, soft)
    _firs(image, rng)
    return image


def _firs(image: Image.Image, rng: Random) -> None:
    width, height = image.size
    hills = wave(rng, 2, octaves=3)
    land(image, lambda x: 0.86 + 0.02 * hills(x), "#071a22", "#040c12")
    draw = ImageDraw.Draw(image)
    for _ in range(90):
        x, tall, foot = (
            rng.randrange(width),
            rng.uniform(0.05, 0.15) * height,
            rng.uniform(0.89, 0.94) * height,
        )
        for tier in range(7):
            y, half = foot - tall + tall * tier / 7, tall * 0.035 * (tier + 1)
            tip, hem = (x, y - tall * 0.08), y + tall / 6
            draw.polygon([tip, (x - half, hem), (x + half, hem)], fill="#03090d")
    draw.rectangle((0, 0.93 * height, width, height), fill="#03090d")


@sample(
    "sea-at-dusk.webp",
    (2400, 800),
    "Sea at dusk",
    "A wide view of a calm sea: the sun touches the horizon and lays a broken golden path on the water.",
    "Seen from the mole, looking west.",
)
def sea_at_dusk(size: Size, rng: Random) -> Image.Image:
    width, height = size
    horizon, sun = round(0.52 * height), 0.36 * width
    image = gradient(size, "#243b63", "#6b5b87", "#d9808a", "#f7b07a", "#f7b07a", "#f7b07a")
    glow(image, (sun, horizon), 0.36 * width, "#ffd79a", 0.9)
    disc(ImageDraw.Draw(image), sun, horizon - 40, 110, fill="#fff0c4")
    for shore, rise, colour in ((0.55, 0.1, "#8f6680"), (0.72, 0.15, "#574d70")):
        hills = wave(rng, 6, octaves=5)

        def skyline(x: float, shore: float = shore, rise: float = rise, hills: Curve = hills) -> float:
            return 0.525 - rise * max(0, x - shore) * (1.6 + hills(x))

        land(image, skyline, colour, colour)
    image.paste(gradient((width, height - horizon), "#c98a86", "#6f6288", "#2f4068", "#1b2a4a"), (0, horizon))
    draw = ImageDraw.Draw(image)
    for glint in range(5200):
        near = rng.random() ** 1.7
        y, half, thick = horizon + near * (height - horizon), (10 + 90 * near) * rng.uniform(0.3, 1), 5 * near
        spread = 0.02 + 0.1 * near
        offset = rng.gauss(0, spread)
        x, golden = sun + 1.1 * width * offset, math.exp(-((offset / spread) ** 2) / 1.2)
        if glint % 5 < 2:  # these lie anywhere and only mirror the sky
            x, golden = rng.randrange(width), 0
        thick = 1 + thick * rng.random()
        colour = mix(mix("#b98a92", "#3d5078", near), "#ffdf9e", golden)
        draw.ellipse((x - half, y - thick, x + half, y + thick), fill=colour)
    return image


@sample(
    "birches.webp",
    (1200, 1600),
    "Birches",
    "White birch trunks with dark marks stand in golden autumn haze, fallen leaves around them.",
    "There was no wind at all.",
)
def birches(size: Size, rng: Random) -> Image.Image:
    width, height = size
    image = gradient(size, "#f2cf86", "#f6e2b5", "#f3dfb4", "#d79a4a", "#9c5a26")
    glow(image, (0.45 * width, 0.35 * height), 0.6 * width, "#fffbe8", 0.8)
    draw = ImageDraw.Draw(image)
    for near, trees in ((0, 9), (0.5, 7), (1, 5)):
        for tree in range(trees):
            x = width * (tree + rng.uniform(0.1, 0.9)) / trees
            _birch(draw, rng, x, height * (0.74 + 0.22 * near + rng.uniform(0, 0.04)), near)
        for _ in range(700):
            y = height * (0.74 + 0.14 * near + 0.2 * rng.random() ** 1.5)
            x, half = rng.randrange(width), 8 + 16 * near
            leaf = mix("#e7b04c", "#a3481c", rng.random())
            draw.ellipse((x - half, y, x + half, y + 0.6 * half), fill=leaf)
    return image


def _birch(draw: ImageDraw.ImageDraw, rng: Random, x: float, foot: float, near: float) -> None:
    """Draw one trunk from the upper edge down to (x, foot); `near` runs from 0, faint, to 1."""
    haze, half, lean = "#f3dfb4", (14 + 44 * near) * rng.uniform(0.7, 1.2), rng.uniform(-60, 60)
    for strip in range(16):
        round_ = math.sin(math.pi * (0.15 + 0.05 * strip)) ** 0.7
        bark = mix(haze, mix("#77706a", "#fbf8f0", round_), 0.35 + 0.65 * near)
        left, right = x + half * (strip / 7.5 - 1), x + half * ((strip + 1) / 7.5 - 1)
        draw.polygon([(left + lean, 0), (right + lean, 0), (right, foot), (left, foot)], fill=bark)
    for _ in range(24):
        y = rng.uniform(0, foot)
        middle = x + lean * (1 - y / foot)
        left = middle + rng.uniform(-0.9, 0.5) * half
        right = min(middle + half, left + half * rng.uniform(0.3, 0.9))
        thick = (2 + 7 * near) * rng.uniform(0.4, 1.2)
        draw.ellipse((left, y, right, y + thick), fill=mix(haze, "#2c2623", 0.25 + 0.7 * near))
