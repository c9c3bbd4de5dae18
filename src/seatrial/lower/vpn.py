"""A client VPN: its endpoint in each zone, who may go where, and a log of every connection."""

from seatrial.graph import Parameter
from seatrial.graph.values import GetAtt, Ref
from seatrial.language import Vpn
from seatrial.lower.context import Lowering, camel, kept, tagged
from seatrial.lower.kind import Kind

CERTIFICATE = "arn:aws[a-z-]*:acm:.+"
LONGEST = 8
"""Hours after which somebody who is connected has to log in again."""


def _certificate(lowering: Lowering, vpn: Vpn, whose: str) -> Ref:
    return lowering.parameter(
        Parameter(
            f"{camel(vpn.name)}{whose}CertificateArn",
            "String",
            f"The {whose.lower()} certificate of {vpn.name}, imported into ACM in this region",
            allowed_pattern=CERTIFICATE,
        )
    )


def _lower(lowering: Lowering, vpn: Vpn) -> None:
    logs = lowering.add(
        vpn,
        "Logs",
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": f"/vpn/{lowering.name}-{vpn.name}",
            "RetentionInDays": lowering.environment.log_days,
        },
        **kept(lowering.environment.production),
    )
    trusted = {"ClientRootCertificateChainArn": _certificate(lowering, vpn, "Client")}
    endpoint = lowering.add(
        vpn,
        "Endpoint",
        "AWS::EC2::ClientVpnEndpoint",
        {
            "Description": f"Administrators of {lowering.name}",
            "ClientCidrBlock": vpn.cidr,
            "ServerCertificateArn": _certificate(lowering, vpn, "Server"),
            "AuthenticationOptions": [
                {"Type": "certificate-authentication", "MutualAuthentication": trusted}
            ],
            "ConnectionLogOptions": {"Enabled": True, "CloudwatchLogGroup": logs.ref},
            "VpcId": Ref("Vpc"),
            "SecurityGroupIds": [GetAtt(lowering.id(vpn, "Group"), "GroupId")],
            "SplitTunnel": True,
            "TransportProtocol": "udp",
            "SessionTimeoutHours": LONGEST,
            "TagSpecifications": [
                {"ResourceType": "client-vpn-endpoint", "Tags": tagged(lowering.name)}
            ],
        },
    )
    lowering.add(
        vpn,
        "Authorization",
        "AWS::EC2::ClientVpnAuthorizationRule",
        {
            "ClientVpnEndpointId": endpoint.ref,
            "TargetNetworkCidr": lowering.system.cidr,
            "AuthorizeAllGroups": True,
            "Description": "Whoever has a certificate; security groups say what is reached",
        },
    )
    for zone, subnet in enumerate(lowering.private_subnets, start=1):
        lowering.add(
            vpn,
            f"Zone{zone}",
            "AWS::EC2::ClientVpnTargetNetworkAssociation",
            {"ClientVpnEndpointId": endpoint.ref, "SubnetId": subnet},
        )


KIND = Kind(Vpn, "VPN", lower=_lower)
