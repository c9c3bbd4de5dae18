"""The HTTP interface."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.models import Item, Items, Login, NewItem, NewUser, Token, User
from app.security import Passwords, Tokens
from app.store import EmailTaken, KeyReused, Store, UserGone

router = APIRouter()
_bearer = HTTPBearer(auto_error=False)
_BIGGEST_ID = 2**63 - 1


def _store(request: Request) -> Store:
    return request.app.state.store


def _passwords(request: Request) -> Passwords:
    return request.app.state.passwords


def _tokens(request: Request) -> Tokens:
    return request.app.state.tokens


StoreHere = Annotated[Store, Depends(_store)]
PasswordsHere = Annotated[Passwords, Depends(_passwords)]
TokensHere = Annotated[Tokens, Depends(_tokens)]


def _refuse(detail: str) -> HTTPException:
    return HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})


async def _user(
    tokens: TokensHere,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> UUID:
    user = tokens.read(credentials.credentials) if credentials else None
    if user is None:
        raise _refuse("A valid access token is needed.")
    return user


UserHere = Annotated[UUID, Depends(_user)]


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that this process is well; looks at nothing else.

    A load balancer that took every task away because the database is away
    would turn a slow minute into an outage.
    """
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(store: StoreHere) -> dict[str, str]:
    """Say that the database answers, too."""
    await store.check()
    return {"status": "ok", "database": "ok"}


@router.post("/users", status_code=201)
async def sign_up(new: NewUser, store: StoreHere, passwords: PasswordsHere) -> User:
    """Sign up."""
    try:
        return await store.add_user(new.email, await passwords.hash(new.password))
    except EmailTaken:
        raise HTTPException(409, "This address is taken.") from None


@router.post("/token")
async def log_in(
    login: Login, store: StoreHere, passwords: PasswordsHere, tokens: TokensHere
) -> Token:
    """Exchange address and password for an access token."""
    kept = await store.credentials(login.email)
    if (
        not await passwords.matches(login.password, kept.password_hash if kept else None)
        or not kept
    ):
        raise _refuse("Address or password is wrong.")
    return Token(access_token=tokens.issue(kept.user), expires_in=tokens.lifetime)


@router.post("/items", status_code=201)
async def add_item(
    new: NewItem,
    response: Response,
    user: UserHere,
    store: StoreHere,
    idempotency_key: Annotated[UUID, Header()],
) -> Item:
    """Keep an item; repeat with the same Idempotency-Key until there is an answer."""
    try:
        item, is_new = await store.add_item(user, idempotency_key, new)
    except KeyReused:
        raise HTTPException(422, "This Idempotency-Key belongs to another item.") from None
    except UserGone:
        raise _refuse("The token's user no longer exists.") from None
    if not is_new:
        response.headers["Idempotency-Replayed"] = "true"
    return item


@router.get("/items")
async def list_items(
    user: UserHere,
    store: StoreHere,
    after: Annotated[int, Query(ge=0, le=_BIGGEST_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Items:
    """List the user's items, oldest first."""
    items = await store.items(user, after, limit + 1)
    page = items[:limit]
    return Items(items=page, next=page[-1].id if len(items) > limit else None)


@router.get("/items/{item}")
async def get_item(
    item: Annotated[int, Path(ge=1, le=_BIGGEST_ID)], user: UserHere, store: StoreHere
) -> Item:
    """Show one of the user's items."""
    found = await store.item(user, item)
    if found is None:
        raise HTTPException(404, "There is no such item.")
    return found
