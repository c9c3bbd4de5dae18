"""Alarms and the dashboard: every metric named is one of a resource that is there."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seatrial.graph.values import GetAtt, Pseudo, Ref, referred, render
from seatrial.lower.metrics import json_text
from tests.lower.systems import Described, few, graph_of, systems

SYMBOLS = st.builds(Ref, st.just("Logs")) | st.builds(GetAtt, st.just("Api"), st.just("Name"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | SYMBOLS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@few
@given(systems())
def test_every_alarm_tells_the_topic_and_watches_what_is_there(described: Described) -> None:
    graph = described.graph()
    topics = graph.of("AWS::SNS::Topic")
    alarms = graph.of("AWS::CloudWatch::Alarm")
    assert bool(alarms) == bool(topics)
    for alarm in alarms:
        assert alarm.properties["AlarmActions"] == alarm.properties["OKActions"] == [topics[0].ref]
        watched = set(referred(alarm.properties.get("Dimensions", ())))
        assert watched <= graph.resources.keys()
        counted = [
            each.properties["MetricTransformations"][0]["MetricName"]
            for each in graph.of("AWS::Logs::MetricFilter")
        ]
        assert watched or alarm.properties["MetricName"] in counted


def test_an_address_is_written_to_and_none_is_needed() -> None:
    text = 'system = System("shop", Service("api", "app", ["run"]), alerts=Alerts({}))'
    topic = graph_of(text.format("'a@b.example'"))["AlertTopic"].properties
    assert topic["Subscription"] == [{"Protocol": "email", "Endpoint": "a@b.example"}]
    assert "Subscription" not in graph_of(text.format(""))["AlertTopic"].properties


def test_the_dashboard_is_json_whose_widgets_do_not_overlap() -> None:
    graph = graph_of(
        'db = Postgres("db", version="15", size="db.t3.micro")\n'
        'api = Service("api", "app", ["run"], port=80, uses=[db])\n'
        'system = System("shop", api, alerts=Alerts())\n'
    )
    body = graph["Dashboard"].properties["DashboardBody"]
    text = "".join(each if isinstance(each, str) else "X" for each in body.parts)
    widgets: list[dict[str, Any]] = json.loads(text)["widgets"]
    places = {(each["x"], each["y"]) for each in widgets}
    assert len(places) == len(widgets)
    assert all(each["x"] + each["width"] <= 24 for each in widgets)


@given(VALUES)
def test_a_json_text_keeps_its_symbols_and_its_meaning(value: Any) -> None:
    text = json_text(value)

    def plain(symbol: object) -> str:
        assert not isinstance(symbol, Pseudo)
        return str(symbol)

    parts = getattr(text, "parts", (text,))
    rendered = "".join(e if isinstance(e, str) else json.dumps(plain(e))[1:-1] for e in parts)
    assert json.loads(rendered) == render(value, plain)
