"""Images with their transcriptions: folders, zip archives, single pairs.

A sample is ``NAME.png`` (or another image) with ``NAME.gt.txt`` beside it, UTF-8. Nothing is ever
unpacked to disk, and no member of an archive is read beyond a bound, so an archive can neither
write outside a folder nor fill the memory; the texts that are kept are bounded in sum.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from gsaocr.errors import InputError
from gsaocr.printable import short

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
TRUTH_SUFFIX = ".gt.txt"

LARGEST_TRUTHS = 256 * 2**20
"""Bytes of all transcriptions of one source together."""

_LARGEST_IMAGE = 256 * 2**20  # bytes of one encoded image
_LARGEST_TRUTH = 4 * 2**20  # bytes of one transcription
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError)
_BROKEN_ZIP_TOO = (ValueError, RuntimeError, NotImplementedError, LookupError, OverflowError)
_MOST_MEMBERS = 1_000_000  # of one archive


class TooLarge(InputError):
    """A source holds more than may be kept in memory."""


@dataclass(frozen=True)
class Sample:
    """One image with its truth; the image's bytes are read when asked for."""

    name: str  # path without suffix, within its folder or archive
    origin: str  # the folder, archive or file it comes from, as given
    truth: str
    read: Callable[[], bytes] = field(compare=False, repr=False)

    @property
    def label(self) -> str:
        """Return how the sample is named in messages and reports."""
        return f"{self.origin}: {self.name}"


@dataclass(frozen=True)
class Samples:
    """The samples that were found, by name, and what had to be left out."""

    samples: tuple[Sample, ...]
    left_out: tuple[str, ...]  # one line each: name and cause

    def limited(self, limit: int | None) -> Samples:
        """Return a random part of at most ``limit`` samples, the same in every run.

        A sample's place in the draw depends on its name alone, so a smaller part lies within a
        larger one and does not change when other samples join.
        """
        if limit is None or limit >= len(self.samples):
            return self
        drawn = sorted(self.samples, key=_place_in_draw)[:limit]
        return Samples(tuple(sorted(drawn, key=lambda sample: sample.name)), self.left_out)


def _place_in_draw(sample: Sample) -> bytes:
    return hashlib.sha256(sample.name.encode("utf-8", "surrogatepass")).digest()


def load_samples(sources: Iterable[Path]) -> Samples:
    """Return the samples of folders (searched to any depth), zip archives and single images.

    Raises ``InputError`` if a source is missing, is no folder, zip or image, or holds no pair at
    all. Images without a truth and truths without an image are left out, and named.
    """
    samples: list[Sample] = []
    left_out: list[str] = []
    for source in sources:
        if os.path.isdir(source):
            found = _from_folder(source)
        elif not os.path.exists(source):
            raise InputError(str(source), "no such file or folder", "give a folder, zip or image")
        elif source.suffix.lower() in IMAGE_SUFFIXES:
            found = _from_image(source)
        else:
            found = _from_zip(source)
        if not found.samples:
            cause = found.left_out[0] if found.left_out else "no NAME.png with NAME.gt.txt in it"
            raise InputError(str(source), f"nothing to use: {cause}", "check the file names")
        samples.extend(found.samples)
        left_out.extend(found.left_out)
    return Samples(tuple(samples), tuple(left_out))


def _from_folder(folder: Path) -> Samples:
    names = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if os.path.isfile(path)
    }

    def reader(name: str, bound: int) -> bytes:
        return _bounded_file(names[name], bound)

    return _paired(str(folder), names, reader)


def _from_image(image: Path) -> Samples:
    truth = image.with_name(image.stem + TRUTH_SUFFIX)
    names = {path.name: path for path in (image, truth) if os.path.isfile(path)}

    def reader(name: str, bound: int) -> bytes:
        return _bounded_file(names[name], bound)

    return _paired(str(image.parent), names, reader)


def _bounded_file(path: Path, bound: int) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(bound + 1)
    except (OSError, ValueError) as error:
        cause = (isinstance(error, OSError) and error.strerror) or "can't be read"
        raise InputError(str(path), cause) from None
    if len(content) > bound:
        raise InputError(str(path), f"larger than {bound >> 20} MiB")
    return content


