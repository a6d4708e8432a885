"""Encodes a picture anew: upright, no larger than useful, without EXIF, profiles and any data appended to it."""

import io
import warnings
from typing import BinaryIO

import pillow_heif
from PIL import Image, ImageCms, ImageOps

from chat.attachments.content import Content
from chat.attachments.limits import LONG_EDGE_PX, MAX_IMAGE_BYTES, MAX_PIXELS, SMALL_EDGE_PX, UnreadableError

# Modes in which pixels can be averaged directly.
_SCALABLE = ("RGB", "RGBA", "L", "CMYK")
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "AVIF", "HEIF")
# One thread, because the limits are of one process; and what a phone adds to a picture is not kept.
pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False)


def read(file: BinaryIO, max_chars: int) -> Content:
    """The first frame of the picture in `file`, and its thumbnail in the blob "small". Raises UnreadableError."""
    image = _decoded(file)
    is_photo = image.info.get("parley_is_photo", False)
    media_type, data = _encoded(image, is_photo)
    small = image.copy()
    small.thumbnail((SMALL_EDGE_PX, SMALL_EDGE_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    blobs = {"whole": data, "small": _encoded(small, is_photo)[1]}
    return Content("image", media_type, width=image.width, height=image.height, blobs=blobs)


def _decoded(file: BinaryIO) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # The size is in the file's header: a decompression bomb is refused before anything is unpacked.
            Image.MAX_IMAGE_PIXELS = None
            image: Image.Image = Image.open(file, formats=_FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise UnreadableError("too_many_pixels")
            is_photo = image.format in ("JPEG", "MPO", "WEBP", "AVIF", "HEIF")
            image.draft("RGB", (LONG_EDGE_PX, LONG_EDGE_PX))
            image.load()
            # Scaled down first: each step at full size costs 256 MB and seconds.
            if image.mode not in _SCALABLE or "transparency" in image.info:
                image = _plain(image)
            image.thumbnail((LONG_EDGE_PX, LONG_EDGE_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
            image = _plain(ImageOps.exif_transpose(image))
        except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, RuntimeError) as error:
            raise UnreadableError("broken_image") from error
    image.info = {"parley_is_photo": is_photo}
    return image


def _plain(image: Image.Image) -> Image.Image:
    """The picture in RGB or RGBA, in the sRGB colour space."""
    has_alpha = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")
    if (profile := image.info.get("icc_profile")) and image.mode in ("RGB", "RGBA", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            mode = "RGBA" if image.mode == "RGBA" else "RGB"
            image = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode) or image
        except (ImageCms.PyCMSError, OSError):
            pass  # the profile is broken, so the colours stay unconverted
    return image.convert("RGBA" if has_alpha else "RGB")


def _encoded(image: Image.Image, is_photo: bool) -> tuple[str, bytes]:
    """PNG for sharp drawings and transparency, JPEG for small photographs. Every model server accepts these two."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    if not is_photo or image.mode == "RGBA":
        data = _saved(image, "PNG")
        if len(data) <= MAX_IMAGE_BYTES:
            return "image/png", data
    if image.mode == "RGBA":
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    return "image/jpeg", _saved(image, "JPEG", quality=88, optimize=True)


def _saved(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.frombytes(image.mode, image.size, image.tobytes()).save(out, format, **options)
    return out.getvalue()
