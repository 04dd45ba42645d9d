# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer ecr: what its options refuse, what never expires, and whose rules of replication it changes."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.everlook.failover.plugins.module_utils._ecr.images import Image, Stored, images_in, mark
from ansible_collections.everlook.failover.plugins.module_utils._ecr.layer import LAYER, left, outputs
from ansible_collections.everlook.failover.plugins.module_utils._ecr.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._ecr.resources import (
    lifecycle_policy,
    replication_rule,
    repository_policy,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecr.resources.repository import Repository
from ansible_collections.everlook.failover.plugins.module_utils._ecr.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._ecr.spec import Lifecycle, Spec, parse
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from sandbox.overlay.registry.lifecycle import Candidate, expired

ACCOUNT = "111111111111"
URI = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/01234567-89ab-cdef-0123-456789abcdef"
EMPTY = Snapshot(account=ACCOUNT)


def spec(**params: t.Any) -> Spec:
    options = {"stack": "hello", "environment": "dev", "account_id": ACCOUNT, "repositories": ["hello"]}
    validated = ArgumentSpecValidator(LAYER.job.argument_spec).validate({**options, **params})
    assert not validated.error_messages
    return parse(validated.validated_parameters, "us-east-1")


def repository(name: str = "hello", tags: t.Mapping[str, str] | None = None, **values: t.Any) -> Repository:
    own = spec(repositories=[name]).owner.tags(f"repository/{name}")
    return Repository(
        name=name,
        arn=f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{name}",
        uri=f"{URI}/{name}",
        values={"tag_mutability": "IMMUTABLE", "scan_on_push": True, "kms_key_arn": "", **values},
        tags=own if tags is None else tags,
    )


def converged(**more: t.Any) -> Snapshot:
    snapshot = Snapshot(
        account=ACCOUNT,
        repositories={"hello": repository()},
        images={"hello": ()},
        lifecycle={"hello": lifecycle_policy.document(Lifecycle(untagged_days=14, keep_images=0))},
    )
    return dataclasses.replace(snapshot, **more)


def changes(wanted: Spec, snapshot: Snapshot) -> dict[str, str]:
    """Address → action and reason."""
    return {change.address: f"{change.action.value}: {change.reason}" for change in plan(wanted, snapshot).changes}


@pytest.mark.parametrize(
    ("params", "option", "words"),
    [
        ({"repositories": []}, "repositories", "names no repository"),
        ({"repositories": ["Hello"]}, "repositories", "'Hello' cannot be the name"),
        ({"repositories": ["h"]}, "repositories", "'h' cannot be the name"),
        ({"repositories": ["a//b"]}, "repositories", "'a//b' cannot be the name"),
        ({"repositories": ["a" * 256]}, "repositories", "too long by 23 for the tag Name"),
        ({"kms_key_arn": "alias/mine"}, "kms_key_arn", "not the ARN of a key in us-east-1"),
        ({"kms_key_arn": KEY.replace("us-east-1", "us-west-1")}, "kms_key_arn", "not the ARN of a key in us-east-1"),
        ({"untagged_days": -1}, "untagged_days", "less than 0"),
        ({"keep_images": -1}, "keep_images", "less than 0"),
        ({"pull_accounts": ["333"]}, "pull_accounts", "not the id of an account"),
        ({"pull_accounts": ["333333333333"], "keep_images": 50}, "keep_images", "what they run is not known here"),
        (
            {"pull_accounts": ["333333333333"], "tag_mutability": "MUTABLE"},
            "untagged_days",
            "an image loses a tag that is pushed again",
        ),
        ({"replicate_to": ["us-east-1"]}, "replicate_to", "'us-east-1' is not another region"),
        ({"replicate_to": ["nowhere"]}, "replicate_to", "'nowhere' is not another region"),
        ({"replicate_to": [f"us-east-{i // 10}{i % 10}" for i in range(26)]}, "replicate_to", "not another region"),
        ({"replicate_to": ["us-west-1"], "repositories": [f"a{i}" for i in range(101)]}, "repositories", "101 names"),
        ({"services": ["network"]}, "services", "reserved"),
    ],
)
def test_what_aws_would_refuse_is_refused_by_its_option(params: dict[str, t.Any], option: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        spec(**params)
    assert caught.value.option == option


def test_names_that_aws_takes_are_taken() -> None:
    names = ["hello", "team/hello", "a.b_c-d", "a__b", "a--b/c1"]
    assert spec(repositories=names).repositories == tuple(names)


def test_an_empty_account_gets_repository_and_lifecycle() -> None:
    assert changes(spec(), EMPTY) == {
        "repository/hello": "create: missing",
        "lifecycle_policy/hello": "create: missing",
    }
    assert changes(spec(), converged()) == {}


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"tag_mutability": "IMMUTABLE_WITH_EXCLUSION"}, "tag_mutability"), ({"scan_on_push": False}, "scan_on_push")],
)
def test_settings_of_a_repository_are_put_right(values: dict[str, t.Any], reason: str) -> None:
    snapshot = converged(repositories={"hello": repository(**values)})
    assert changes(spec(), snapshot) == {"repository/hello": f"update: differs in {reason}"}


