"""Settings refuse what they do not understand, and secrets in the clear."""

from pathlib import Path

import pytest

from tirage.settings import NodeMissing, Settings, SettingsInvalid, load_settings, make_settings


def made(content: dict[str, object], environ: dict[str, str] | None = None) -> Settings:
    return make_settings(Path("/node"), content, environ or {})


def test_an_empty_file_is_a_node_with_defaults(tmp_path: Path) -> None:
    (tmp_path / "tirage.toml").write_text("")
    settings = load_settings(tmp_path)
    assert settings.listener.host == "127.0.0.1"
    assert settings.originals == tmp_path / "identified" / "originals"
    assert settings.catalogue_url == f"sqlite:///{tmp_path}/identified/tirage.db"


def test_a_folder_without_settings_is_no_node(tmp_path: Path) -> None:
    with pytest.raises(NodeMissing):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    "content", [{"listner": {}}, {"listener": {"prt": 1}}, {"listener": {"allow": [{"ae": "X"}]}}]
)
def test_an_unknown_key_is_an_error_at_any_depth(content: dict[str, object]) -> None:
    with pytest.raises(SettingsInvalid, match="unknown key"):
        made(content)


def test_a_misspelt_variable_is_an_error() -> None:
    with pytest.raises(SettingsInvalid, match="TIRAGE_LISTNER__PORT"):
        made({}, {"TIRAGE_LISTNER__PORT": "1"})
    made({}, {"TIRAGE_NODE": "x", "TIRAGE_FAULT": "x", "HOME": "x"})


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIRAGE_LISTENER__PORT", "11200")
    settings = made({"listener": {"port": 1, "ae_title": "MINE"}})
    assert (settings.listener.port, settings.listener.ae_title) == (11200, "MINE")


@pytest.mark.parametrize(
    "content",
    [
        {"keys": {"master": "c2VjcmV0c2VjcmV0"}},
        {"databases": {"catalogue": "postgresql://tirage:hunter2@db/tirage"}},
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(content: dict[str, object]) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        made(content)
    assert "hunter2" not in str(caught.value)
    assert "c2Vj" not in str(caught.value)


def test_a_wrong_value_is_named_by_its_key_and_not_repeated() -> None:
    with pytest.raises(SettingsInvalid, match=r"listener\.port") as caught:
        made({"listener": {"port": "hunter2"}})
    assert "hunter2" not in str(caught.value)


def test_broken_toml_says_where(tmp_path: Path) -> None:
    (tmp_path / "tirage.toml").write_text("[listener\n")
    with pytest.raises(SettingsInvalid, match="line 1"):
        load_settings(tmp_path)


@pytest.mark.parametrize("title", ["", "SEVENTEEN-LETTERS", "BACK\\SLASH", "TAB\tTAB"])
def test_an_ae_title_is_what_the_standard_says(title: str) -> None:
    with pytest.raises(SettingsInvalid):
        made({"listener": {"ae_title": title}})


def test_an_address_to_allow_is_an_address_or_a_network() -> None:
    made({"listener": {"allow": [{"address": "10.1.0.0/16"}, {"calling_ae": "CT1"}]}})
    with pytest.raises(SettingsInvalid):
        made({"listener": {"allow": [{"address": "ct1.example.org"}]}})


def test_an_entry_that_would_allow_everyone_is_refused() -> None:
    with pytest.raises(SettingsInvalid):
        made({"listener": {"allow": [{}]}})


def test_secrets_are_read_from_files_and_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("postgresql://db/x\n")
    (tmp_path / "tirage.toml").write_text('[databases]\ncatalogue = "file:url"\nflow = "env:FLOW_URL"\n')
    monkeypatch.setenv("FLOW_URL", "postgresql://db/flow")
    settings = load_settings(tmp_path)
    assert settings.catalogue_url == "postgresql://db/x"
    assert settings.flow_url == "postgresql://db/flow"
    monkeypatch.delenv("FLOW_URL")
    with pytest.raises(SettingsInvalid, match="FLOW_URL"):
        _ = settings.flow_url
