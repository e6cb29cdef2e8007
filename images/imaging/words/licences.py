"""Where the text of a licence stands, by its identifier (SPDX), which is how files name one."""

import re

OF_CREATIVE_COMMONS = "https://creativecommons.org/"
CREATIVE_COMMONS = re.compile(r"CC-(BY(?:-NC)?(?:-SA|-ND)?)-(\d\.\d)(?:-([A-Z]{2,3}|GB-SCT))?")
OTHERS = {
    "CC0-1.0": "publicdomain/zero/1.0/",
    "CC-PDM-1.0": "publicdomain/mark/1.0/",
    "CC-PDDC": "licenses/publicdomain/",
}
PORTS = {"gb-sct": "scotland"}  # others are there by the name that they have here


def address_of(licence: str) -> str:
    """Return the address of the text, an empty one of a licence that is people's own, or of none. Those of
    Creative Commons are known in whatever case people typed them.
    """
    name = licence.upper()
    if match := CREATIVE_COMMONS.fullmatch(name):
        terms, version, port = (part.lower() for part in match.groups(""))
        place = f"licenses/{terms}/{version}/" + (f"{PORTS.get(port, port)}/" if port else "")
    elif name in OTHERS:
        place = OTHERS[name]
    elif licence and not licence.startswith(("LicenseRef-", "DocumentRef-")):
        return f"https://spdx.org/licenses/{licence}.html"
    else:
        return ""
    return OF_CREATIVE_COMMONS + place
