"""Settings: defaults, forms, and what is said about wrong ones."""

from pathlib import Path

import pytest

from backend.settings import VARIABLES, FolderStorage, S3Storage, Secret, SettingsError, load_settings

S3 = {
    "QUDAO_S3_ENDPOINT": "https://objects.example",
    "QUDAO_S3_BUCKET": "qudao",
    "QUDAO_S3_ACCESS_KEY": "AKIA",
    "QUDAO_S3_SECRET_KEY": "very-secret",
}


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    return caught.value.problems


def test_defaults_suit_one_machine() -> None:
    settings = load_settings({})
    assert settings.database_url == f"sqlite+aiosqlite:///{Path('data/qudao.sqlite3').absolute()}"
    assert settings.storage == FolderStorage(Path("data/objects").absolute())
    assert (settings.host, settings.port, settings.on_sqlite) == ("127.0.0.1", 8000, True)


def test_our_address_is_an_origin() -> None:
    assert load_settings({"QUDAO_PUBLIC_URL": "https://q.example:8443/"}).public_url == "https://q.example:8443"
    for wrong in (
        "q.example",
        "https://q.example/app",
        "https://u@q.example",
        "https://q.example:0",
        "https://",
        "//q",
    ):
        (told,) = problems({"QUDAO_PUBLIC_URL": wrong})
        assert told.startswith("QUDAO_PUBLIC_URL: is ")


def test_data_folder_moves_all_of_it(tmp_path: Path) -> None:
    settings = load_settings({"QUDAO_DATA": str(tmp_path), "PORT": "0"})
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/qudao.sqlite3"
    assert settings.storage == FolderStorage(tmp_path / "objects")
    assert settings.port == 0


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@db/q", "postgresql+asyncpg://u:p@db/q"),
        # As whoever hosts a database writes it.
        ("postgres://u:p@db/q?sslmode=require", "postgresql+asyncpg://u:p@db/q?ssl=require"),
        ("postgres://u@db:5433/q", "postgresql+asyncpg://u@db:5433/q"),
        ("postgresql+asyncpg://u@/q?host=/run/pg", "postgresql+asyncpg://u@/q?host=%2Frun%2Fpg"),
        ("sqlite:////tmp/a.db", "sqlite+aiosqlite:////tmp/a.db"),
        ("sqlite+aiosqlite:///a.db", "sqlite+aiosqlite:///a.db"),
    ],
)
def test_database_urls_get_an_async_driver(given: str, used: str) -> None:
    assert load_settings({"QUDAO_DATABASE_URL": given}).database_url == used


def test_database_password_comes_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("p@ss/word\n")
    environ = {
        "QUDAO_DATABASE_URL": "postgresql://q@db/q",
        "QUDAO_DATABASE_PASSWORD_FILE": str(tmp_path / "password"),
    }
    assert load_settings(environ).database_url == "postgresql+asyncpg://q:p%40ss%2Fword@db/q"


def test_s3_is_taken_whole() -> None:
    settings = load_settings(S3)
    assert settings.storage == S3Storage(
        endpoint="https://objects.example",
        bucket="qudao",
        access_key=Secret("AKIA"),
        secret_key=Secret("very-secret"),
    )


def test_secrets_stay_out_of_representations() -> None:
    settings = load_settings({**S3, "QUDAO_DATABASE_URL": "postgresql://u:hush@db/q", "QUDAO_METRICS_TOKEN": "whisper"})
    shown = repr(settings)
    assert "very-secret" not in shown
    assert "hush" not in shown
    assert "whisper" not in shown


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({"PORT": "eighty"}, "PORT: is 'eighty', must be a whole number from 0 to 65535"),
        ({"PORT": "70000"}, "PORT: is '70000', must be a whole number from 0 to 65535"),
        ({"PORT": "-1"}, "PORT: is '-1', must be a whole number from 0 to 65535"),
        ({"QUDAO_SESSION_DAYS": "0"}, "QUDAO_SESSION_DAYS: is '0', must be a whole number from 1 to 365"),
        ({"QUDAO_LOG_LEVEL": "loud"}, "QUDAO_LOG_LEVEL: is 'loud', must be one of debug, info, warning, error"),
        ({"QUDAO_HOUSEKEEPING": "maybe"}, "QUDAO_HOUSEKEEPING: is 'maybe', must be one of on, off"),
        (
            {"QUDAO_DATABASE_URL": "mysql://u@h/d"},
            "QUDAO_DATABASE_URL: names 'mysql', must be postgresql:// or sqlite://",
        ),
        (
            {"QUDAO_DATABASE_URL": "s3cr3t"},
            "QUDAO_DATABASE_URL: is not a database URL such as postgresql://user@host/name",
        ),
        (
            {"QUDAO_DATABASE_URL": "sqlite://"},
            "QUDAO_DATABASE_URL: names an SQLite database in memory, which connections cannot share; name a file",
        ),
        (
            {"QUDAO_DATABASE_URL": "postgresql://u:p@h/d", "QUDAO_DATABASE_PASSWORD": "p"},
            "QUDAO_DATABASE_URL: holds a password although QUDAO_DATABASE_PASSWORD is set; keep one",
        ),
        (
            {"QUDAO_METRICS_TOKEN_FILE": "/no/such/file"},
            "QUDAO_METRICS_TOKEN_FILE: cannot read /no/such/file: No such file or directory",
        ),
        ({"QUDAO_DATABSE_URL": "x"}, "QUDAO_DATABSE_URL: unknown; did you mean QUDAO_DATABASE_URL?"),
        ({"QUDAO_S3_BUCKET": "q"}, "QUDAO_S3_BUCKET: set although QUDAO_S3_ENDPOINT is not"),
        (
            {**S3, "QUDAO_S3_ENDPOINT": "objects:9000"},
            "QUDAO_S3_ENDPOINT: is 'objects:9000', must begin with http:// or https://",
        ),
        ({**S3, "QUDAO_S3_SECRET_KEY": ""}, "QUDAO_S3_SECRET_KEY: missing although QUDAO_S3_ENDPOINT is set"),
    ],
)
def test_what_is_wrong_is_named(environ: dict[str, str], problem: str) -> None:
    assert problems(environ) == [problem]


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a")
    environ = {"QUDAO_METRICS_TOKEN": "b", "QUDAO_METRICS_TOKEN_FILE": str(tmp_path / "token")}
    assert problems(environ) == [
        "QUDAO_METRICS_TOKEN: set as QUDAO_METRICS_TOKEN and as QUDAO_METRICS_TOKEN_FILE; keep one"
    ]


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert len(problems({"PORT": "x", "QUDAO_LOG_LEVEL": "y", "QUDAO_DATABASE_URL": "z"})) == 3


def test_variables_of_others_do_not_matter() -> None:
    load_settings({"QUDAO_DEMO_SEED": "1", "PATH": "/bin"})


def test_every_secret_has_a_file_variant(tmp_path: Path) -> None:
    secret = {name for name, variable in VARIABLES.items() if variable.secret}
    assert {name for name in VARIABLES if "KEY" in name or "PASSWORD" in name or "TOKEN" in name} <= secret
