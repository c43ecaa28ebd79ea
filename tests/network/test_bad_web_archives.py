"""DICOMweb servers that misbehave: what is said of them, and that nothing half comes in."""

import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.make import make_instance
from tests.peers import badweb
from tests.peers.badweb import Answer, BadWeb, files, found
from tests.peers.intake import FolderIntake

from tirage.model.archives import (
    ArchiveBusy,
    ArchiveContradicts,
    ArchiveRefused,
    ArchiveUnreachable,
    InstanceAnswer,
    StudyQuery,
    Wanted,
)
from tirage.model.custody import ObjectMismatch, StoreFull
from tirage.model.identifiers import Uid
from tirage.network.archives.web import WebArchive, WebArchiveSettings
from tirage.network.dicomweb.address import WebPeer

STUDY = Uid("1.2.3")
CT = Uid("1.2.840.10008.5.1.4.1.1.2")
INSTANCES = [
    InstanceAnswer(Uid("1.2.3.1"), Uid("1.2.3.1.1"), CT),
    InstanceAnswer(Uid("1.2.3.1"), Uid("1.2.3.1.2"), CT),
    InstanceAnswer(Uid("1.2.3.2"), Uid("1.2.3.2.1"), CT),
]
WHOLE = Wanted(STUDY, INSTANCES, whole=True)
SMALL, LARGE = make_instance(1, 1, 1, 1), make_instance(1, 1, 1, 2, rows=300, columns=300)


@dataclass
class Scene:
    """A server, ours to ask it, and what arrived."""

    web: BadWeb
    archive: WebArchive
    intake: FolderIntake


@contextmanager
def scene(tmp_path: Path, answering: Callable[[str, dict[str, str]], Answer], **peer: Any) -> Iterator[Scene]:
    (tmp_path / "taken").mkdir()
    intake = FolderIntake(tmp_path / "taken")
    with badweb.serving(answering) as web:
        made = WebPeer(web.url, **{"answer_timeout_s": 5.0, **peer})
        archive = WebArchive(WebArchiveSettings("pacs", made, silence_s=5.0, page=2), intake)
        try:
            yield Scene(web, archive, intake)
        finally:
            archive.close()
    assert intake.open == 0, "an object was neither committed nor aborted"


def never() -> bool:
    return False


def of(**values: Any) -> dict[str, Any]:
    """An answer of DICOM JSON; the keys are tags after an underscore."""
    listed = {tag: value if isinstance(value, list) else [value] for tag, value in values.items()}
    return {tag.strip("_"): {"Value": value} for tag, value in listed.items()}


def study(uid: str = "1.2.3", **more: Any) -> dict[str, Any]:
    return of(_0020000D=uid, **more)


def dataset_of(file: bytes) -> bytes:
    return file[144 + int.from_bytes(file[140:144], "little") :]


def test_pages_are_asked_for_until_nothing_new_comes(tmp_path: Path) -> None:
    studies = [study(f"1.2.{number}") for number in range(1, 6)]

    def answering(path: str, parameters: dict[str, str]) -> Answer:
        start = int(parameters["offset"])
        return found(*studies[start : start + 2])

    with scene(tmp_path, answering) as on:
        assert len(on.archive.find_studies(StudyQuery(patient_id="x"))) == 5
        assert [dict(each)["offset"] for each in on.web.parameters] == ["0", "2", "4", "5"]


def test_a_server_that_ignores_pages_is_not_asked_for_ever(tmp_path: Path) -> None:
    with scene(tmp_path, lambda path, _: found(study("1.2.3"), study("1.2.4"))) as on:
        assert len(on.archive.find_studies(StudyQuery(patient_id="x"))) == 2
        assert len(on.web.paths) == 2


def test_values_are_percent_encoded_and_mean_themselves(tmp_path: Path) -> None:
    value = "a&b=c +%2A#/Müller"
    with scene(tmp_path, lambda path, _: Answer(204)) as on:
        on.archive.find_studies(StudyQuery(patient_id=value, study=STUDY))
        assert dict(on.web.parameters[0])["00100020"] == value
        assert "Müller" not in on.web.queries[0]
        on.archive.find_studies(StudyQuery(patient_id="a*", study=STUDY))
        assert "00100020" not in dict(on.web.parameters[1])


