"""Who may take a role: GitHub's workflows of one repository.

GitHub writes a token's subject in two forms: with names alone, and, for
repositories created, renamed or moved since 15 July 2026 or that asked for it,
with the ids of owner and repository beside the names, so that nobody who gets
the name later gets the subject. Both are accepted, each letter by letter:
there is no wildcard. The claim `ref` is held beside the subject, because the
subject of a job in an environment does not tell the branch.

Sources: docs.github.com/en/actions/reference/security/oidc;
github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens;
aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/.
"""

from seatrial.graph import Parameter, Ref
from seatrial.graph.values import ACCOUNT, PARTITION, Value, join
from seatrial.pipeline.repository import Repository

HOST = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
OWNER_ID = Parameter(
    "GitHubOwnerId",
    "String",
    "Id of the repository's owner: gh api repos/OWNER/NAME --jq .owner.id",
    allowed_pattern="[1-9][0-9]{0,19}",
)
REPOSITORY_ID = Parameter(
    "GitHubRepositoryId",
    "String",
    "Id of the repository: gh api repos/OWNER/NAME --jq .id",
    allowed_pattern="[1-9][0-9]{0,19}",
)
PROVIDER_ARN = join("arn:", PARTITION, ":iam::", ACCOUNT, f":oidc-provider/{HOST}")


def subjects(repository: Repository, context: str) -> list[Value]:
    """Give both forms of a subject; `context` is `ref:refs/heads/X` or `environment:X`."""
    owner, name = repository.owner, repository.name
    return [
        f"repo:{owner}/{name}:{context}",
        join(f"repo:{owner}@", Ref(OWNER_ID.id), f"/{name}@", Ref(REPOSITORY_ID.id), f":{context}"),
    ]


def from_github(repository: Repository, branch: str, environment: str | None = None) -> Value:
    """Trust workflows on a branch; with `environment`, only their jobs in that one."""
    ref = f"refs/heads/{branch}"
    context = f"environment:{environment}" if environment else f"ref:{ref}"
    statement: dict[str, Value] = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER_ARN},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{HOST}:aud": AUDIENCE,
                f"{HOST}:ref": ref,
                f"{HOST}:sub": subjects(repository, context),
            }
        },
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
