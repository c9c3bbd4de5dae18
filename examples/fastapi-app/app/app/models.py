"""What goes in and out over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# One @, something before it, a dotted name after it. Only a message that
# arrives proves an address, so nothing stricter is worth its import time.
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_lower=True,
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)+$",
    ),
]
# PostgreSQL's text cannot hold a zero byte.
Text = r"^[^\x00]*$"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewUser(_Body):
    """A sign-up."""

    email: Email
    password: str = Field(min_length=12, max_length=128, repr=False)


class Login(_Body):
    """A login: any password is worth a try."""

    email: Email
    password: str = Field(max_length=128, repr=False)


class NewItem(_Body):
    """An item to keep."""

    name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=Text),
    ]
    description: str = Field(default="", max_length=10_000, pattern=Text)


class User(BaseModel):
    """A user, without anything secret."""

    id: UUID
    email: str
    created_at: datetime


class Token(BaseModel):
    """An access token; `expires_in` in seconds."""

    access_token: str
    token_type: str = "bearer"
    expires_in: int


class Item(BaseModel):
    """One item of the user who asks."""

    id: int
    name: str
    description: str
    created_at: datetime


class Items(BaseModel):
    """One page of items; `next` is the `after` of the next page, or null."""

    items: list[Item]
    next: int | None
