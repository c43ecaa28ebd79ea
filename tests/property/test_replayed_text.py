"""Whatever text varies within a series, cleaning it by likeness gives the bytes of the full walk."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.make import make_instance, person
from tests.rebuilt import a_link, make_profile

from tirage.catalog.reader import HeaderReader
from tirage.deidentify.apply import rebuild
from tirage.deidentify.plan import Planner
from tirage.deidentify.replay import learn_replay
from tirage.dicom.elements import BytesSource, read_header
from tirage.dicom.header import Header
from tirage.model.outcomes import Passed
from tirage.model.records import Identifiers

PROFILE = make_profile()
KNOWN = Identifiers(words=frozenset({person(1).name}), codes=frozenset({person(1).patient_id}))

words = st.sampled_from(
    [
        "Thorax",
        "native",
        person(1).family,
        person(1).patient_id,
        "12 mm",
        "t1_mprage",
        "Quibblethorpe",
        "94 y",
    ]
)
texts = st.lists(words, max_size=4).map(" ".join)
attributes = st.fixed_dictionaries(
    {
        "SeriesDescription": texts,
        "ProtocolName": texts,
        "StudyDescription": texts,
        "SoftwareVersions": st.lists(texts, min_size=1, max_size=3),
        "RequestAttributesSequence": texts.map(lambda text: [{"RequestedProcedureDescription": text}]),
    }
)


@settings(max_examples=30, deadline=None)
@given(st.lists(attributes, min_size=4, max_size=6))
def test_replayed_output_is_the_walked_one(series: list[dict[str, object]]) -> None:
    reader, planner = HeaderReader(), Planner(PROFILE, a_link(), KNOWN)
    for number, varying in enumerate(series, start=1):
        source = BytesSource(make_instance(instance=number, SpecificCharacterSet="ISO_IR 192", **varying))
        found = reader.read(source)
        if isinstance(found, Header):
            continue
        replay = learn_replay(planner, found.likeness.pattern)
        replayed = replay.rebuild(found, source) if replay is not None else None
        walked = rebuild(read_header(source), Planner(PROFILE, a_link(), KNOWN))
        assert isinstance(walked, Passed)
        assert replayed is None or replayed == walked
