# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What documentation is read, and what is refused."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from scripts.options.document import DocumentationError, Module, Option, read_fragment, read_module

HEAD = """
module: thing
short_description: A thing
version_added: 0.3.0
"""


def module_of(folder: Path, options: str, *, head: str = HEAD, main: str = "def main() -> None: ...") -> Module:
    path = folder / "thing.py"
    path.write_text(
        f'DOCUMENTATION = r"""{head}options:\n{textwrap.indent(textwrap.dedent(options), "  ")}"""\n{main}\n'
    )
    return read_module(path)


def option_of(folder: Path, options: str) -> Option:
    (option,) = module_of(folder, options).options
    return option


def test_an_option_is_what_its_documentation_says(tmp_path: Path) -> None:
    option = option_of(tmp_path, "mode: {description: [How., Always.], type: str, choices: [a, b], default: a}")
    assert option == Option(name="mode", description=("How.", "Always."), type="str", choices=("a", "b"), default="a")


def test_suboptions_are_options(tmp_path: Path) -> None:
    option = option_of(
        tmp_path,
        """
        parts:
          description: Parts.
          type: list
          elements: dict
          suboptions:
            name: {description: Its name., type: str, required: true}
        """,
    )
    assert option.suboptions == (Option(name="name", description=("Its name.",), type="str", required=True),)


def test_the_default_of_a_float_is_one(tmp_path: Path) -> None:
    default = option_of(tmp_path, "rate: {description: A rate., type: float, default: 5}").default
    assert isinstance(default, float)


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("The VPC. Required if O(state=present). Really.", (("state", "present"),)),
        ("[Required if O(state=present)., Required if O(kind=a).]", (("state", "present"), ("kind", "a"))),
        ("Needed for O(state=present).", ()),
        ("Not required if O(state=present).", ()),
    ],
)
def test_the_usual_sentence_makes_an_option_required(
    tmp_path: Path, text: str, conditions: tuple[tuple[str, str], ...]
) -> None:
    assert option_of(tmp_path, f"vpc_id: {{description: {text}, type: str}}").required_if == conditions


@pytest.mark.parametrize(
    ("suboptions", "applies"),
    [
        ("{a: {description: A., type: int, default: 1}}", True),
        ("{a: {description: A., type: int, default: 1}, b: {description: B., type: int}}", True),
        ("{a: {description: A., type: int, default: 0}}", True),
        ("{a: {description: A., type: int}}", False),
        ("{a: {description: A., type: int, default: 1}, b: {description: B., type: int, required: true}}", False),
    ],
)
def test_a_dict_has_the_defaults_of_its_suboptions_unless_one_must_be_given(
    tmp_path: Path, suboptions: str, applies: bool
) -> None:
    option = option_of(tmp_path, f"check: {{description: A check., type: dict, suboptions: {suboptions}}}")
    assert option.applies_defaults is applies


def test_a_list_applies_no_defaults(tmp_path: Path) -> None:
    suboptions = "{a: {description: A., type: int, default: 1}}"
    text = f"parts: {{description: Parts., type: list, elements: dict, suboptions: {suboptions}}}"
    assert not option_of(tmp_path, text).applies_defaults


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("{description: A., type: string}", "no type that Ansible knows"),
        ("{description: A.}", "no type that Ansible knows"),
        ("{description: A., type: list}", "has elements"),
        ("{description: A., type: str, elements: str}", "has elements"),
        ("{type: str}", "no description"),
        ("{description: A., type: str, aliases: [b]}", "aliases is not supported"),
        ("{description: A., type: dict, suboptions: {b: {type: str}}}", r"thing\.a\.b: has no description"),
    ],
)
def test_what_no_spec_can_be_made_of_is_refused(tmp_path: Path, option: str, message: str) -> None:
    with pytest.raises(DocumentationError, match=message):
        module_of(tmp_path, f"a: {option}")


def test_a_module_without_documentation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "thing.py"
    path.write_text("EXAMPLES = ''\n")
    with pytest.raises(DocumentationError, match="has no DOCUMENTATION"):
        read_module(path)


def test_a_module_says_what_it_shares_with_others(tmp_path: Path) -> None:
    option = "a: {description: A., type: str}"
    alone = module_of(tmp_path, option)
    assert (alone.is_layer, alone.is_action) == (False, False)
    head = HEAD + "extends_documentation_fragment: [everlook.failover.layer, amazon.aws.boto3]\n"
    layer = module_of(tmp_path, option, head=head, main="")
    assert (layer.is_layer, layer.is_action) == (True, True)


def test_a_fragment_is_read_like_a_module(tmp_path: Path) -> None:
    path = tmp_path / "layer.py"
    path.write_text(
        'class ModuleDocFragment:\n    DOCUMENTATION = r"""\noptions:\n  a: {description: A., type: bool}\n"""\n'
    )
    assert read_fragment(path) == (Option(name="a", description=("A.",), type="bool"),)


def test_options_of_fragments_are_the_modules_own(tmp_path: Path) -> None:
    fragment = tmp_path / "doc_fragments" / "shared.py"
    fragment.parent.mkdir()
    parts = [
        f'    {part} = r"""\noptions:\n  {name}: {{description: It., type: str}}\n"""\n'
        for part, name in (("DOCUMENTATION", "a"), ("MORE", "b"))
    ]
    fragment.write_text(f"class ModuleDocFragment:\n{''.join(parts)}")
    (tmp_path / "modules").mkdir()
    names = "[everlook.failover.shared, everlook.failover.shared.more, amazon.aws.boto3]"
    head = f"{HEAD}extends_documentation_fragment: {names}\n"
    found = module_of(tmp_path / "modules", "c: {description: Its own., type: str}", head=head)
    assert [option.name for option in found.options] == ["a", "b", "c"]