def test_another_encryption_is_an_error_since_images_would_go() -> None:
    with pytest.raises(SpecError, match=f"encrypted with {KEY}, which AWS cannot change"):
        plan(spec(), converged(repositories={"hello": repository(kms_key_arn=KEY)}))
    with pytest.raises(SpecError, match="encrypted with AES-256"):
        plan(spec(kms_key_arn=KEY), converged())


def test_a_repository_of_others_is_an_error_and_left_by_a_removal() -> None:
    snapshot = converged(repositories={"hello": repository(tags={"Team": "blue"})})
    with pytest.raises(ConflictError, match="the repository hello exists in us-east-1"):
        plan(spec(), snapshot)
    absent = spec(state="absent")
    assert changes(absent, snapshot) == {}
    assert [item["name"] for item in left(absent, snapshot)] == ["hello"]


IMAGE = Stored(digest=f"sha256:{'a' * 64}", tags=frozenset({"1"}))


def test_a_removal_leaves_images_unless_they_are_given_up() -> None:
    full = converged(images={"hello": (IMAGE,)})
    kept = spec(state="absent")
    assert changes(kept, full) == {}
    assert outputs(kept, full, Known("us-east-1"))["kept"] == ["hello"]
    assert changes(kept, converged()) == {"repository/hello": "delete: state is absent"}
    (change,) = plan(spec(state="absent", delete_images=True), full).changes
    assert change.data.force is True
    (change,) = plan(kept, converged()).changes
    assert change.data.force is False


def test_images_are_known_by_tag_and_by_digest() -> None:
    digest = f"sha256:{'b' * 64}"
    assert images_in(
        [f"{URI}/team/hello:1.4", f"{URI}/hello@{digest}", f"{URI}/hello:2@{digest}", f"{URI}/bare", "nginx:1", ""]
    ) == {
        Image(ACCOUNT, "us-east-1", "team/hello", "1.4"),
        Image(ACCOUNT, "us-east-1", "hello", digest),
        Image(ACCOUNT, "us-east-1", "bare", "latest"),
    }
    assert spec(images=[f"{ACCOUNT}.dkr.ecr.{{region}}.amazonaws.com/hello:3"]).images == {
        Image(ACCOUNT, "us-east-1", "hello", "3")
    }


def stored(number: int, *tags: str, day: int = 0) -> Stored:
    digest = f"sha256:{number:064x}"[:71]
    pushed = datetime.datetime.fromtimestamp(day * 86400, datetime.UTC)
    return Stored(digest=f"sha256:{number:02x}{digest[9:]}", tags=frozenset(tags), pushed=pushed)


def marked(number: int, *tags: str, day: int = 0) -> Stored:
    image = stored(number, *tags, day=day)
    return dataclasses.replace(image, tags=image.tags | {mark(spec().owner, image.digest)})


