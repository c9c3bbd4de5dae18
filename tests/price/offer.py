"""Offer files in AWS's format, in both of its forms, with what a reader can stumble over."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

PUBLISHED = "2026-10-06T22:40:50Z"
VERSION = "20261006224050"


@dataclass(frozen=True)
class Product:
    """One SKU: what it is, and its on-demand tiers as (from, to, US dollars)."""

    sku: str
    family: str
    attributes: Mapping[str, str]
    tiers: Sequence[tuple[str, str, str]] = (("0", "Inf", "0"),)
    unit: str = "Hrs"
    region: str = "us-east-1"
    extra: Mapping[str, Any] = field(default_factory=dict)


def as_json(offer: str, products: Sequence[Product]) -> str:
    """Write an offer file in JSON: products, then on-demand terms, then reserved ones."""
    return json.dumps(
        {
            "formatVersion": "v1.0",
            "disclaimer": "This pricing list is for informational purposes only.",
            "offerCode": offer,
            "version": VERSION,
            "publicationDate": PUBLISHED,
            "products": {
                each.sku: {
                    "sku": each.sku,
                    "productFamily": each.family,
                    "attributes": {"servicecode": offer, **_all(each)},
                }
                for each in products
            },
            "terms": {
                "OnDemand": {
                    each.sku: {
                        f"{each.sku}.JRTCKXETXF": {
                            "offerTermCode": "JRTCKXETXF",
                            "sku": each.sku,
                            "effectiveDate": "2026-10-01T00:00:00Z",
                            "priceDimensions": {
                                f"{each.sku}.JRTCKXETXF.{number}": {
                                    "rateCode": f"{each.sku}.JRTCKXETXF.{number}",
                                    "description": f"${usd} per {each.unit}",
                                    "beginRange": start,
                                    "endRange": end,
                                    "unit": each.unit,
                                    "pricePerUnit": {"USD": usd},
                                    "appliesTo": [],
                                }
                                for number, (start, end, usd) in enumerate(each.tiers)
                            },
                            "termAttributes": {},
                        },
                        **each.extra,
                    }
                    for each in products
                },
                "Reserved": {},
            },
            "attributesList": {},
        }
    )


CALLED = {
    "usagetype": "usageType",
    "instanceType": "Instance Type",
    "databaseEngine": "Database Engine",
    "deploymentOption": "Deployment Option",
    "operatingSystem": "Operating System",
    "preInstalledSw": "Pre Installed S/W",
    "capacitystatus": "CapacityStatus",
    "cacheEngine": "Cache Engine",
    "tenancy": "Tenancy",
    "operation": "operation",
    "locationType": "Location Type",
    "regionCode": "Region Code",
    "toLocation": "To Location",
}
"""Attribute in JSON -> column in CSV."""


def as_csv(offer: str, products: Sequence[Product]) -> str:
    """Write an offer file in CSV: five rows that say what it is, the columns, the rates."""
    out = StringIO()
    sheet = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    sheet.writerows(
        [
            ["FormatVersion", "v1.0"],
            ["Disclaimer", "This pricing list is for informational purposes only."],
            ["Publication Date", PUBLISHED],
            ["Version", VERSION],
            ["OfferCode", offer],
        ]
    )
    names = sorted({name for each in products for name in _all(each)} | {"usagetype"})
    sheet.writerow(
        ["SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate"]
        + [
            "StartingRange",
            "EndingRange",
            "Unit",
            "PricePerUnit",
            "Currency",
            "LeaseContractLength",
        ]
        + ["Product Family", "serviceCode"]
        + [CALLED.get(name, name) for name in names]
    )
    for each in products:
        said = [_all(each).get(name, "") for name in names]
        rates = [("OnDemand", "", *tier) for tier in each.tiers] + [
            ("Reserved", "1yr", "0", "Inf", "0.0001")
        ]
        for number, (term, lease, start, end, usd) in enumerate(rates):
            code = f"{each.sku}.{number}"
            tier = [start, end, each.unit, usd, "USD", lease, each.family, offer]
            sheet.writerow(
                [each.sku, "JRTCKXETXF", code, term, "a price", "2026-10-01", *tier, *said]
            )
    return out.getvalue()


def _all(product: Product) -> dict[str, str]:
    return {
        "locationType": "AWS Region",
        "regionCode": product.region,
        **product.attributes,
    }


POSTGRES = {"databaseEngine": "PostgreSQL", "deploymentOption": "Single-AZ"}

DATABASES = [
    Product(
        "KEEP1",
        "Database Instance",
        {"usagetype": "InstanceUsage:db.r5.xl", "instanceType": "db.r5.xlarge", **POSTGRES},
        [("0", "Inf", "0.5000000000")],
    ),
    Product(
        "KEEP2",
        "Database Instance",
        {
            "usagetype": "Multi-AZUsage:db.t4g.small",
            "instanceType": "db.t4g.small",
            "databaseEngine": "PostgreSQL",
            "deploymentOption": "Multi-AZ",
        },
        [("0", "Inf", "0.0650000000")],
    ),
    Product(
        "ORACLE",
        "Database Instance",
        {"usagetype": "InstanceUsage:db.r5.xl", "instanceType": "db.r5.xlarge"}
        | {"databaseEngine": "Oracle", "deploymentOption": "Single-AZ"},
        [("0", "Inf", "0.4800000000")],
    ),
    Product(
        "OLD",
        "Database Instance",
        {"usagetype": "ExtendedSupport:Yr1-Yr2:PostgreSQL11", "instanceType": "", **POSTGRES},
        [("0", "Inf", "0.1000000000")],
    ),
    Product(
        "OUTPOST",
        "Database Instance",
        {"usagetype": "USE1-Outposts-InstanceUsage:db.r5.xl", "instanceType": "db.r5.xlarge"}
        | POSTGRES
        | {"locationType": "AWS Outposts"},
        [("0", "Inf", "0.2000000000")],
    ),
    # The same storage twice, with the region's prefix and without, at one price.
    Product(
        "GP3A",
        "Database Storage",
        {"usagetype": "RDS:GP3-Storage", **POSTGRES},
        [("0", "Inf", "0.1150000000")],
        "GB-Mo",
    ),
    Product(
        "GP3B",
        "Database Storage",
        {"usagetype": "USE1-RDS:GP3-Storage", **POSTGRES},
        [("0", "Inf", "0.1150000000")],
        "GB-Mo",
    ),
    # Two that differ: nobody can say which is meant.
    Product(
        "GP2A",
        "Database Storage",
        {"usagetype": "RDS:GP2-Storage", **POSTGRES},
        [("0", "Inf", "0.1150000000")],
        "GB-Mo",
    ),
    Product(
        "GP2B",
        "Database Storage",
        {"usagetype": "USE1-RDS:GP2-Storage", **POSTGRES},
        [("0", "Inf", "0.1380000000")],
        "GB-Mo",
    ),
]

QUEUES = [
    Product(
        "QUEUE",
        "API Request",
        {"usagetype": "Requests-RBP", "queueType": "Standard"},
        [
            ("200000000000", "Inf", "0.0000002400"),
            ("0", "100000000000", "0.0000004000"),
            ("100000000000", "200000000000", "0.0000003000"),
        ],
        "Requests",
    ),
]
