"""`croissant.json`: the release as programs for machine learning read it (MLCommons Croissant 1.1)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tirage.deliver.codebook import tables_of
from tirage.deliver.columns import Column, Kind
from tirage.deliver.manifest import stamp
from tirage.deliver.release import Release
from tirage.model.identifiers import Digest

VERSION = "http://mlcommons.org/croissant/1.1"
LICENCE = "As agreed between the data controller and the project; these files grant no licence."

_TYPES = {
    Kind.TEXT: "sc:Text",
    Kind.CODE: "sc:Text",
    Kind.INTEGER: "sc:Integer",
    Kind.NUMBER: "sc:Float",
    Kind.DATE: "sc:Date",
}
_TERMS = (
    "arrayShape citeAs column containedIn equivalentProperty extract field fileProperty fileObject fileSet"
    " format includes isArray isLiveDataset jsonPath key md5 parentField path recordSet references regex"
    " repeated replace samplingRate separator source subField transform"
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "name": {"@container": "@language"},
    "description": {"@container": "@language"},
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS.split()},
}
_KEYS = {
    "studies.parquet": "study_uid",
    "series.parquet": "series_uid",
    "instances.parquet": "path",
    "manifest.parquet": "path",
}


def croissant(release: Release, title: str, files: Mapping[str, Digest]) -> bytes:
    """The metadata of a release; `files` are the digests of its tables."""
    tables = [(name, wanted) for name, wanted in tables_of(release.lists) if name in files]
    content = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": f"{release.project}-{release.label}",
        "description": f"{title}: de-identified DICOM objects of the project {release.project},"
        f" version {release.label}, with tables of their technical attributes.",
        "url": "./",
        "license": LICENCE,
        "creator": {"@type": "sc:Organization", "name": f"Project {release.project}"},
        "citeAs": f"{title} ({release.project}), version {release.label}",
        "datePublished": stamp(release.frozen_at)[:10],
        "version": f"{release.version}.0.0",
        "isLiveDataset": False,
        "distribution": [*(_file(name, files[name]) for name, _ in tables), _OBJECTS],
        "recordSet": [_records(name, wanted) for name, wanted in tables],
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


_OBJECTS = {
    "@type": "cr:FileSet",
    "@id": "objects",
    "name": "objects",
    "description": "The DICOM objects, by patient, study and series.",
    "encodingFormat": "application/dicom",
    "includes": "*/*/*/*.dcm",
}


def _file(name: str, digest: Digest) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "encodingFormat": "application/x-parquet",
        "sha256": digest,
    }


def _records(name: str, wanted: Sequence[Column]) -> dict[str, Any]:
    level = name.removesuffix(".parquet")
    records = {
        "@type": "cr:RecordSet",
        "@id": level,
        "name": level,
        "field": [_field(level, name, column) for column in wanted],
    }
    key = _KEYS.get(name)
    return records | {"key": {"@id": f"{level}/{key}"}} if key else records


def _field(level: str, name: str, column: Column) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{level}/{column.name}",
        "name": column.name,
        "description": column.meaning + (f" In {column.unit}." if column.unit else ""),
        "dataType": _TYPES[column.kind],
        "source": {"fileObject": {"@id": name}, "extract": {"column": column.name}},
    }
