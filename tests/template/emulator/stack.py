"""One stack on the emulator: created, changed and deleted, and compared with what there is."""
# ruff: noqa: A001, A002 - a resource's type is AWS's own word

import json
import re
import time
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

from tests.template.emulator.answers import KINDS, Ask
from tests.template.emulator.cloud import ACCOUNT, Cloud, Refused
from tests.template.emulator.comparing import ANYTHING, differences, generated
from tests.template.emulator.known import SHAPE_ONLY, UNASKED
from tests.template.emulator.paths import MISSING, find
from tests.template.emulator.resolving import Resolver

_GONE = re.compile(r"not_?found|no_?such|not_?exist|non_?exist|^404$|unknown", re.IGNORECASE)
_PATIENCE = 60.0
_LOOK = 0.05
TEMPLATES = "templates"


class NotDone(Exception):
    """A stack ended otherwise than asked for; the message has the events that say why."""


class Stack:
    """A stack of one name in one region, with the parameters that have no default."""

    def __init__(self, cloud: Cloud, name: str, region: str, values: Mapping[str, str]) -> None:
        self.cloud = cloud
        self.name = name
        self.region = region
        self.given = values
        self.template: dict[str, Any] = {}
        self.ids: dict[str, str] = {}
        # What was answered and resolved since the last change.
        self._asked: dict[str, Any] = {}
        self._attributes: dict[tuple[str, str], Any] = {}
        self._resolved: list[tuple[str, str, dict[str, Any]]] = []
        self._waits = False
        self._id = ""

    def ask(self, service: str, operation: str, **parameters: Any) -> Any:
        """Ask a service in the stack's region, once between two changes. Refused."""
        key = json.dumps([service, operation, parameters], sort_keys=True)
        if key not in self._asked:
            try:
                self._asked[key] = self.cloud.ask(service, self.region, operation, **parameters)
            except Refused as refused:
                self._asked[key] = refused
        if isinstance(self._asked[key], Refused):
            raise self._asked[key]
        return self._asked[key]

    def create(self, text: str) -> None:
        """Create it and wait until that is done. NotDone."""
        self._work("CreateStack", "CREATE_COMPLETE", text)

    def change(self, text: str) -> None:
        """Give it another template and wait until that is done. NotDone."""
        self._work("UpdateStack", "UPDATE_COMPLETE", text)

    def delete(self) -> None:
        """Delete it and wait until it is gone. NotDone."""
        self._begin("DeleteStack", StackName=self._stack_id())
        self._wait("DELETE_COMPLETE")

    def _work(self, operation: str, wanted: str, text: str) -> None:
        key = f"{self.name}.json"
        self.cloud.ask("s3", self.region, "PutObject", Bucket=TEMPLATES, Key=key, Body=text)
        template = json.loads(text)
        types = {each["Type"] for each in template["Resources"].values()}
        self._waits = "AWS::CloudFormation::WaitCondition" in types
        names = template.get("Parameters", {})
        self._begin(
            operation,
            StackName=self.name,
            TemplateURL=f"{self.cloud.endpoint}/{TEMPLATES}/{key}",
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in self.given.items()
                if name in names
            ],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        self._wait(wanted)
        self.template = template
        self.ids = {
            each["LogicalResourceId"]: each["PhysicalResourceId"] for each in self._resources()
        }

    def _begin(self, operation: str, **parameters: Any) -> None:
        for known in (self._asked, self._attributes, self._resolved):
            known.clear()
        self.cloud.ask("cloudformation", self.region, operation, **parameters)

    def _stack_id(self) -> str:
        told = self.cloud.ask("cloudformation", self.region, "DescribeStacks", StackName=self.name)
        self._id = str(told["Stacks"][0]["StackId"])
        return self._id

    def _resources(self) -> list[dict[str, Any]]:
        told = self.cloud.ask(
            "cloudformation", self.region, "ListStackResources", StackName=self.name
        )
        return list(told["StackResourceSummaries"])

    def _wait(self, wanted: str) -> None:
        name = self.name if wanted != "DELETE_COMPLETE" else self._id
        limit = time.monotonic() + _PATIENCE
        while True:
            told = self.cloud.ask("cloudformation", self.region, "DescribeStacks", StackName=name)
            status = told["Stacks"][0]["StackStatus"]
            if status == wanted:
                return
            if not status.endswith("_IN_PROGRESS") or time.monotonic() > limit:
                raise NotDone(f"{self.name}: {status}\n" + "\n".join(self._complaints(name)))
            if self._waits:
                self._signal(name)
            time.sleep(_LOOK * 6 if self._waits else _LOOK)

    def _complaints(self, name: str) -> Iterator[str]:
        told = self.cloud.ask("cloudformation", self.region, "DescribeStackEvents", StackName=name)
        for event in told["StackEvents"]:
            if "FAILED" in event["ResourceStatus"]:
                yield (
                    f"{event['LogicalResourceId']} ({event['ResourceType']}):"
                    f" {event.get('ResourceStatusReason')}"
                )

    def _signal(self, name: str) -> None:
        """Tell a wait condition what the machines would tell it: that they are ready."""
        told = self.cloud.ask("cloudformation", self.region, "DescribeStackEvents", StackName=name)
        last = {each["LogicalResourceId"]: each for each in reversed(told["StackEvents"])}
        if not any(
            each["ResourceType"] == "AWS::CloudFormation::WaitCondition"
            and each["ResourceStatus"].endswith("_IN_PROGRESS")
            for each in last.values()
        ):
            return
        ready = {"Status": "SUCCESS", "UniqueId": "cluster", "Data": "", "Reason": "formed"}
        for each in last.values():
            if each["ResourceType"] == "AWS::CloudFormation::WaitConditionHandle":
                url = each["PhysicalResourceId"]
                # Signed for a request without a content type, as on AWS.
                request = urllib.request.Request(
                    url, json.dumps(ready).encode(), {"Content-Type": ""}, method="PUT"
                )
                with urllib.request.urlopen(request, timeout=10):
                    pass

    def resources(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Give each logical id of the template, its type and its resolved properties."""
        if not self._resolved:
            resolver = self._resolver()
            for logical, resource in self.template["Resources"].items():
                properties = resolver.resolve(resource.get("Properties", {}))
                self._resolved.append((logical, resource["Type"], properties))
        return list(self._resolved)

    def differences(self) -> Iterator[tuple[str, str, str, str]]:
        """Give what is otherwise than the template says: logical id, type, property, how."""
        for logical, type, properties in self.resources():
            if type in UNASKED:
                continue
            record = self.record(type, self.ids.get(logical, ""), properties)
            if record is MISSING:
                yield logical, type, "", "is not there"
                continue
            kind = KINDS.get(type)
            for name, value in properties.items():
                path = kind.names.get(name, name) if kind else name
                if not path:
                    continue
                found = find(record, path, self.ids[logical], properties)
                if name == "GenerateSecretString":
                    yield from ((logical, type, name, each) for each in generated(value, found))
                    continue
                inner = kind.inner if kind else {}
                open_list = bool(kind and name in kind.more_there)
                for each in differences(value, found, inner, more=open_list):
                    yield logical, type, name, each

    def record(self, type: str, id: str, properties: Mapping[str, Any]) -> Any:
        """Give all that a service tells of one resource, or MISSING."""
        if type in SHAPE_ONLY:
            return self.cloud.kept_by_stubs().get((type, id), MISSING)
        kind = KINDS[type]
        first = self._answer(kind.first, id, properties)
        if first is MISSING or _ended(first):
            return MISSING
        own = {**properties, "@": first}
        more = {name: self._answer(each, id, own) for name, each in kind.more.items()}
        told = {name: each for name, each in more.items() if each is not MISSING}
        told |= {name: gather(self.ask, id) for name, gather in kind.gathered.items()}
        return {"Id": id, **(first if isinstance(first, dict) else {"@": first}), **told}

    def _answer(self, ask: Ask, id: str, properties: Mapping[str, Any]) -> Any:
        try:
            answer = self.ask(ask.service, ask.operation, **ask.parameters(id, properties))
        except Refused as refused:
            if _GONE.search(refused.code):
                return MISSING
            raise
        return find(answer, ask.at, id, properties)

    def _resolver(self) -> Resolver:
        values: dict[str, Any] = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        for name, parameter in self.template.get("Parameters", {}).items():
            value = self.given.get(name, parameter.get("Default"))
            several = parameter["Type"] == "CommaDelimitedList"
            values[name] = value.split(",") if several and value else value
        zones = self.ask("ec2", "DescribeAvailabilityZones")["AvailabilityZones"]
        return Resolver(
            self.ids, values, self._attribute, [each["ZoneName"] for each in zones], self._secret
        )

    def _secret(self, id: str) -> Any:
        return self.ask("secretsmanager", "GetSecretValue", SecretId=id)["SecretString"]

    def _attribute(self, logical: str, name: str) -> Any:
        key = (logical, name)
        if key not in self._attributes:
            self._attributes[key] = self._find_attribute(logical, name)
        return self._attributes[key]

    def _find_attribute(self, logical: str, name: str) -> Any:
        resource = self.template["Resources"][logical]
        type, properties = resource["Type"], resource.get("Properties", {})
        kind = KINDS.get(type)
        path = kind.attributes.get(name, name) if kind else STUBBED.get((type, name), "")
        if path.startswith("<"):
            path = str(properties[path.strip("<>")])
        if kind is None:
            record: Any = {"Id": self.ids[logical]}
        else:
            resolver = self._resolver()
            record = self.record(type, self.ids[logical], resolver.resolve(properties))
        found = find(record, path, self.ids[logical], properties) if path else MISSING
        return ANYTHING if found is MISSING else found


def _ended(record: Any) -> bool:
    """Tell what a service still shows of what is no more."""
    states = (find(record, path) for path in ("State", "State.Name", "Status"))
    return any(state in ("deleted", "terminated", "INACTIVE") for state in states)


STUBBED = {
    ("AWS::MSK::Topic", "TopicArn"): "Id",
    ("AWS::SageMaker::Endpoint", "EndpointName"): "Id|/",
    ("AWS::SageMaker::EndpointConfig", "EndpointConfigName"): "Id|/",
    ("AWS::SageMaker::Model", "ModelName"): "Id|/",
}
"""Attributes of what only has a shape, read from the physical id."""
