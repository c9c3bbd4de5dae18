"""The HTTP interface."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from query import questions
from query.answers import LIFE, LONG_LIFE, Answers
from query.period import NotAPeriod, Period, period
from query.questions import Connection

router = APIRouter()
SETTLED = timedelta(hours=1)
"""After this a period changes so seldom that its answers keep for long."""
PATH = re.compile(r"(properties|traits|context)(\.[^.]{1,64}){1,4}")


def _period(
    last: Annotated[str | None, Query()] = None,
    from_: Annotated[str | None, Query(alias="from")] = None,
    to: Annotated[str | None, Query()] = None,
) -> Period:
    try:
        return period(datetime.now(UTC), last, from_, to)
    except NotAPeriod as error:
        raise HTTPException(400, str(error)) from None


PeriodHere = Annotated[Period, Depends(_period)]
Name = Annotated[str | None, Query(min_length=1, max_length=200)]
Type = Literal["track", "identify", "page", "screen", "group", "alias"] | None
Question = Callable[[Connection], Awaitable[dict[str, Any]]]


async def _answer(request: Request, ask: Question, period: Period | None = None) -> Response:
    answers: Answers = request.app.state.answers
    # The words of the question are its key: "the last hour" is the same for all who ask now.
    key = f"analytics:{request.url.path}?{'&'.join(sorted(request.url.query.split('&')))}"
    settled = period and period.end < datetime.now(UTC) - SETTLED
    body = await answers.give(key, ask, LONG_LIFE if settled else LIFE)
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.get("/health")
async def health() -> dict[str, str]:
    """Say that this process is well; looks at nothing else."""
    return {"status": "ok"}


@router.get("/query/counts")
async def counts(request: Request, period: PeriodHere) -> Response:
    """Events and people, and the same for the period before."""
    return await _answer(request, lambda on: questions.counts(on, period), period)


@router.get("/query/series")
async def series(
    request: Request,
    period: PeriodHere,
    interval: str | None = None,
    event: Name = None,
    type: Type = None,
) -> Response:
    """Events and people over time."""
    try:
        step = period.step(interval)
    except NotAPeriod as error:
        raise HTTPException(400, str(error)) from None
    return await _answer(
        request, lambda on: questions.series(on, period, step, event, type), period
    )


@router.get("/query/top")
async def top(
    request: Request,
    period: PeriodHere,
    by: str = "name",
    event: Name = None,
    type: Type = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> Response:
    """The values that occur most."""
    if by not in questions.COLUMNS and not PATH.fullmatch(by):
        columns = ", ".join(questions.COLUMNS)
        raise HTTPException(400, f"by must be {columns}, or a path like properties.plan.")
    return await _answer(
        request, lambda on: questions.top(on, period, by, event, type, limit), period
    )


@router.get("/query/funnel")
async def funnel(
    request: Request,
    period: PeriodHere,
    step: Annotated[list[str], Query(min_length=2, max_length=8)],
    within: Annotated[float, Query(gt=0, le=90 * 86400)] = 86400,
) -> Response:
    """How many people go from step to step."""
    if not all(1 <= len(each) <= 200 for each in step):
        raise HTTPException(400, "A step is an event's name of 1 to 200 characters.")
    return await _answer(request, lambda on: questions.funnel(on, period, step, within), period)


@router.get("/query/retention")
async def retention(request: Request, period: PeriodHere) -> Response:
    """Who came back on which day."""
    if period.end - period.start > timedelta(days=92):
        raise HTTPException(400, "Retention is asked for over 92 days at most.")
    return await _answer(request, lambda on: questions.retention(on, period), period)


@router.get("/query/trail")
async def trail(
    request: Request,
    person: Annotated[str, Query(min_length=1, max_length=500)],
    before: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """What one person did."""
    return await _answer(request, lambda on: questions.trail(on, person, before, limit))