def deployed(*which: str, account: str = ACCOUNT, region: str = "us-east-1") -> frozenset[Image]:
    return frozenset(Image(account, region, "hello", each) for each in which)


def tag_changes(wanted: Spec, snapshot: Snapshot) -> dict[str, list[str]]:
    """Action → digests."""
    found: dict[str, list[str]] = {"create": [], "delete": []}
    for change in plan(wanted, snapshot).changes:
        if change.kind == "image_tag":
            found[change.action.value].append(change.data.digest)
    return found


def test_what_is_deployed_gets_a_tag_before_anything_can_expire() -> None:
    new, runs, before, other = stored(1, "3"), stored(2, "2"), stored(3), stored(4, "1")
    snapshot = converged(
        images={"hello": (new, runs, before, other)},
        deployed=deployed("2", before.digest)
        | deployed("1", account="999999999999")
        | deployed("1", region="eu-west-1"),
    )
    wanted = spec(images=[f"{URI}/hello:3", f"{URI}/hello:not-pushed"], keep_images=1)
    assert tag_changes(wanted, snapshot)["create"] == [new.digest, runs.digest, before.digest]
    (policy,) = [change for change in plan(wanted, snapshot).changes if change.kind == "lifecycle_policy"]
    assert {f"image_tag/hello:{mark(wanted.owner, each.digest)}" for each in (new, runs, before)} < policy.needs
    assert tag_changes(spec(untagged_days=0), snapshot) == {"create": [], "delete": []}


def test_ten_are_kept_and_never_one_that_is_deployed_or_has_no_other_tag() -> None:
    former = [marked(number, str(number), day=number) for number in range(10)]
    runs = stored(20, "20", day=20)
    snapshot = converged(images={"hello": (*former, runs)}, deployed=deployed("20", "0"))
    found = tag_changes(spec(), snapshot)
    assert found == {"create": [runs.digest], "delete": [former[1].digest]}
    alone = dataclasses.replace(former[1], tags=former[1].tags - {"1"})
    snapshot = converged(images={"hello": (former[0], alone, *former[2:], runs)}, deployed=deployed("20", "0"))
    assert tag_changes(spec(), snapshot)["delete"] == [former[2].digest]
    # Whatever somebody has called deployed-… is not ours to take away.
    foreign = [stored(number, f"deployed-{number}", str(number)) for number in range(30, 50)]
    snapshot = converged(images={"hello": (*former, *foreign)}, deployed=deployed("0"))
    assert tag_changes(spec(), snapshot) == {"create": [], "delete": []}


@pytest.mark.parametrize("params", [{"keep_images": 1}, {"untagged_days": 1}, {"keep_images": 1, "untagged_days": 1}])
def test_no_policy_expires_what_has_the_tag(params: dict[str, int]) -> None:
    """By AWS's evaluation rules, as the local AWS has them: also the oldest, and with one tag or with several."""
    kept = [marked(number, day=-number) for number in range(3)] + [marked(4, "v1", day=-400), marked(5, day=-500)]
    others = [stored(number, *tags, day=-number) for number in range(10, 30) for tags in ((), (str(number),))]
    images = [
        Candidate(f"{place} {each.digest}", each.tags, each.pushed.timestamp() if each.pushed else 0)
        for place, each in enumerate((*kept, *others))
    ]
    document = lifecycle_policy.document(spec(**params).lifecycle)
    gone = expired(document, images, 86400.0)
    assert gone
    assert not gone & {image.digest for image in images[: len(kept)]}


def test_a_lifecycle_that_expires_nothing_is_no_policy() -> None:
    assert changes(spec(untagged_days=0), converged()) == {"lifecycle_policy/hello": "delete: nothing should expire"}
    assert changes(spec(untagged_days=0), converged(lifecycle={})) == {}
    assert changes(spec(keep_images=5), converged()) == {"lifecycle_policy/hello": "update: differs in rules"}


