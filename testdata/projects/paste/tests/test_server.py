import pytest

from paste_server.server import main


def test_wrong_key_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PASTE_KEY", "short")
    with pytest.raises(SystemExit, match="2"):
        main([])
    assert "PASTE_KEY or PASTE_LIMIT: " in capsys.readouterr().err


def test_new_keys_differ(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--new-key"])
    main(["--new-key"])
    assert len(set(capsys.readouterr().out.split())) == 2