def test_names_counts_and_lists_are_read_from_json(tmp_path: Path) -> None:
    name = {"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}
    answer = study(_00100010=name, _00201208=7, _00201206="many", _00080061=["CT", "MR"], _00080020=None)
    with scene(tmp_path, lambda path, _: found(answer)) as on:
        (read,) = on.archive.find_studies(StudyQuery(study=STUDY))
        assert (read.name, read.instances, read.series) == ("Yamada^Tarou=山田^太郎", 7, None)
        assert (read.modalities, read.study_date) == (("CT", "MR"), "")


@pytest.mark.parametrize("body", [b"{}", b"not json", b"[1]", b'"x"'])
def test_an_answer_that_is_no_list_of_data_sets_is_a_contradiction(tmp_path: Path, body: bytes) -> None:
    with scene(tmp_path, lambda path, _: Answer(body=body)) as on, pytest.raises(ArchiveContradicts):
        on.archive.find_studies(StudyQuery(study=STUDY))


def test_instances_without_sop_class_are_taken_and_of_another_study_are_not(tmp_path: Path) -> None:
    mine = of(_0020000D="1.2.3", _0020000E="1.2.3.1", _00080018="1.2.3.1.1")
    other = of(_0020000D="1.2.9", _0020000E="1.2.9.1", _00080018="1.2.9.1.1")
    answers = [mine]
    with scene(tmp_path, lambda path, _: found(*answers)) as on:
        assert on.archive.find_instances(STUDY) == [InstanceAnswer(Uid("1.2.3.1"), Uid("1.2.3.1.1"))]
        answers.append(other)
        with pytest.raises(ArchiveContradicts, match="answers are not of what was asked for"):
            on.archive.find_instances(STUDY)


def test_a_server_that_lists_instances_of_series_alone_is_asked_so(tmp_path: Path) -> None:
    def answering(path: str, parameters: dict[str, str]) -> Answer:
        if path.endswith("/studies/1.2.3/instances"):
            return Answer(400)
        if path.endswith("/series"):
            return found(of(_0020000E="1.2.3.1"), of(_0020000E="1.2.3.2"))
        return found(of(_00080018=path.split("/")[-2] + ".1"))

    with scene(tmp_path, answering) as on:
        names = [one.sop_instance for one in on.archive.find_instances(STUDY)]
        assert names == ["1.2.3.1.1", "1.2.3.2.1"]
        asked = len(on.web.paths)
        on.archive.find_instances(STUDY)
        assert len(on.web.paths) == 2 * asked - 1


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (301, ArchiveRefused),
        (400, ArchiveRefused),
        (401, ArchiveRefused),
        (403, ArchiveRefused),
        (406, ArchiveRefused),
        (413, ArchiveRefused),
        (429, ArchiveBusy),
        (500, ArchiveBusy),
        (501, ArchiveRefused),
        (503, ArchiveBusy),
    ],
)
def test_a_status_says_whether_to_ask_again(tmp_path: Path, status: int, fault: type[Exception]) -> None:
    headers = {"Retry-After": "17", "Location": "http://127.0.0.1:1/"}
    with scene(tmp_path, lambda path, _: Answer(status, headers=headers)) as on:
        for ask in (
            on.archive.check,
            lambda: on.archive.retrieve(Wanted(STUDY, INSTANCES[:1]), never),
        ):
            with pytest.raises(fault, match=str(status)) as caught:
                ask()
            assert "1.2.3" not in str(caught.value)
            if isinstance(caught.value, ArchiveBusy):
                assert caught.value.retry_after_s == 17


def test_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    with scene(tmp_path, lambda path, _: Answer(404)) as on:
        assert on.archive.find_studies(StudyQuery(study=STUDY)) == []
        done = on.archive.retrieve(WHOLE, never)
        assert (done.completed, done.failed, done.status, done.requests) == (0, 0, 404, 1)


def test_what_is_too_large_is_asked_for_in_parts(tmp_path: Path) -> None:
    def answering(path: str, parameters: dict[str, str]) -> Answer:
        return files(SMALL) if "/instances/" in path or path.endswith("1.2.3.2") else Answer(413)

    with scene(tmp_path, answering) as on:
        done = on.archive.retrieve(WHOLE, never)
        assert (done.completed, done.requests) == (3, 5)


def test_objects_come_in_as_they_are(tmp_path: Path) -> None:
    with scene(tmp_path, lambda path, _: files(SMALL, LARGE, LARGE)) as on:
        done = on.archive.retrieve(WHOLE, never)
        assert (done.completed, done.failed, done.status) == (3, 0, 200)
        assert [taken.path.read_bytes() for taken in on.intake.taken] == [
            dataset_of(one) for one in (SMALL, LARGE, LARGE)
        ]
        assert {taken.transfer_syntax for taken in on.intake.taken} == {"1.2.840.10008.1.2.1"}
        assert on.web.headers[0]["Accept"].endswith("transfer-syntax=*")


