"""Segmentation rules: read and checked once, then matched against orders by pure functions."""

from __future__ import annotations

from target_activecampaign.segmentation.load import hints_of, load_rule_sets
from target_activecampaign.segmentation.match import matching_rules, may_match, reason_against
from target_activecampaign.segmentation.rule import Rule, RuleSet

__all__ = [
    "Rule",
    "RuleSet",
    "hints_of",
    "load_rule_sets",
    "matching_rules",
    "may_match",
    "reason_against",
]
