"""How names of CloudFormation become names of Terraform.

Takes a property, a logical id or a resource type, gives the name that the
`awscc` provider's generator gives it. It knows no schema.
"""

from functools import cache

# Words that the generator takes as one.
WHOLE = {
    "CloudFormation": "Cloudformation",
    "CloudFront": "Cloudfront",
    "CloudWatch": "Cloudwatch",
    "CNAMEs": "Cnames",
    "FSx": "Fsx",
    "OTel": "Otel",
}
META_ARGUMENT = "provider"
# https://developer.hashicorp.com/terraform/language/values/variables#declaring-an-input-variable
META = ("count", "depends_on", "for_each", "lifecycle", "locals", "providers", "source", "version")
TAKEN = frozenset((*META, "environment", "name", "region"))


@cache
def snake(name: str) -> str:
    """Give `DBInstanceClass` as `db_instance_class`, digits apart: `S3Key` is `s3_key`."""
    for theirs, ours in WHOLE.items():
        name = name.replace(theirs, ours)
    written = ""
    for index, char in enumerate(name):
        here = char.lower() if char.isascii() and char.isalnum() else "_"
        before, after = name[index - 1 : index], name[index + 1 : index + 2]
        if char.isupper() and before.isupper() and after.islower():
            written += "_"  # the last capital of a run begins the next word
        written += here
        ends_word = char.islower() and (after.isupper() or after.isdigit())
        ends_number = char.isdigit() and after.isalpha()
        if ends_word or ends_number:
            written += "_"
    return written


@cache
def awscc_name(type: str) -> str:  # noqa: A002 - AWS's own word
    """Give the `awscc` resource of a CloudFormation type: `awscc_ec2_vpc`."""
    _, service, resource = type.split("::")
    return f"awscc_{service.lower()}_{snake(resource)}"


@cache
def awscc_attribute(type: str, name: str) -> str:  # noqa: A002
    """Give the attribute that holds a property of a resource itself.

    Terraform keeps `id` and `provider` for itself.
    """
    written = snake(name)
    if written == "id":
        return f"{awscc_name(type).split('_', 2)[2]}_id"
    return f"{META_ARGUMENT}_name" if written == META_ARGUMENT else written


def label(id: str) -> str:
    """Give a logical id as a Terraform label: `PublicSubnet1` is `public_subnet_1`."""
    return snake(id)


def variable_name(id: str) -> str:
    """Give a parameter's name as a variable; Terraform keeps some, the root has others."""
    name = snake(id)
    return f"{name}_value" if name in TAKEN else name


def merge(owner: str, attribute: str) -> str:
    """Give `db_instance` and `instance_class` as `db_instance_class`: no word twice in a row."""
    before, after = owner.split("_"), attribute.split("_")
    for length in range(min(len(before), len(after)), 0, -1):
        if before[-length:] == after[:length]:
            return "_".join(before + after[length:])
    return f"{owner}_{attribute}"
