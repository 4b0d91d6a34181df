"""Finished WARC files go to a store, here a real S3 server on loopback, and are read from wherever they are."""

from __future__ import annotations

import uuid
import warnings
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from storage.archive import Archive
from storage.errors import ArchiveError, WarcError
from storage.repack import repack
from storage.warc_store import Uploaded, WarcStore
from tests.storage_fixtures import START, Desk, ManualClock
from tests.takedown_scene import OTHER, fill, forget, places_of, remaining, takedown_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning")


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Stores concern files: one kind of database is enough."""
    return str(tmp_path / "warraq.db")


@pytest.fixture
def server() -> Iterator[Any]:
    """An S3 server with an empty bucket."""
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    pytest.importorskip("flask", reason="moto's server is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto asks for extras that S3 does not need
        from moto.server import ThreadedMotoServer  # noqa: PLC0415 - installed only where the slow tests run
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def store(server: Any, monkeypatch: pytest.MonkeyPatch) -> WarcStore:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    host, port = server.get_host_and_port()
    options = {
        "endpoint_url": f"http://{host}:{port}",
        "skip_instance_cache": True,
        "config_kwargs": {"retries": {"max_attempts": 1}, "connect_timeout": 2},
    }
    bucket = f"archive-{uuid.uuid4().hex}"  # moto's servers share what they hold
    made = WarcStore(f"s3://{bucket}/warc", options)
    made._files.mkdir(bucket)
    return made


def filled(desk: Desk) -> None:
    """Three visits, one of them with a body stored already, in a closed file."""
    for number, content in enumerate(("one", "two", "one")):
        desk.see(f"http://gazette.example/{number}", content, START + timedelta(minutes=number))
    desk.warc.close()


def assert_everything_is_read(desk: Desk, database: str, store: WarcStore) -> None:
    archive = Archive.open(database, desk.archive.warc_dir, clock=ManualClock(), store=store)
    with archive.reading() as connection:
        locations = connection.exec_driver_sql("SELECT warc_file, warc_offset, warc_length, refers_to FROM captures")
        found = [archive.read_capture(type(desk.captures[0][1])(*row)) for row in locations.all()]
    assert found == [capture for capture, _ in desk.captures]
    archive.close()


@pytest.mark.slow
def test_uploaded_file_is_read_from_the_store(desk: Desk, database: str, store: WarcStore) -> None:
    filled(desk)
    done = store.upload_finished(desk.archive.warc_dir)
    assert (done.files, done.waiting, done.problem) == (1, 0, "")
    assert list(desk.archive.warc_dir.glob("warraq*")) == []
    assert_everything_is_read(desk, database, store)


@pytest.mark.slow
def test_repacked_file_is_read_from_the_store_with_its_dictionary(desk: Desk, database: str, store: WarcStore) -> None:
    chapter = " ".join(f"word{number}" for number in range(600))
    for number in range(30):
        desk.see(f"http://gazette.example/{number}", f"{chapter} {number}", START + timedelta(minutes=number))
    desk.warc.close()
    repack(desk.archive, before=START + timedelta(days=1))
    assert store.upload_finished(desk.archive.warc_dir).files == 1
    assert_everything_is_read(desk, database, store)


@pytest.mark.slow
def test_store_that_cannot_be_reached_leaves_the_files_in_the_spool(
    desk: Desk, database: str, store: WarcStore, server: Any
) -> None:
    filled(desk)
    server.stop()
    done = store.upload_finished(desk.archive.warc_dir)
    assert (done.files, done.waiting) == (0, 1)
    assert "did not take warraq-" in done.problem
    assert_everything_is_read(desk, database, store)
    desk.archive.store = store
    for path in desk.archive.warc_dir.glob("warraq*"):
        path.unlink()
    with pytest.raises(WarcError, match="s3://archive"):
        desk.archive.read_capture(desk.captures[0][1])


def test_file_that_is_still_written_is_not_uploaded(desk: Desk, tmp_path: Path) -> None:
    desk.see("http://gazette.example/a", "one", START)
    (tmp_path / "store").mkdir()
    assert WarcStore(f"file://{tmp_path}/store").upload_finished(desk.archive.warc_dir) == Uploaded()


def test_local_store_takes_and_gives(desk: Desk, database: str, tmp_path: Path) -> None:
    filled(desk)
    (tmp_path / "store").mkdir()
    store = WarcStore(f"file://{tmp_path}/store")
    assert store.upload_finished(desk.archive.warc_dir, keep_local=True).files == 1
    assert store.upload_finished(desk.archive.warc_dir).files == 1
    assert_everything_is_read(desk, database, store)


def test_half_uploaded_file_is_uploaded_again(desk: Desk, database: str, tmp_path: Path) -> None:
    filled(desk)
    (path,) = desk.archive.warc_dir.glob("warraq*")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / path.name).write_bytes(path.read_bytes()[:100])
    store = WarcStore(f"file://{tmp_path}/store")
    assert store.upload_finished(desk.archive.warc_dir).files == 1
    assert_everything_is_read(desk, database, store)


def test_unknown_kind_of_store_is_refused() -> None:
    with pytest.raises(ArchiveError, match="is no store"):
        WarcStore("carrier-pigeon://loft")


@pytest.mark.slow
@pytest.mark.parametrize("is_repacked", [False, True])
def test_taken_down_article_is_erased_in_the_store(
    desk: Desk, tmp_path: Path, store: WarcStore, *, is_repacked: bool
) -> None:
    fill(desk)
    desk.warc.close()
    if is_repacked:
        repack(desk.archive, before=START + timedelta(days=1))
    assert store.upload_finished(desk.archive.warc_dir).files == 1
    desk.archive.store = store
    before = [capture for capture in remaining(desk.archive) if capture.url == OTHER]
    assert forget(desk.archive).left == ()
    assert remaining(desk.archive) == before
    store.upload_finished(desk.archive.warc_dir)
    assert remaining(desk.archive) == before
    names = store._files.ls(store._root, detail=False)
    assert len(names) == 1
    for name in names:
        store._files.get_file(name, str(desk.archive.warc_dir / name.rpartition("/")[2]))
    assert places_of(desk.archive, tmp_path) == set()


@pytest.mark.slow
def test_takedown_waits_for_a_store_that_cannot_be_reached(desk: Desk, store: WarcStore, server: Any) -> None:
    fill(desk)
    desk.warc.close()
    store.upload_finished(desk.archive.warc_dir)
    desk.archive.store = store
    server.stop()
    (told,) = forget(desk.archive).left
    assert "check the store" in told
    assert not takedown_of(desk.archive).is_finished