def test_a_single_file_for_an_instance_is_taken(tmp_path: Path) -> None:
    with scene(tmp_path, lambda path, _: Answer(body=SMALL, content_type="application/dicom")) as on:
        assert on.archive.retrieve(Wanted(STUDY, INSTANCES[:1]), never).completed == 1


@pytest.mark.parametrize("cut", [None, 2000, 60_000, 150_000])
def test_a_stream_that_breaks_off_leaves_only_what_was_whole(tmp_path: Path, cut: int | None) -> None:
    broken = files(SMALL, LARGE, ends=False)
    broken.cut = cut
    with scene(tmp_path, lambda path, _: broken) as on:
        with pytest.raises(ArchiveUnreachable):
            on.archive.retrieve(WHOLE, never)
        assert len(on.intake.taken) == (0 if cut == 2000 else 1)


def test_parts_that_are_no_files_fail_alone(tmp_path: Path) -> None:
    junk = files(b"", b"<html>", SMALL, b"\0" * 128 + b"DICM", SMALL[:140])
    with scene(tmp_path, lambda path, _: junk) as on:
        done = on.archive.retrieve(WHOLE, never)
        assert (done.completed, done.failed) == (1, 4)


@pytest.mark.parametrize("kind", ["text/html", "multipart/related", "", "multipart/related; boundary="])
def test_an_answer_that_cannot_be_taken_apart_is_a_contradiction(tmp_path: Path, kind: str) -> None:
    answer = Answer(body=SMALL, content_type=kind)
    with scene(tmp_path, lambda path, _: answer) as on, pytest.raises(ArchiveContradicts):
        on.archive.retrieve(WHOLE, never)


def test_a_full_store_ends_the_retrieval_and_a_refused_object_does_not(tmp_path: Path) -> None:
    with scene(tmp_path, lambda path, _: files(SMALL, LARGE)) as on:
        on.intake.refuse_write = StoreFull("none left")
        with pytest.raises(StoreFull):
            on.archive.retrieve(WHOLE, never)
        on.intake.refuse_write, on.intake.refuse_commit = None, ObjectMismatch("not what was said")
        assert on.archive.retrieve(WHOLE, never).failed == 2
        assert on.intake.taken == []


def test_a_retrieval_is_cancelled_in_the_middle_of_an_answer(tmp_path: Path) -> None:
    with scene(tmp_path, lambda path, _: files(SMALL, LARGE, LARGE)) as on:
        done = on.archive.retrieve(WHOLE, lambda: len(on.intake.taken) == 1)
        assert done.completed == 1


def test_a_large_object_is_never_held_in_memory(tmp_path: Path) -> None:
    import tracemalloc

    huge = make_instance(1, 1, 1, 3, rows=3000, columns=3000)
    answer = files(huge)
    answer.chunks = False
    with scene(tmp_path, lambda path, _: answer) as on:
        tracemalloc.start()
        on.archive.retrieve(WHOLE, never)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert on.intake.taken[0].size > 17_000_000
        assert peak < 2_000_000


def test_a_token_or_a_password_is_sent_and_never_shown(tmp_path: Path) -> None:
    with scene(tmp_path, lambda path, _: found(), token="s3cret") as on:
        on.archive.check()
        assert on.web.headers[0]["Authorization"] == "Bearer s3cret"
        peer = WebPeer(on.web.url, user="u", password="s3cret")
        other = WebArchive(WebArchiveSettings("pacs", peer), on.intake)
        other.check()
        other.close()
        assert on.web.headers[1]["Authorization"].startswith("Basic ")
        assert "s3cret" not in repr(WebArchiveSettings("pacs", peer))


def test_nothing_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with scene(tmp_path, lambda path, _: files(SMALL)) as on:
        on.archive.retrieve(WHOLE, never)
    assert caplog.records == []


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    (tmp_path / "taken").mkdir()
    intake = FolderIntake(tmp_path / "taken")
    with badweb.serving(lambda path, _: found(), context) as web:
        trusting = WebArchive(WebArchiveSettings("pacs", WebPeer(web.url, ca_file=certificate)), intake)
        trusting.check()
        trusting.close()
        doubting = WebArchive(WebArchiveSettings("pacs", WebPeer(web.url)), intake)
        with pytest.raises(ArchiveRefused, match="certificate"):
            doubting.check()
        doubting.close()
