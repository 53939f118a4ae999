"""The file that a backup is: a tar archive whose last entry says what is in it, with a checksum for each."""

import hashlib
import io
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.crypto import KEY_FILE
from bot.errors import SettingsError
from bot.pictures.keys import is_key
from bot.storage.copies import DUMP, FILE

MANIFEST, PICTURES = "manifest.json", "pictures/"
FORMAT = 1
MANIFEST_LIMIT = 256_000_000  # bytes: some hundred for each picture
_CHUNK = 1 << 20


class Entry(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(frozen=True)

    bytes: int
    sha256: str


class Manifest(BaseModel):
    """What is in a backup, and what made it."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    easel: str
    tables: str
    made_at: datetime
    unfinished: int | None = None  # jobs; None where the tables were of another version than the program
    bucket: str = ""  # where the pictures are whose list alone, with checksums, is in the database
    files: Mapping[str, Entry] = Field(default_factory=dict)

    @property
    def database(self) -> str:
        """The name of the entry that is the database."""
        return next((name for name in (FILE, DUMP) if name in self.files), "")

    @property
    def pictures(self) -> int:
        """How many kept pictures are in it."""
        return sum(name.startswith(PICTURES) for name in self.files)


class Writer:
    """Puts files into an archive, and keeps their checksums."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self.files: dict[str, Entry] = {}

    def add(self, path: Path, name: str) -> None:
        """Put a file in; one that is gone meanwhile, as pictures may be, is left out."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return
        with file:
            entry = self._archive.gettarinfo(arcname=name, fileobj=file)
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            hashed = _Hashed(file)
            self._archive.addfile(entry, hashed)
            self.files[name] = Entry(bytes=entry.size, sha256=hashed.digest.hexdigest())

    def close(self, manifest: Manifest) -> None:
        """Put the list of all in, at the end."""
        data = manifest.model_copy(update={"files": self.files}).model_dump_json(indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode, entry.mtime = len(data), 0o600, manifest.made_at.timestamp()
        self._archive.addfile(entry, io.BytesIO(data))


class _Hashed:
    """A file whose bytes are hashed as they are read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def checked(path: Path) -> Manifest:
    """Read the whole of a backup and hold it against its own list.

    Raises:
        SettingsError: it is none, is not whole, or was changed; in one sentence.
    """
    found: dict[str, Entry] = {}
    manifest: Manifest | None = None
    with _entries(path) as entries:
        for entry, file in entries:
            if entry.name == MANIFEST:
                manifest = _manifest(file.read(MANIFEST_LIMIT), path)
            else:
                found[entry.name] = Entry(bytes=entry.size, sha256=_sha256(file))
    if manifest is None:
        raise SettingsError(f"{path} is not whole: its list is missing, which comes last. Nothing was changed.")
    wrong = sorted(name for name in found.keys() | manifest.files.keys() if found.get(name) != manifest.files.get(name))
    if wrong:
        raise SettingsError(f"{path} is damaged: {wrong[0]} is not what was backed up. Nothing was changed.")
    strange = [name for name in found if not _is_known(name)]
    if strange or not manifest.database:
        raise SettingsError(f"{path} is no backup of Easel's. Nothing was changed.")
    return manifest


def unpack(path: Path, targets: Mapping[str, Path]) -> None:
    """Write the files of a backup that was checked; each lands in the folder that is named for how it begins.

    Args:
        path: the backup.
        targets: where an entry goes, by its name, or by `PICTURES` for all of those.

    Raises:
        SettingsError: it changed meanwhile.
    """
    with _entries(path) as entries:
        for entry, file in entries:
            is_picture = entry.name.startswith(PICTURES) and _is_known(entry.name)
            target = targets[PICTURES] / entry.name.removeprefix(PICTURES) if is_picture else targets.get(entry.name)
            if target is not None:
                with target.open("xb") as written:
                    shutil.copyfileobj(file, written, _CHUNK)


@contextmanager
def _entries(path: Path) -> Iterator[Iterator[tuple[tarfile.TarInfo, IO[bytes]]]]:
    """Go through the files of an archive, in their order; links and all else that is no file is left out.

    Raises:
        SettingsError: it is none, or not whole, as far as it is read.
    """
    try:
        with told_of_disk(path), tarfile.open(path, "r:") as archive:
            found = ((entry, archive.extractfile(entry)) for entry in archive if entry.isreg())
            yield ((entry, file) for entry, file in found if file is not None)
    except (tarfile.TarError, EOFError) as exc:
        raise SettingsError(f"{path} is not whole, or no backup of Easel's ({exc}). Nothing was changed.") from exc


@contextmanager
def told_of_disk(path: Path) -> Iterator[None]:
    """Tell the owner in a sentence what a disk refuses, at a path where it does not say which.

    Raises:
        SettingsError: with the sentence.
    """
    try:
        yield
    except OSError as exc:
        where = exc.filename or path
        raise SettingsError(f"{where} cannot be read or written: {exc.strerror or exc}.") from exc


def _manifest(data: bytes, path: Path) -> Manifest:
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as exc:
        raise SettingsError(f"{path} is damaged: its list cannot be read. Nothing was changed.") from exc
    if manifest.format != FORMAT:
        raise SettingsError(f"{path} was made by Easel {manifest.easel}, which is newer: install that one.")
    return manifest


def _is_known(name: str) -> bool:
    is_picture = name.startswith(PICTURES) and is_key(name.removeprefix(PICTURES))
    return is_picture or name in (FILE, DUMP, KEY_FILE)


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while data := file.read(_CHUNK):
        digest.update(data)
    return digest.hexdigest()
