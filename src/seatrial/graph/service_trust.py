"""Who may take a role of ours: one AWS service, in the words of IAM."""

from seatrial.graph.values import ACCOUNT, Value


def trusted_by(service: str, *, here: bool = False) -> Value:
    """Give the policy by which a service, e.g. `ec2.amazonaws.com`, may take a role.

    `here` holds it to acting for this account, which only some services say of themselves.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    statement: dict[str, Value] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if here:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    return {"Version": "2012-10-17", "Statement": [statement]}
