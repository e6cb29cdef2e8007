"""A version of inspection is what it tells: who has it tell more has all libraries read their images anew."""

import hashlib
import io
import json

from images.imaging.inspection import INSPECTION_VERSION, inspect_image
from tests.factories import make_image
from tests.files.carriers import full
from tests.files.located import photo

VERSION, DIGEST = 1, "d92b090b53622e2889d96d15debdbdd1e24f3a5050c5ca853a0d940b188ffbc1"


def test_other_facts_are_another_version():
    """When this fails and the new facts are wanted, raise INSPECTION_VERSION, and write down both here."""
    files = [photo(), make_image("GIF", frames=3), make_image("PNG", mode="L")]
    files += [full(format_, 6, make_image(format_)) for format_ in ("JPEG", "PNG", "WEBP")]
    told = []
    for file in files:
        facts = vars(inspect_image(io.BytesIO(file)))
        drawn = {"placeholder", "color"}  # by Pillow, whose versions differ by a shade
        facts["metadata"] = {k: v for k, v in facts["metadata"].items() if k not in drawn}
        told.append({name: fact for name, fact in facts.items() if name not in drawn})
    text = json.dumps(told, default=str, sort_keys=True)
    assert (INSPECTION_VERSION, hashlib.sha256(text.encode()).hexdigest()) == (VERSION, DIGEST), text