def test_who_may_pull_is_left_alone_unless_it_is_said() -> None:
    policy = repository_policy.document(["333333333333"], "us-east-1")
    other = converged(policies={"hello": {"Version": "2012-10-17", "Statement": []}})
    assert changes(spec(), other) == {}
    named = spec(pull_accounts=["333333333333"])
    assert changes(named, converged()) == {"repository_policy/hello": "create: missing"}
    assert changes(named, other) == {"repository_policy/hello": "update: differs in Statement"}
    there = converged(policies={"hello": policy})
    assert changes(named, there) == {}
    assert changes(spec(pull_accounts=[]), there) == {"repository_policy/hello": "delete: pull_accounts is empty"}


Rule = dict[str, t.Any]


def rule(*names: str, regions: t.Sequence[str] = ("us-west-1",), account: str = ACCOUNT) -> Rule:
    filters = [{"filter": name, "filterType": "PREFIX_MATCH"} for name in names]
    places = [{"region": region, "registryId": account} for region in regions]
    return {"destinations": places, **({"repositoryFilters": filters} if filters else {})}


# Of everything, of others', of ours together with others', and of ours to another account
FOREIGN = [rule(), rule("other"), rule("hello", "other"), rule("hello", account="999999999999"), rule("hel")]
REPLICATED = {"replicate_to": ["us-west-1"]}


def put(wanted: Spec, snapshot: Snapshot) -> list[Rule]:
    """All rules after the change."""
    (change,) = [change for change in plan(wanted, snapshot).changes if change.kind == "replication_rule"]
    return [dict(each) for each in replication_rule.merged(snapshot.rules, change.data)]


def test_only_the_rule_of_the_stack_is_added_changed_and_removed() -> None:
    assert put(spec(**REPLICATED), converged(rules=tuple(FOREIGN))) == [*FOREIGN, rule("hello")]
    there = converged(rules=(*FOREIGN[:2], rule("hello"), *FOREIGN[2:]))
    assert changes(spec(**REPLICATED), there) == {}
    assert put(spec(replicate_to=["eu-west-1"]), there)[2] == rule("hello", regions=["eu-west-1"])
    assert put(spec(), there) == FOREIGN
    assert put(spec(state="absent"), there) == FOREIGN
    assert changes(spec(), converged(rules=tuple(FOREIGN))) == {}


def test_the_rule_of_another_environment_with_the_same_repositories_is_left_by_a_removal() -> None:
    theirs = repository(tags=spec(environment="prod").owner.tags("repository/hello"))
    there = converged(repositories={"hello": theirs}, rules=(rule("hello"),))
    assert changes(spec(state="absent"), there) == {}
    # What a removal has left that was killed behind the repository is still its own.
    assert put(spec(state="absent"), converged(repositories={}, rules=(rule("hello"),))) == []


def test_a_repository_that_is_not_named_any_more_leaves_the_rule() -> None:
    there = converged(rules=(rule("hello", "former"),), former=frozenset({"former"}))
    assert put(spec(**REPLICATED), there) == [rule("hello")]


def test_repositories_of_others_whose_names_begin_alike_would_be_copied() -> None:
    alike = converged(neighbours=frozenset({"hello", "hello-other"}))
    with pytest.raises(ConflictError, match="hello-other in us-east-1 would be one of them"):
        plan(spec(**REPLICATED), alike)
    plan(spec(**REPLICATED), converged(neighbours=frozenset({"hello", "other-hello"})))
    plan(spec(), alike)


def test_a_registry_has_room_for_ten_rules() -> None:
    full = converged(rules=tuple(rule(f"other{number}") for number in range(10)))
    with pytest.raises(ConflictError, match="11 rules of replication, and AWS allows 10"):
        plan(spec(**REPLICATED), full)
    many = converged(rules=(rule("other", regions=[f"r-{number}" for number in range(25)]),))
    with pytest.raises(ConflictError, match="26 destinations of replication, and AWS allows 25"):
        plan(spec(**REPLICATED), many)
