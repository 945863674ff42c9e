"""What pages call events, types, actions and outcomes. The catalogs translate the English words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_activecampaign.panel.language import Language


def N_(message: str) -> str:  # noqa: N802 - gettext's name for a message that is translated later
    """Mark a message for the catalogs."""
    return message


EVENTS: Final[dict[str, str]] = {
    "authorized": N_("Purchase approved"),
    "abandoned_cart": N_("Cart abandoned"),
    "waiting_payment": N_("Waiting for payment"),
    "pix_created": N_("Pix created"),
    "pix_expired": N_("Pix expired"),
    "bank_slip_created": N_("Boleto issued"),
    "bank_slip_delayed": N_("Boleto overdue"),
    "refused": N_("Purchase refused"),
    "refunded": N_("Refunded"),
    "chargeback": N_("Chargeback"),
    "claimed": N_("Refund claimed"),
    "subscription_canceled": N_("Subscription cancelled"),
    "subscription_delayed": N_("Subscription overdue"),
    "uncanceled": N_("Subscription resumed"),
    "extended": N_("Subscription extended"),
    "all_charges_paid": N_("Subscription ended, all charges paid"),
    "card_exchanged": N_("Card updated"),
    "trial": N_("Trial period"),
    "trial_started": N_("Trial started"),
    "trial_ended": N_("Trial ended"),
    "close": N_("Closed"),
    "processing": N_("Being processed"),
    "delayed": N_("Payment overdue"),
    "canceled": N_("Cancelled"),
    "aborted": N_("Aborted"),
}
# Which events a chart draws together, in the order of its columns.
EVENT_GROUPS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "paid": (N_("Paid"), ("authorized", "all_charges_paid", "extended", "uncanceled")),
    "waiting": (
        N_("Waiting"),
        (
            "waiting_payment",
            "pix_created",
            "bank_slip_created",
            "processing",
            "trial",
            "trial_started",
        ),
    ),
    "lost": (
        N_("Not paid"),
        (
            "abandoned_cart",
            "pix_expired",
            "bank_slip_delayed",
            "refused",
            "subscription_delayed",
            "delayed",
            "aborted",
        ),
    ),
    "returned": (
        N_("Refunded or cancelled"),
        ("refunded", "chargeback", "claimed", "subscription_canceled", "canceled"),
    ),
}
OTHER_EVENTS: Final = N_("Others")
# What became of an order: what it is called, what that means, and its colour.
OUTCOMES: Final[dict[str, tuple[str, str, str]]] = {
    "applied": (N_("Applied"), N_("Its rules have been carried out."), "good"),
    "left_list": (
        N_("Tagged, not subscribed"),
        N_("The buyer has left the list, and is not subscribed again."),
        "warn",
    ),
    "repeated": (N_("Repeated"), N_("It has been applied already, so nothing is done twice."), ""),
    "stale": (N_("Out of date"), N_("Something newer of the same order has been applied."), ""),
    "outdated": (
        N_("Already bought"),
        N_("The buyer holds a paid order of the product, so nobody chases them."),
        "",
    ),
    "ignored": (N_("No rule"), N_("No rule is fired by it."), ""),
    "rejected": (N_("Rejected"), N_("No rule could be applied to it."), "bad"),
    "waiting": (N_("Waiting"), N_("The target has not come to it yet."), "main"),
}
EVENT_KINDS: Final = {"paid": "good", "waiting": "main", "lost": "warn", "returned": "bad"}

TYPES: Final[dict[str, str]] = {
    "first_sale": N_("First sale"),
    "renewal": N_("Renewal"),
    "credit_card": N_("Credit card"),
    "pix": N_("Pix"),
    "bank_slip": N_("Boleto"),
}
SOURCES: Final[dict[str, str]] = {
    "main": N_("Main product"),
    "bump": N_("Order bump"),
    "producer": N_("Sold by the producer"),
    "affiliate": N_("Sold by an affiliate"),
}
ACTIONS: Final[dict[str, str]] = {
    "add": N_("Add to the list and give tags"),
    "remove": N_("Remove from the list and take tags off"),
}
PHONE_FORMATS: Final[dict[str, str]] = {
    "e164": N_("International: +5511987654321"),
    "ddi_ddd_number": N_("With country and area code: 5511987654321"),
    "ddd_number": N_("With area code: 11987654321"),
    "number": N_("Number only: 987654321"),
    "masked_national": N_("With mask: (11) 98765-4321"),
    "masked_international": N_("With country code and mask: +55 (11) 98765-4321"),
    "trunk_ddd_number": N_("With 0 and area code: 011987654321"),
    "none": N_("Do not send the phone"),
}
IF_BOUGHT: Final[dict[str, str]] = {
    "skip": N_("Do nothing (nobody is chased for what they have bought)"),
    "apply": N_("Apply the rule all the same"),
}
# What orders offer for contact fields: path -> what it is.
FIELD_PATHS: Final[dict[str, str]] = {
    "customer.cpf || customer.cnpj": N_("CPF or CNPJ"),
    "customer.cpf": N_("CPF"),
    "item.product_name": N_("Product"),
    "item.offer_name": N_("Offer"),
    "order.hash": N_("Order code"),
    "order.order_date": N_("Order date"),
    "order.paid_amount|brl": N_("Amount paid, in reais"),
    "payment_method": N_("Payment method"),
    "checkout_url": N_("Link of the checkout"),
    "transaction.bank_slip_url": N_("Link of the boleto"),
    "transaction.bank_slip_code": N_("Code of the boleto"),
    "transaction.pix_qr_code": N_("Pix code (copy and paste)"),
    "transaction.pix_url": N_("Link of the pix"),
    "item.coupon_name": N_("Coupon"),
    "subscriptions.next_charge": N_("Next charge"),
    "subscriptions.change_card_url": N_("Link to change the card"),
    "customer.address.city": N_("City"),
    "customer.address.state": N_("State"),
    "tracking.utm_source": "utm_source",
    "tracking.utm_medium": "utm_medium",
    "tracking.utm_campaign": "utm_campaign",
    "tracking.utm_content": "utm_content",
    "tracking.src": "src",
}


def options(
    _: Language, labels: Mapping[str, str], others: Iterable[str] = ()
) -> list[tuple[str, str]]:
    """Return names and labels in the order of the labels, then names that have none."""
    known = [(name, _(label)) for name, label in labels.items()]
    return known + [(name, name) for name in others if name not in labels]


def label(_: Language, labels: Mapping[str, str], name: str) -> str:
    """Return the label of a name, or the name where there is none."""
    return _(labels[name]) if name in labels else name


def kind_of_event(event: str) -> str:
    """Return the colour of an event: ``good``, ``main``, ``warn``, ``bad`` or none."""
    for group, (_, events) in EVENT_GROUPS.items():
        if event in events:
            return EVENT_KINDS[group]
    return ""
