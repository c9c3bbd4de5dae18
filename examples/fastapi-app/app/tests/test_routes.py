"""The HTTP interface, on a store in memory."""

import logging
from uuid import UUID, uuid4

import jwt
import pytest
from fastapi.testclient import TestClient

from tests.conftest import PERSON, SETTINGS, sign_in
from tests.fakes import MemoryStore


def test_a_user_signs_up_once_and_never_sees_a_password(client: TestClient) -> None:
    first = client.post("/users", json={**PERSON, "email": " Ada@Example.com "})
    assert first.status_code == 201
    assert set(first.json()) == {"id", "email", "created_at"}
    assert first.json()["email"] == "ada@example.com"
    assert client.post("/users", json=PERSON).status_code == 409


def test_the_password_is_kept_as_a_hash(client: TestClient, store: MemoryStore) -> None:
    client.post("/users", json=PERSON)
    kept = store.users["ada@example.com"][1]
    assert kept.startswith("$argon2id$")
    assert PERSON["password"] not in kept


@pytest.mark.parametrize("change", [{"password": "wrong password"}, {"email": "bob@example.com"}])
def test_a_wrong_login_is_refused_alike(client: TestClient, change: dict[str, str]) -> None:
    client.post("/users", json=PERSON)
    answer = client.post("/token", json={**PERSON, **change})
    assert answer.status_code == 401
    assert answer.json() == {"detail": "Address or password is wrong."}


@pytest.mark.parametrize(
    "body",
    [
        {"email": "ada@example.com", "password": "too small"},
        {"email": "not an address", "password": "long enough, really"},
        {"email": "ada@example", "password": "long enough, really"},
        {"email": "ada@example.com", "password": "long enough, really", "admin": True},
        {"email": "ada@example.com"},
    ],
)
def test_bad_input_is_named_but_not_echoed(client: TestClient, body: dict[str, object]) -> None:
    answer = client.post("/users", json=body)
    assert answer.status_code == 422
    for value in body.values():
        assert str(value) not in answer.text


def test_a_retried_item_is_kept_once(client: TestClient) -> None:
    headers = {**sign_in(client), "Idempotency-Key": str(uuid4())}
    body = {"name": "lamp", "description": "green"}
    first = client.post("/items", json=body, headers=headers)
    again = client.post("/items", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(client.get("/items", headers=headers).json()["items"]) == 1


def test_a_key_with_another_content_is_refused(client: TestClient) -> None:
    headers = {**sign_in(client), "Idempotency-Key": str(uuid4())}
    client.post("/items", json={"name": "lamp"}, headers=headers)
    assert client.post("/items", json={"name": "desk"}, headers=headers).status_code == 422


def test_an_item_without_a_key_is_refused(client: TestClient) -> None:
    answer = client.post("/items", json={"name": "lamp"}, headers=sign_in(client))
    assert answer.status_code == 422


def test_items_come_in_pages_and_only_to_their_owner(client: TestClient) -> None:
    ada = sign_in(client)
    bob = sign_in(client, {**PERSON, "email": "bob@example.com"})
    for number in range(5):
        headers = {**ada, "Idempotency-Key": str(uuid4())}
        client.post("/items", json={"name": f"item {number}"}, headers=headers)
    first = client.get("/items?limit=3", headers=ada).json()
    rest = client.get(f"/items?limit=3&after={first['next']}", headers=ada).json()
    names = [item["name"] for item in first["items"] + rest["items"]]
    assert names == [f"item {number}" for number in range(5)]
    assert rest["next"] is None
    item = first["items"][0]["id"]
    assert client.get(f"/items/{item}", headers=ada).json()["name"] == "item 0"
    assert client.get(f"/items/{item}", headers=bob).status_code == 404
    assert client.get("/items", headers=bob).json() == {"items": [], "next": None}


def test_only_our_own_fresh_tokens_open_the_door(client: TestClient) -> None:
    user = sign_in(client)["Authorization"]
    claims = jwt.decode(user.split()[1], options={"verify_signature": False})
    assert UUID(claims["sub"])
    forged = [
        jwt.encode(claims, "another secret that is long enough too", algorithm="HS256"),
        jwt.encode({**claims, "exp": claims["iat"] - 1}, SETTINGS.jwt_secret, algorithm="HS256"),
        jwt.encode({**claims, "sub": "nobody"}, SETTINGS.jwt_secret, algorithm="HS256"),
        jwt.encode(claims, None, algorithm="none"),
        "nonsense",
    ]
    for token in forged:
        answer = client.get("/items", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, token
    assert client.get("/items").status_code == 401
    assert client.get("/items", headers={"Authorization": user}).status_code == 200


def test_without_the_database_healthz_is_well_and_the_rest_is_503(
    client: TestClient, store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {**sign_in(client), "Idempotency-Key": str(uuid4())}
    store.away = True
    assert client.get("/healthz").status_code == 200
    with caplog.at_level(logging.ERROR):
        answers = [
            client.get("/readyz"),
            client.post("/users", json={**PERSON, "email": "bob@example.com"}),
            client.post("/token", json=PERSON),
            client.post("/items", json={"name": "lamp"}, headers=headers),
            client.get("/items", headers=headers),
            client.get("/items/1", headers=headers),
        ]
    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
    events = [record.fields["event"] for record in caplog.records if hasattr(record, "fields")]
    assert events == ["database_connection_error"] * len(answers)
    store.away = False
    assert client.get("/readyz").status_code == 200
