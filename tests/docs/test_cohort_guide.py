"""Who follows the guide to a cohort ends with a released set and a closed ledger, on real archives."""

import csv
import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow
import pyarrow.parquet
from tests.cli.running import Run, run
from tests.docs.blocks import ROOT
from tests.flow.nodes import check_sums
from tests.make import make_dataset, make_instance
from tests.peers import orthanc
from tests.peers.ports import free_port

GUIDE = (ROOT / "docs" / "guides" / "cohort.md").read_text(encoding="utf-8")
DICOMWEB = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"


def block(language: str, holding: str) -> str:
    """The guide's block of a language that holds some words."""
    found = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    (text,) = [each for each in found if holding in each]
    return text


WALK = [
    shlex.split(line, comments=True)[1:]
    for line in block("sh", "tirage init").splitlines()
    if line.startswith("tirage ")
]


@dataclass
class Walker:
    """Somebody who types what the guide says, in the node's folder."""

    root: Path

    @property
    def node(self) -> Path:
        return self.root / "node"

    @property
    def research(self) -> Path:
        return self.root / "research"

    def type(self, *words: str, code: int = 0) -> Run:
        done = run(*words, cwd=self.node if self.node.exists() else self.root, timeout_s=300)
        assert done.code == code, done.out + done.err
        return done

    def walk(self, listed: Path, prepare: Callable[[], None]) -> dict[str, Run]:
        """Type every command of the guide's first block; what each of them said."""
        said = {}
        for words in WALK:
            places = {"/srv/tirage": str(self.node), "list.csv": str(listed)}
            typed = [places.get(word, word) for word in words]
            said[" ".join(words[:2])] = self.type(*typed)
            if words[0] == "init":
                self.research.mkdir()
                prepare()
        return said

    def write(self, archive: str, port: int) -> None:
        """The guide's settings and project, at places of the test's own."""
        settings = self.node / "tirage.toml"
        ports = (
            settings.read_text().replace("port = 11112", f"port = {port}").replace("8790", str(free_port()))
        )
        settings.write_text(f"{ports}\n{archive}")
        project = block("yaml", "archives:").replace("/srv/research/lungs", str(self.research))
        (self.node / "projects" / "lungs.yaml").write_text(project)
        (self.node / "projects" / "opt-out.txt").write_text(identifier(3) + "\n")

    def release(self) -> Path:
        return self.node / "research" / "releases" / "lungs" / "v0001"

    def ledger(self) -> list[dict[str, str]]:
        with (self.node / "ledger" / "ledger-identified.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))


def identifier(patient: int) -> str:
    return str(make_dataset(patient, 1, 1, 1).PatientID)


def accession(patient: int) -> str:
    return str(make_dataset(patient, 1, 1, 1).AccessionNumber)


def fill(pacs: orthanc.Orthanc) -> None:
    """Four patients with a study of CT each: three objects, and one of each other."""
    for patient, instance in ((1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (4, 1)):
        pacs.post("/instances", make_instance(patient, 1, 1, instance))


def allowed(**more: object) -> dict[str, object]:
    return {f"DicomAlwaysAllow{what}": True for what in ("Find", "Move", "Get")} | more


def test_a_list_is_followed_to_a_released_set_by_c_move(tmp_path: Path) -> None:
    walker, port = Walker(tmp_path), free_port()
    listed = tmp_path / "list.csv"
    rows = [f"{identifier(each)},{accession(each)},P{each}" for each in (1, 2, 3)]
    rows += [f"{identifier(1)},NOSUCH1,P1", f"{identifier(2)},{accession(4)},P2"]
    listed.write_text("\n".join(["MRN,Accession,Participant", *rows]) + "\n")
    with orthanc.running(
        tmp_path / "orthanc", **allowed(DicomModalities={"node": ["TIRAGE", "127.0.0.1", port]})
    ) as pacs:
        fill(pacs)
        archive = block("toml", 'called_ae = "PACS"').replace('"PACS"', f'"{pacs.ae_title}"')
        archive = archive.replace("10.1.20.5", "127.0.0.1").replace("port = 104", f"port = {pacs.dicom_port}")
        archive = re.sub(r"^hours.*\n", "", archive, flags=re.MULTILINE)
        said = walker.walk(listed, lambda: walker.write(archive, port))
    assert "every row is accounted for" in said["ledger lungs"].out
    assert [line["outcome"] for line in walker.ledger()] == [
        "delivered",
        "delivered",
        "opted out",
        "not in archive",
        "found under another accession or patient",
    ]
    check_sums(walker.release())
    assert len(list(walker.release().rglob("*.dcm"))) == 4


def test_an_extract_is_followed_to_a_released_set_by_dicomweb(tmp_path: Path) -> None:
    walker = Walker(tmp_path)
    extract = make_extract(tmp_path / "extract")
    with orthanc.running(tmp_path / "orthanc", Plugins=[DICOMWEB]) as pacs:
        fill(pacs)
        archive = re.sub(
            r"^url = .*$",
            f'url = "http://127.0.0.1:{pacs.http_port}/dicom-web/"',
            block("toml", 'kind = "dicomweb"'),
            flags=re.MULTILINE,
        )
        archive = re.sub(r"^(token|hours).*\n", "", archive, flags=re.MULTILINE).replace('"vna"', '"pacs"')
        said = walker.walk(extract, lambda: walker.write(archive, free_port()))
    assert "every row is accounted for" in said["ledger lungs"].out
    assert [line["outcome"] for line in walker.ledger()] == [
        "delivered",
        "delivered",
        "opted out",
        "found under another accession or patient",
    ]
    check_sums(walker.release())
    for public in (extract / "public").rglob("*.parquet"):
        released = walker.release() / "tables" / "0001" / public.relative_to(extract / "public")
        assert released.read_bytes() == public.read_bytes()
    assert not list(walker.release().rglob("*LINKS*")), "private tables stay behind"


def make_extract(folder: Path) -> Path:
    """An extract of four procedures of three people, one of them unknown to the archive."""

    def table(name: str, **columns: list[object]) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(pyarrow.table(columns), folder / name)

    table(
        "private/PERSON_LINKS.parquet",
        person_id=[101, 102, 103],
        PrimaryMrn=[identifier(n) for n in (1, 2, 3)],
    )
    table(
        "private/PROCEDURE_OCCURRENCE_LINKS.parquet",
        procedure_occurrence_id=[1, 2, 3, 4],
        AccessionNumber=[accession(1), accession(2), accession(3), "NOSUCH1"],
        StudyUid=[None, None, None, None],
    )
    days = [make_dataset(n, 1, 1, 1).StudyDate for n in (1, 2, 3, 1)]
    table(
        "public/PROCEDURE_OCCURRENCE.parquet",
        procedure_occurrence_id=[1, 2, 3, 4],
        person_id=[101, 102, 103, 101],
        procedure_date=[f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in days],
    )
    table("public/cohort/PERSON.parquet", person_id=[101, 102, 103], year_of_birth=[1950, 1960, 1970])
    summary = {"datetime": "2026-03-01 12:00:00", "settings": {"cdm_source_name": "Invented"}}
    (folder / "extract_summary.json").write_text(json.dumps(summary))
    return folder
