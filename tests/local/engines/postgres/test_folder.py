import pytest

from seatrial.local.engines.postgres.folder import NodeFolder


@pytest.fixture
def node(tmp_path):
    found = NodeFolder(tmp_path / "db-1")
    found.make()
    return found


@pytest.fixture
def template(tmp_path):
    data = tmp_path / "template"
    (data / "base").mkdir(parents=True)
    (data / "PG_VERSION").write_text("18")
    (data / "base" / "1").write_bytes(b"x" * 9000)
    return data


def test_a_copy_is_whole_and_closed_to_others(node, template):
    assert not node.whole
    node.copy_from(template)
    assert node.whole
    assert (node.data / "base" / "1").read_bytes() == b"x" * 9000
    assert node.data.stat().st_mode & 0o777 == 0o700
    assert (node.data / "base").stat().st_mode & 0o777 == 0o700
    assert node.path.stat().st_mode & 0o777 == 0o700


def test_a_copy_replaces_what_was_there(node, template):
    node.copy_from(template)
    (node.data / "left").touch()
    node.copy_from(template)
    assert not (node.data / "left").exists()


def test_data_that_is_being_written_is_not_whole(node, template):
    node.copy_from(template)
    node.begin_writing()
    assert not node.whole
    node.end_writing()
    assert node.whole


def test_marked_as_a_standby_and_not(node, template):
    node.copy_from(template)
    node.mark_standby()
    assert node.marked_standby
    node.unmark_standby()
    node.unmark_standby()
    assert not node.marked_standby


def test_what_the_server_reads_is_closed_to_others(node):
    node.write(node.passfile, "secret")
    node.write(node.passfile, "other")
    assert node.passfile.read_text() == "other"
    assert node.passfile.stat().st_mode & 0o777 == 0o600


def lock(node, *lines):
    node.data.mkdir()
    (node.data / "postmaster.pid").write_text("\n".join(lines) + "\n")


def test_ready_is_what_this_server_has_noted(node):
    assert not node.is_ready(7)
    lock(node, "7", "/d", "0", "5432", "", "127.0.0.1", "  1  2", "ready   ")
    assert node.is_ready(7)
    assert not node.is_ready(8)


def test_a_starting_server_is_not_ready(node):
    lock(node, "7", "/d", "0", "5432", "", "127.0.0.1", "  1  2", "starting")
    assert not node.is_ready(7)


def test_release_removes_lock_and_memory_files(node):
    lock(node, "7", "/d", "0", "5432")
    (node.data / "pg_dynshmem").mkdir()
    (node.data / "pg_dynshmem" / "mmap.1").touch()
    node.release()
    node.release()
    assert list(node.data.rglob("*")) == [node.data / "pg_dynshmem"]


def test_release_leaves_a_segment_of_somebody_else(node):
    # No such key and number go together, so nothing may be removed.
    lock(node, "7", "/d", "0", "5432", "", "127.0.0.1", "  1  2", "ready   ")
    node.release()
    assert not (node.data / "postmaster.pid").exists()
