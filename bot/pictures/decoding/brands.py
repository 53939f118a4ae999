"""What a file is by its first bytes; names and announced types never count."""

from enum import StrEnum

HEAD_BYTES = 4096  # enough for the brands of any file


class Brand(StrEnum):
    """What is taken, named as its files end."""

    PNG = "png"
    JPEG = "jpg"
    WEBP = "webp"
    GIF = "gif"
    AVIF = "avif"
    HEIC = "heic"
    MP4 = "mp4"
    WEBM = "webm"


FILMS = frozenset({Brand.MP4, Brand.WEBM})
CONVERTED = frozenset({Brand.AVIF, Brand.HEIC})  # pictures that Discord does not show
NAMES = {
    Brand.PNG: "PNG",
    Brand.JPEG: "JPEG",
    Brand.WEBP: "WebP",
    Brand.GIF: "GIF",
    Brand.AVIF: "AVIF",
    Brand.HEIC: "HEIC",
    Brand.MP4: "MP4",
    Brand.WEBM: "WebM",
}
_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
# These say nothing of the codec.
_STILL = frozenset({b"mif1", b"mif2", b"msf1", b"miaf", b"MiHB", b"MiHE", b"MiPr", b"tmap"})
_OTHERS = (
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"FUJIFILMCCD-RAW", "RAF"),
    (b"IIRO", "ORF"),
    (b"8BPS", "PSD"),
    (b"%PDF", "PDF"),
    (b"%!PS", "EPS"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\1\0", "ICO"),
    (b"qoif", "QOI"),
    (b"FLIF", "FLIF"),
    (b"DDS ", "DDS"),
    (b"gimp xcf", "XCF"),
    (b"PK\3\4", "ZIP"),
    (b"Rar!", "RAR"),
)


def brand_of(head: bytes) -> Brand | None:
    """What a file is; None for whatever is not taken."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Brand.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return Brand.JPEG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Brand.GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Brand.WEBP
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return Brand.WEBM
    if head[4:8] == b"ftyp":
        return _brand_of_container(head)
    return None


def _brand_of_container(head: bytes) -> Brand | None:
    """Pictures and films share one container; the first brand decides, or those behind it where it leaves that open."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[place : place + 4] for place in range(16, end - 3, 4))]
    for brand in brands if brands[0] in _STILL else brands[:1]:
        if brand in _AVIF:
            return Brand.AVIF
        if brand in _HEIC:
            return Brand.HEIC
    if brands[0] in _STILL:
        return Brand.HEIC  # its decoder knows the other codecs of that container
    return None if brands[0] == b"crx " else Brand.MP4


def other_name(head: bytes) -> str:
    """The name of a format that is known but not taken; "" for all else."""
    for magic, name in _OTHERS:
        if head.startswith(magic):
            return name
    if head[4:12] == b"ftypcrx ":
        return "CR3"
    if b"<svg" in head[:1024].lower():
        return "SVG"
    return ""
