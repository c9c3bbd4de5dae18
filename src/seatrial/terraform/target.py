"""Which Terraform resource stands for a resource of the graph.

Takes a resource, gives its Terraform type, its address, its schema and what
`Ref` and `Fn::GetAtt` are there. `awscc` wherever it has the type, else `aws`;
a type that neither has is one clear mistake.
"""

from dataclasses import dataclass
from typing import Literal

from seatrial.graph import Graph, Resource
from seatrial.graph.schema import schema
from seatrial.mistake import Mistake
from seatrial.terraform.aws import aws_schema
from seatrial.terraform.awscc import awscc_schema
from seatrial.terraform.kinds import TEXT, Kind, Object, at
from seatrial.terraform.naming import awscc_attribute, awscc_name, label, snake
from seatrial.terraform.secrets import holds_secret, needs_version
from seatrial.terraform.specs import BROKERS, REFUSED, SPECS, Spec, brokers

# `awscc` has these types too: `aws` writes them where they hold a password.
WHERE_SECRET = ("AWS::RDS::DBCluster", "AWS::RDS::DBInstance")
# What `Ref` gives where that is not the resource's single primary identifier.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
REFS = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "id",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "arn",
    "AWS::AutoScaling::LifecycleHook": "lifecycle_hook_name",
    "AWS::CodeDeploy::DeploymentGroup": "deployment_group_name",
    "AWS::Cognito::UserPoolClient": "client_id",
    "AWS::EC2::EIP": "public_ip",
    "AWS::EC2::Route": "id",
    "AWS::EC2::VPCGatewayAttachment": "id",
    "AWS::ECS::Service": "service_arn",
    "AWS::Events::Rule": "name",
    "AWS::IAM::RolePolicy": "policy_name",
    "AWS::Lambda::Permission": "id",
    "AWS::Logs::LogStream": "log_stream_name",
    "AWS::Logs::MetricFilter": "filter_name",
    "AWS::Logs::SubscriptionFilter": "filter_name",
    "AWS::OpenSearchServerless::AccessPolicy": "name",
    "AWS::OpenSearchServerless::SecurityPolicy": "name",
    "AWS::Route53::RecordSet": "name",
    "AWS::SSM::MaintenanceWindowTarget": "window_target_id",
    "AWS::SSM::MaintenanceWindowTask": "window_task_id",
    "AWS::WAFv2::IPSet": "id",
    "AWS::WAFv2::RegexPatternSet": "id",
    "AWS::WAFv2::WebACLAssociation": "id",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A Terraform resource, or what Terraform reads instead: its name and what it can hold."""

    of: Resource
    type: str
    label: str
    schema: Object
    spec: Spec | None = None
    alias: str = ""
    word: Literal["resource", "data"] = "resource"

    @property
    def address(self) -> str:
        """Give how its own module calls it."""
        called = f"{self.type}.{self.label}"
        return f"data.{called}" if self.word == "data" else called

    @property
    def referred(self) -> str:
        """Give how others call it: by what stands for it once it is complete."""
        return f"{self.alias}.{self.label}" if self.alias else self.address

    def ref(self) -> str:
        """Give the attribute that holds what `Ref` gives."""
        if self.alias:
            return "arn"
        if self.spec:
            return self.spec.ref
        if self.of.type in REFS:
            return REFS[self.of.type]
        known = schema(self.of.type)
        identifier = known.primary_identifier if known else ()
        if len(identifier) != 1 or len(identifier[0]) != 1:
            raise mistake(self.of, "what Ref gives of it is not known to Terraform")
        return awscc_attribute(self.of.type, identifier[0][0])

    def att(self, attribute: str) -> str:
        """Give the attribute that holds what `Fn::GetAtt` gives."""
        if self.spec:
            found = self.spec.attributes.get(attribute)
            if found is None or at(self.schema, tuple(found.split("."))) is None:
                raise mistake(self.of, f"{self.type} does not tell {attribute}")
            return found
        first, *rest = attribute.split(".")
        path = (awscc_attribute(self.of.type, first), *(snake(each) for each in rest))
        if at(self.schema, path) is None:
            raise mistake(self.of, f"{self.type} does not tell {attribute}")
        return ".".join(path)

    def kind(self, attribute: str) -> Kind:
        """Give the kind of one of its attributes."""
        return at(self.schema, tuple(attribute.split("."))) or TEXT


def target_of(graph: Graph, resource: Resource) -> Target:
    """Find the Terraform resource for a resource; where there is none, tell why."""
    type_ = resource.type
    if type_ == BROKERS:
        spec = brokers(str(resource.properties.get("Answer")))
        known = aws_schema(f"data.{spec.type}")
        return Target(resource, spec.type, label(resource.id), known, spec, word="data")
    custom = type_.startswith("Custom::")
    reason = REFUSED.get("AWS::CloudFormation::CustomResource" if custom else type_)
    if reason is None and type_ not in SPECS and schema(type_) is None:
        reason = "its schema is not packed"
    if reason is not None:
        raise mistake(resource, f"it has no Terraform resource: {reason}")
    written = SPECS.get(type_)
    if written and type_ in WHERE_SECRET and not holds_secret(graph, resource.properties):
        written = None
    if written:
        known = aws_schema(written.type)
        return Target(resource, written.type, label(resource.id), known, written)
    # A secret is complete, and may be used, once its text is there.
    alias = "aws_secretsmanager_secret_version" if needs_version(graph, resource) else ""
    return Target(resource, awscc_name(type_), label(resource.id), awscc_schema(type_), alias=alias)


def mistake(resource: Resource, problem: str) -> Mistake:
    """Tell what of a resource cannot be written as Terraform."""
    place = resource.origin.place if resource.origin else None
    return Mistake(f"{resource.id} ({resource.type}) as Terraform: {problem}", place)
