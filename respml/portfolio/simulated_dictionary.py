"""The data dictionary of the simulated portfolio."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from respml.portfolio.dictionary import Code, Column, Dictionary


def _same(*codes: str) -> Mapping[Code, str]:
    return MappingProxyType({code: code.replace("_", " ") for code in codes})


_STATUS: Mapping[Code, str] = MappingProxyType(
    {
        -1: "paid in full",
        0: "revolving",
        1: "1 month late",
        2: "2 months late",
        3: "3 months late",
        4: "4 months late",
    }
)

COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "customer_id": Column("Number of the customer", type="identifier"),
        "snapshot_month": Column(
            "First day of the month in which the inputs were observed",
            type="date",
            minimum=datetime.date(2023, 1, 1),
            maximum=datetime.date(2024, 12, 31),
        ),
        "credit_limit": Column("Credit limit of the card", "EUR", minimum=500, maximum=60_000, expected_sign=-1),
        "months_on_book": Column(
            "Time since the account was opened", "months", minimum=0, maximum=300, expected_sign=-1
        ),
        "utilisation": Column(
            "Balance as a share of the credit limit", "share", minimum=0, maximum=1.25, expected_sign=1
        ),
        "bill_amount": Column("Amount of the last bill", "EUR", minimum=0, maximum=75_000, expected_sign=0),
        "payment_status": Column(
            "Repayment state of the last bill",
            type="category",
            minimum=-1,
            maximum=4,
            labels=_STATUS,
            expected_sign=1,
        ),
        "missed_payments_6m": Column(
            "Payments missed in the last six months", "payments", minimum=0, maximum=6, expected_sign=1
        ),
        "payment_ratio": Column(
            "Share of the last bill that was paid", "share", minimum=0, maximum=1, expected_sign=-1
        ),
        "inquiries_6m": Column(
            "Credit inquiries in the last six months", "inquiries", minimum=0, maximum=12, expected_sign=1
        ),
        "income": Column("Gross annual income", "EUR", minimum=1_000, maximum=1_000_000, expected_sign=-1),
        "area_deprivation": Column("Deprivation index of the area of residence", "points", minimum=0, maximum=100),
        "employment_type": Column(
            "Employment of the customer",
            type="category",
            labels=_same("salaried", "self_employed", "part_time", "retired"),
        ),
        "region": Column(
            "Region of residence", type="category", labels=_same("north", "south", "east", "west", "islands")
        ),
        "sex": Column("Sex of the customer", type="category", labels=_same("female", "male"), prohibited=True),
        "age_band": Column(
            "Age of the customer in bands",
            "years",
            type="category",
            labels=_same("under 30", "30 to 44", "45 to 59", "60 and over"),
            prohibited=True,
        ),
        "group": Column(
            "Protected group of the customer, of the kind of an ethnic group",
            type="category",
            labels=_same("group_a", "group_b", "group_c"),
            prohibited=True,
        ),
        "behaviour_index": Column("Behaviour index bought from a vendor", "points", expected_sign=1),
        "collections_contacts": Column(
            "Contacts by the collections department", "contacts", minimum=0, expected_sign=1
        ),
        "default_12m": Column(
            "Default within twelve months of the snapshot",
            type="flag",
            labels=MappingProxyType({0: "no default", 1: "default"}),
        ),
    }
)


def dictionary_of(names: Iterable[str]) -> Dictionary:
    """The entries of the given columns, in their order."""
    return Dictionary(MappingProxyType({name: COLUMNS[name] for name in names}))
