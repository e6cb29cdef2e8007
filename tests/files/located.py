"""A photograph that says where it was taken."""

from PIL import Image as PillowImage
from PIL.TiffImagePlugin import IFDRational

from tests.factories import make_image

LATITUDE, LONGITUDE = 48.858333, 2.294444


def photo(seed: int = 0) -> bytes:
    """Return a JPEG that says it was taken at LATITUDE, LONGITUDE."""
    exif = PillowImage.Exif()
    exif[0x0110] = "X100V"
    exif.get_ifd(0x8769)[0x829A] = IFDRational(1, 250)
    exif.get_ifd(0x8825).update(
        {
            1: "N",
            2: (IFDRational(48), IFDRational(51), IFDRational(30)),
            3: "E",
            4: (IFDRational(2), IFDRational(17), IFDRational(40)),
        }
    )
    return make_image(seed=seed, exif=exif)
