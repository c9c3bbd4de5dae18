"""What the tests share: a client on a store in memory."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.fakes import MemoryStore

SETTINGS = Settings(jwt_secret="a secret of the tests, long enough for HS256")
PERSON = {"email": "ada@example.com", "password": "correct horse battery"}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def client(store: MemoryStore) -> Iterator[TestClient]:
    with TestClient(create_app(SETTINGS, store)) as client:
        yield client


def sign_in(client: TestClient, person: dict[str, str] = PERSON) -> dict[str, str]:
    """Sign up and log in; give the header of an authorized request."""
    assert client.post("/users", json=person).status_code == 201
    token = client.post("/token", json=person).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}