def _from_zip(path: Path) -> Samples:
    archive = _Archive(path)
    try:
        members = {
            member.filename: member for member in archive.opened().infolist() if not member.is_dir()
        }
    except (*_BROKEN_ZIP, *_BROKEN_ZIP_TOO) as error:
        cause = f"not a readable zip archive ({error})"
        raise InputError(str(path), cause, "give a folder, a zip or an image") from None
    if len(members) > _MOST_MEMBERS:
        raise InputError(str(path), f"more than {_MOST_MEMBERS:,} members")
    for name in members:
        inside = PurePosixPath(name.replace("\\", "/"))
        if inside.is_absolute() or ".." in inside.parts:
            raise InputError(str(path), f"member {short(name)} points outside the archive")

    def reader(name: str, bound: int) -> bytes:
        return archive.read(members[name], bound)

    return _paired(str(path), members, reader)


class _Archive:
    """A zip archive that stays open, since finding its members anew takes longer than reading one.

    A forked process opens it again: a file position shared by two processes would mix their reads.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: zipfile.ZipFile | None = None
        self._process = 0

    def opened(self) -> zipfile.ZipFile:
        if self._opened is None or self._process != os.getpid():
            self._opened = zipfile.ZipFile(self.path)
            self._process = os.getpid()
        return self._opened

    def read(self, member: zipfile.ZipInfo, bound: int) -> bytes:
        """Read a member, never more than ``bound`` bytes whatever its header promises."""
        label = f"{self.path}: {member.filename}"
        try:
            with self.opened().open(member) as stream:
                content = stream.read(bound + 1)
        except _BROKEN_ZIP as error:
            raise InputError(label, f"damaged ({error})") from None
        except _BROKEN_ZIP_TOO as error:  # encrypted; unknown compression
            raise InputError(label, str(error)) from None
        if len(content) > bound:
            raise InputError(label, f"larger than {bound >> 20} MiB")
        return content


def _paired(origin: str, names: Iterable[str], reader: Callable[[str, int], bytes]) -> Samples:
    """Bring images and truths together by name; read the truths, leave the images for later."""
    truths = {name.removesuffix(TRUTH_SUFFIX): name for name in names if _is(name, TRUTH_SUFFIX)}
    images: dict[str, str] = {}
    left_out: list[str] = []
    for name in sorted(names):
        if not _is(name, *IMAGE_SUFFIXES):
            continue
        stem = name[: name.rindex(".")]
        if stem not in truths:
            left_out.append(f"{origin}: {name}: no {TRUTH_SUFFIX} beside it")
        elif stem in images:
            left_out.append(f"{origin}: {name}: its truth belongs to {images[stem]} already")
        else:
            images[stem] = name
    samples: list[Sample] = []
    size = 0
    for stem, truth_name in sorted(truths.items()):
        if stem not in images:
            left_out.append(f"{origin}: {truth_name}: no image beside it")
            continue
        try:
            content = reader(truth_name, _LARGEST_TRUTH)
            size += len(content)
            if size > LARGEST_TRUTHS:
                cause = f"its texts are larger than {LARGEST_TRUTHS >> 20} MiB together"
                raise TooLarge(origin, cause, "split it")
            truth = content.decode("utf-8-sig")
        except TooLarge:
            raise
        except InputError as error:
            left_out.append(str(error))
            continue
        except UnicodeDecodeError:
            left_out.append(f"{origin}: {truth_name}: not UTF-8")
            continue
        samples.append(Sample(stem, origin, truth, _image_reader(reader, images[stem])))
    return Samples(tuple(samples), tuple(left_out))


def _is(name: str, *suffixes: str) -> bool:
    """Return whether a path ends so and is no hidden file (such as archives of other systems)."""
    base = name.rpartition("/")[2]
    return base.lower().endswith(suffixes) and not base.startswith(".")


def _image_reader(reader: Callable[[str, int], bytes], name: str) -> Callable[[], bytes]:
    return lambda: reader(name, _LARGEST_IMAGE)
