"""`README.md`: what lies here, for whoever opens a release without knowing Tirage."""

from tirage.deliver import lists
from tirage.deliver.release import Release, label

_WORDS = {
    lists.STUDIES: "one row a study: day as the objects have it, modalities, how many series and objects",
    lists.SERIES: "one row a series: scanner, geometry and settings, where all its objects agree",
    lists.INSTANCES: "one row an object: its path, its digest, its technical attributes",
    lists.LINKER: "which procedure of the extract in `tables/` is which study here",
    lists.CODEBOOK: "every column of every table: what it means, its unit, where it comes from",
    lists.RELEASE: "how this release came to be: rules, software, checks, approvals, what it adds",
    lists.CROISSANT: "the same tables for programs that read Croissant 1.1 metadata",
    lists.MANIFEST: "in short, for programs: project, version, rules, counts",
    lists.TABLE: "one row an object: path, digest, identifiers",
    lists.SUMS: "SHA-256 of every file",
    lists.SEAL: "the seal on the sums and manifests",
}

_EARLIER = """It adds to {before} and repeats nothing of it: the versions up to here, together, are what the
project has. A study in two versions has grown; `instances_before` of `studies.parquet` says how many of its
objects came before.

"""


def readme(release: Release, title: str) -> bytes:
    """The text, in Markdown."""
    outputs = [member.output for member in release.members]
    patients = len({each.pseudonym for each in outputs})
    studies = len({each.study for each in outputs})
    earlier = _EARLIER.format(before=label(release.version - 1)) if release.version > 1 else ""
    files = "".join(f"| `{name}` | {words} |\n" for name, words in _WORDS.items() if name in release.lists)
    tables = "| `tables/` | the tables of the project's list, as they came |\n" if release.attachments else ""
    text = f"""# {title}

Project `{release.project}`, version {release.label}, de-identified DICOM objects. Objects: {len(outputs):,}.
Studies: {studies:,}. Patients: {patients:,}.

{earlier}| file | holds |
|---|---|
| `<pseudonym>/<study>/<series>/<object>.dcm` | the objects |
{tables}{files}
UIDs, pseudonyms and days are this project's own: they fit the objects of all its versions, and nothing else.

## Is it complete and unchanged?

```sh
sha256sum -c --quiet SHA256SUMS
```

says nothing when it is. `tirage release verify .` also looks for files that do not belong here, compares the
tables with the objects, and checks the seal.

## Open it

```python
from pyarrow import parquet

series = parquet.read_table("series.parquet", filters=[("modality", "=", "CT")])
instances = parquet.read_table("instances.parquet")
objects = instances.join(series.select(["series_uid"]), "series_uid", join_type="inner")
print(objects["path"].to_pylist()[:3])
```

Objects hold what the rules of the project leave in them. Do not try to find out who somebody is, and tell
the project at once if you see a name.
"""
    return text.encode()
