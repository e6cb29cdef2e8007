"""The pictures that a new library begins with: a dozen shapes, moods and formats, drawn by code."""

from images.ingest.samples import landscapes, patterns

SAMPLES = (
    patterns.contour_lines,
    landscapes.birches,
    patterns.rain_on_a_pond,
    landscapes.morning_mist,
    patterns.twill,
    patterns.phases_of_the_moon,
    landscapes.dunes,
    patterns.sunflower_spiral,
    patterns.paper_canyon,
    landscapes.sea_at_dusk,
    patterns.squares_and_arcs,
    landscapes.northern_lights,
)
