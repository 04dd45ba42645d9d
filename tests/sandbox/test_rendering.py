# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers are what moto and xmltodict make of the same objects."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st
from moto.core.serialize import AttributePickerContext, QuerySerializer, XFormedAttributePicker, never_return
from moto.core.utils import get_service_model

from sandbox.rendering import Members, unparse

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5) | st.sampled_from(["", "<&>", "\"'", "true"])
SCALARS = st.none() | st.booleans() | st.integers() | TEXT
CONTENT = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).filter(lambda items: not any(isinstance(item, list) for item in items))
        | st.dictionaries(st.sampled_from(["member", "Key", "item"]), inner, max_size=3)
        | st.fixed_dictionaries({"@xmlns": TEXT, "#text": TEXT})
        | st.fixed_dictionaries({"@xsi:type": TEXT, "Owner": inner})
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["Name", "tagSet"]), CONTENT, max_size=2), st.booleans(), st.booleans())
def test_a_document_is_the_one_of_xmltodict(content: dict[str, Any], whole: bool, short: bool) -> None:
    document = {"Response": content}
    expected = xmltodict.unparse(document, full_document=whole, short_empty_elements=short)
    assert unparse(document, full_document=whole, short_empty_elements=short) == expected


class LoadBalancer:
    """An object of moto's: names with underscores, without the class's own name, and one that it declares."""

    class Meta:
        """moto's place for it."""

        serialization_aliases: ClassVar = {"Type": "loadbalancer_type", "VpcId": "network.id"}

    def __init__(self) -> None:
        self.arn = "arn:of-it"
        self.dns_name = "name.example"
        self.Scheme = "internal"
        self.loadbalancer_type = "application"
        self.network = {"id": "vpc-1"}


@pytest.mark.parametrize("value", [LoadBalancer(), {"Scheme": "internal", "dns_name": "name.example"}, {}])
def test_a_member_is_the_one_that_moto_picks(value: Any) -> None:
    operation = get_service_model("elbv2").operation_model("DescribeLoadBalancers")
    picker = XFormedAttributePicker(response_transformers={"Answer.Scheme": never_return})
    serializer = QuerySerializer(operation, value_picker=picker)
    serializer.path.append("Answer")
    shape = operation.output_shape.members["LoadBalancers"].member
    members = Members()
    for key, member in shape.members.items():
        member.parent = shape
        context = AttributePickerContext(value, key, member, key_path=".".join(serializer.path))
        # The second time with the names that are known
        assert [members.value(serializer, value, key, member) for _ in range(2)] == [picker(context)] * 2
