"""Which licence a text names, by its identifier in SPDX's list, which has those of Creative Commons."""

import re
from collections.abc import Iterable

# As on creativecommons.org/licenses/list. Ports have their country behind them, as in SPDX.
CREATIVE_COMMONS = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:"
    r"licenses/(?P<terms>by(?:-nc)?(?:-nd|-sa)?|by-nd-nc|nc|nd|sa|nc-sa|nd-nc)/(?P<version>\d\.\d)"
    r"(?:/(?P<port>igo|scotland|[a-z]{2}))?"
    r"|publicdomain/(?P<tool>zero|mark)/1\.0"
    r"|licenses/(?P<dedication>publicdomain)"
    r")(?![\w-])",
    re.IGNORECASE,
)
TOOLS = {"zero": "CC0-1.0", "mark": "CC-PDM-1.0"}
SPDX = re.compile(
    r"https?://(?:www\.)?spdx\.org/licenses/(?P<name>[\w.+-]+?)(?:\.html|\.json|\.txt)?/?", re.ASCII
)
# A text that is nothing but one of these. Others are known by their address alone.
EXACT = re.compile(
    r"CC-BY(-NC)?(-ND|-SA)?-[1-4]\.\d(-[A-Z]{2,3})?|CC0-1\.0|CC-PDM-1\.0|CC-PDDC|LAL-1\.[23]|"
    r"GFDL-1\.[123](-only|-or-later|-(no-)?invariants-(only|or-later))?|OGL-UK-[123]\.0|etalab-2\.0|"
    r"MIT|MIT-0|Apache-2\.0|A?GPL-[23]\.0-(only|or-later)|LGPL-[23]\.[01]-(only|or-later)|MPL-2\.0|"
    r"Unlicense|0BSD|BSD-[23]-Clause|PDDL-1\.0|ODbL-1\.0|ODC-By-1\.0|OFL-1\.1|WTFPL"
)
MAX_IDENTIFIER = 64


def identifier(texts: Iterable[str]) -> str:
    """Return the licence that the first of `texts` to name any names; empty if it names several."""
    for text in texts:
        named = {_creative_commons(found) for found in CREATIVE_COMMONS.finditer(text)}
        if not named and (other := SPDX.fullmatch(text.strip())):
            named = {other["name"][:MAX_IDENTIFIER]}
        if not named and EXACT.fullmatch(text.strip()):
            named = {text.strip()}
        if named:
            return named.pop() if len(named) == 1 else ""
    return ""


def _creative_commons(found: re.Match[str]) -> str:
    if found["dedication"]:
        return "CC-PDDC"
    if found["tool"]:
        return TOOLS[found["tool"].lower()]
    terms = found["terms"].lower().replace("nd-nc", "nc-nd")
    port = {"scotland": "GB-SCT"}.get((found["port"] or "").lower(), (found["port"] or "").upper())
    return "-".join(filter(None, ("CC", terms.upper(), found["version"], port)))
