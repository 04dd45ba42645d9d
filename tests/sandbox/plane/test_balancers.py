# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers listen: they forward, redirect, refuse, and drop what their security groups keep out."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.plane.certificates import self_signed
from sandbox.process import Daemon
from tests.sandbox.overlay.helpers import create_balancer, create_target_group
from tests.sandbox.plane.stacks import NAME, PORT, Stack, ask
from tests.waiting import eventually


@pytest.fixture
def stack(plane: Sandbox) -> Stack:
    return Stack(plane).set_up()


def forms(hosts: list[str] | None = None, paths: list[str] | None = None) -> list[dict[str, Any]]:
    """Conditions on the host or the path."""
    found = []
    if hosts:
        found.append({"Field": "host-header", "HostHeaderConfig": {"Values": hosts}})
    if paths:
        found.append({"Field": "path-pattern", "PathPatternConfig": {"Values": paths}})
    return found


def fixed(status: int, body: str = "") -> dict[str, Any]:
    config = {"StatusCode": str(status), "ContentType": "text/plain", "MessageBody": body}
    return {"Type": "fixed-response", "FixedResponseConfig": config}


def test_every_node_forwards_to_every_target_in_turn(stack: Stack) -> None:
    stack.serve()
    assert len(stack.nodes()) == 2
    for node in (0, 1):
        seen = [stack.get(node=node).facts["task"] for _ in range(4)]
        assert seen[:2] == seen[2:]
        assert len(set(seen)) == 2


def test_nobody_listens_before_the_load_balancer_is_active_or_after_its_end(stack: Stack) -> None:
    stack.serve()
    (node, _other) = stack.nodes()
    port = stack.aws.network().get("EVERLOOK_FAILOVER_PORT_SHIFT", "0")
    place = (node, 80 + int(port))

    def refused() -> bool:
        with socket.socket() as trial:
            trial.settimeout(5)
            return trial.connect_ex(place) != 0

    assert not refused()
    stack.client("elbv2").delete_load_balancer(LoadBalancerArn=stack.balancer)
    eventually(refused)


def test_without_targets_it_answers_503(stack: Stack) -> None:
    answer = eventually(stack.get, lambda found: found.status > 0)
    assert (answer.status, answer.headers["server"]) == (503, "awselb/2.0")


def test_what_the_api_says_of_targets_holds_for_the_very_next_request(stack: Stack) -> None:
    eventually(stack.get, lambda found: found.status > 0)
    (task,) = stack.client("ecs").run_task(
        cluster=NAME, taskDefinition=stack.define(), networkConfiguration=stack.network
    )["tasks"]
    details = {item["name"]: item["value"] for known in task["attachments"] for item in known["details"]}
    eventually(stack.tasks, lambda found: [known["lastStatus"] for known in found] == ["RUNNING"])
    elb, target = stack.client("elbv2"), {"Id": details["privateIPv4Address"]}
    node, port = stack.nodes()[0], 80 + int(stack.aws.network().get("EVERLOOK_FAILOVER_PORT_SHIFT", "0"))
    statuses = []
    for _ in range(5):
        elb.register_targets(TargetGroupArn=stack.target_group, Targets=[target])
        statuses.append(ask(node, port, "/", "GET", 5).status)
        eventually(stack.states, lambda found: found == ["healthy"], pause=0)
        statuses.append(ask(node, port, "/", "GET", 5).status)
        elb.deregister_targets(TargetGroupArn=stack.target_group, Targets=[target])
        statuses.append(ask(node, port, "/", "GET", 5).status)
    assert statuses == [200, 200, 503] * 5


def test_rules_route_by_host_and_path_in_the_order_of_priority(stack: Stack) -> None:
    elb = stack.client("elbv2")
    listed = [
        (30, forms(paths=["/a/*"]), "path"),
        (10, forms(["*.x.org"], ["/a/*"]), "both"),
        (20, forms(["b.x.org"]), "host"),
    ]
    for priority, conditions, body in listed:
        elb.create_rule(
            ListenerArn=stack.listener, Priority=priority, Conditions=conditions, Actions=[fixed(200, body)]
        )
    stack.serve()
    asked = {
        ("c.x.org", "/a/1"): "both",
        ("b.x.org", "/b"): "host",
        ("B.X.org:8080", "/a/1"): "both",
        ("other", "/a/1"): "path",
    }
    found = {(host, path): stack.get(path, headers={"Host": host}).body.decode() for host, path in asked}
    assert found == asked
    assert stack.get("/", headers={"Host": "other"}).facts["region"] == stack.region
    (highest,) = [rule for rule in elb.describe_rules(ListenerArn=stack.listener)["Rules"] if rule["Priority"] == "10"]
    elb.delete_rule(RuleArn=highest["RuleArn"])
    eventually(lambda: stack.get("/a/1", headers={"Host": "c.x.org"}).body, lambda body: body == b"path")


def test_redirects_and_fixed_responses(stack: Stack) -> None:
    stack.admit(8081)
    secure = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    stack.listen({"Type": "redirect", "RedirectConfig": secure}, port=8081)
    answer = eventually(
        lambda: stack.get("/p?q=1", port=8081, headers={"Host": "a.org"}), lambda found: found.status > 0
    )
    assert (answer.status, answer.headers["location"]) == (301, "https://a.org:443/p?q=1")
    stack.client("elbv2").modify_listener(ListenerArn=stack.listener, DefaultActions=[fixed(418, "tea")])
    answer = eventually(stack.get, lambda found: found.status == 418)
    assert answer.body == b"tea"


def shown(stack: Stack, name: str | None, node: str = "") -> bytes:
    """The certificate that a client gets which asks for a name; nothing when there is no listener yet."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((node or stack.nodes()[0], 8443), 5) as plain,
            context.wrap_socket(plain, server_hostname=name) as secure,
        ):
            return secure.getpeercert(binary_form=True) or b""
    except OSError:
        return b""


def test_of_the_certificates_a_client_gets_the_one_it_asks_for(stack: Stack) -> None:
    acm, elb = stack.client("acm"), stack.client("elbv2")
    pairs = [self_signed(name) for name in ("one.example.com", "*.two.example.com", "three.example.com")]
    arns = [acm.import_certificate(Certificate=cert, PrivateKey=key)["CertificateArn"] for cert, key in pairs]
    stack.admit(8443)
    default = [{"CertificateArn": arns[0]}]
    listener = stack.listen(fixed(200, "x"), port=8443, protocol="HTTPS", Certificates=default)
    assert b"one.example.com" in eventually(lambda: shown(stack, None))
    elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": arns[1]}])
    assert b"*.two.example.com" in eventually(lambda: shown(stack, "a.two.example.com"), lambda found: b"two" in found)
    assert b"one.example.com" in shown(stack, "a.b.two.example.com")
    elb.modify_listener(ListenerArn=listener, Certificates=[{"CertificateArn": arns[2]}])
    eventually(lambda: shown(stack, "one.example.com"), lambda found: b"three.example.com" in found)


def test_headers_and_versions_of_an_https_listener(stack: Stack) -> None:
    elb = stack.client("elbv2")
    certificate, key = self_signed("one.example.com")
    arn = stack.client("acm").import_certificate(Certificate=certificate, PrivateKey=key)["CertificateArn"]
    stack.admit(8443)
    listener = stack.listen(fixed(200, "x"), port=8443, protocol="HTTPS", Certificates=[{"CertificateArn": arn}])
    pair = {"Key": "routing.http.response.strict_transport_security.header_value", "Value": "max-age=300"}
    elb.modify_listener_attributes(ListenerArn=listener, Attributes=[pair])
    node = stack.nodes()[0]

    def header(newest: ssl.TLSVersion) -> str:
        context = ssl._create_unverified_context()
        context.maximum_version = newest
        connection = http.client.HTTPSConnection(node, 8443, timeout=5, context=context)
        try:
            connection.request("GET", "/")
            return connection.getresponse().headers.get("Strict-Transport-Security") or "none"
        except OSError:
            return "refused"
        finally:
            connection.close()

    eventually(lambda: header(ssl.TLSVersion.TLSv1_2), lambda found: found == "max-age=300")
    assert header(ssl.TLSVersion.TLSv1_3) == "max-age=300"
    elb.modify_listener(ListenerArn=listener, SslPolicy="ELBSecurityPolicy-TLS13-1-3-2021-06")
    # In between it refuses both for a moment: another policy is another socket here.
    newer, older = ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2
    eventually(lambda: (header(newer), header(older)), lambda found: found == ("max-age=300", "refused"))


def test_https_listeners_speak_tls(stack: Stack) -> None:
    acm = stack.client("acm")
    certificate, key = self_signed("secure.example.com")
    arn = acm.import_certificate(Certificate=certificate, PrivateKey=key)["CertificateArn"]
    stack.admit(8443)
    stack.listen(fixed(200, "secret"), port=8443, protocol="HTTPS", Certificates=[{"CertificateArn": arn}])
    node = stack.nodes()[0]

    def names() -> bytes:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with socket.create_connection((node, 8443), 5) as plain, context.wrap_socket(plain) as secure:
                return secure.getpeercert(binary_form=True) or b""
        except OSError:
            return b""

    assert b"secure.example.com" in eventually(names)
    connection = http.client.HTTPSConnection(node, 8443, timeout=5, context=ssl._create_unverified_context())
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"secret"
    connection.close()


def test_with_all_targets_unhealthy_it_fails_open(stack: Stack) -> None:
    stack.serve()
    for address in stack.targets():
        stack.aws.observe("target", address, "unhealthy")
    eventually(stack.states, lambda found: found == ["unhealthy", "unhealthy"])
    assert {stack.get().status for _ in range(4)} == {200}


def test_an_unhealthy_target_gets_no_requests(stack: Stack) -> None:
    stack.serve()
    lost = sorted(stack.targets())[0]
    stack.aws.observe("target", lost, "unhealthy")
    eventually(lambda: {stack.get().facts["task"] for _ in range(4)}, lambda found: len(found) == 1)


# A target that does what its path says.
_PROGRAM = """
import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Odd(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        found = {"headers": {name.lower(): value for name, value in self.headers.items()}, "body": len(body)}
        content = json.dumps(found).encode()
        self.send_response(201)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\\r\\n%s\\r\\n0\\r\\n\\r\\n" % (len(content), content))

    def do_GET(self):
        if self.path == "/odd":
            self.wfile.write(b"SSH-2.0-odd\\r\\n\\r\\n")
        elif self.path == "/silent":
            self.rfile.read(1)
        elif self.path != "/cut":
            self.send_response(204)
            self.end_headers()
            return
        self.close_connection = True

ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Odd).serve_forever()
"""


def test_requests_and_answers_go_through_whole(stack: Stack, tmp_path: Path) -> None:
    program = tmp_path / "odd.py"
    program.write_text(_PROGRAM)
    stack.client("elbv2").modify_target_group(TargetGroupArn=stack.target_group, Matcher={"HttpCode": "204"})
    stack.create(desired=1, command=[sys.executable, str(program)])
    eventually(stack.get, lambda found: found.status == 204)
    answer = stack.get("/x", method="POST", body=b"x" * 300_000, headers={"X-Own": "1", "X-Forwarded-For": "192.0.2.1"})
    assert answer.status == 201
    assert answer.facts["body"] == 300_000
    seen = answer.facts["headers"]
    assert seen["x-own"] == "1"
    assert seen["x-forwarded-for"] == "192.0.2.1, 127.0.0.1"
    assert (seen["x-forwarded-proto"], seen["x-forwarded-port"]) == ("http", "80")
    assert "transfer-encoding" not in answer.headers


@pytest.mark.parametrize(("path", "status"), [("/cut", 502), ("/odd", 502), ("/silent", 504)])
def test_what_targets_do_wrong_has_its_status(stack: Stack, tmp_path: Path, path: str, status: int) -> None:
    program = tmp_path / "odd.py"
    program.write_text(_PROGRAM)
    elb = stack.client("elbv2")
    elb.modify_target_group(TargetGroupArn=stack.target_group, Matcher={"HttpCode": "204"})
    idle = [{"Key": "idle_timeout.timeout_seconds", "Value": "10"}]
    elb.modify_load_balancer_attributes(LoadBalancerArn=stack.balancer, Attributes=idle)
    stack.create(desired=1, command=[sys.executable, str(program)])
    eventually(stack.get, lambda found: found.status == 204)
    answer = stack.get(path, seconds=10)
    assert (answer.status, answer.headers["server"]) == (status, "awselb/2.0")


def test_what_is_no_request_is_refused(stack: Stack) -> None:
    eventually(stack.get, lambda found: found.status > 0)
    port = 80 + int(stack.aws.network().get("EVERLOOK_FAILOVER_PORT_SHIFT", 0))
    with socket.create_connection((stack.nodes()[0], port), 5) as client:
        client.sendall(b"nonsense\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_connection_serves_one_request_after_the_other(stack: Stack) -> None:
    stack.serve()
    port = 80 + int(stack.aws.network().get("EVERLOOK_FAILOVER_PORT_SHIFT", 0))
    connection = http.client.HTTPConnection(stack.nodes()[0], port, timeout=5)
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.request("GET", "/")
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())["region"]) == (200, stack.region)
        assert connection.sock is first
    connection.close()


def test_a_connection_is_kept_for_as_long_as_the_load_balancer_says(stack: Stack) -> None:
    stack.serve()
    attributes = [{"Key": "client_keep_alive.seconds", "Value": "60"}]
    stack.client("elbv2").modify_load_balancer_attributes(LoadBalancerArn=stack.balancer, Attributes=attributes)
    connection = http.client.HTTPConnection(stack.nodes()[0], 80, timeout=5)

    def is_the_last() -> bool:
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        return answer.will_close

    assert not is_the_last()
    eventually(is_the_last)
    # The next one is a new one.
    assert not is_the_last()
    connection.close()


def test_revoked_ingress_drops_packets_and_comes_back(stack: Stack) -> None:
    stack.serve()
    stack.shut_out()
    # Dropped, not refused: nothing comes back at all.
    eventually(lambda: stack.get(seconds=0.3).status, lambda status: status == -1)
    assert [stack.get(seconds=0.3, node=node).status for node in (0, 1, 0, 1)] == [-1] * 4
    # The targets are well all the same: probers don't come through that door.
    assert stack.states() == ["healthy", "healthy"]
    waiting: list[int] = []
    client = threading.Thread(target=lambda: waiting.append(stack.get(seconds=30).status))
    client.start()
    stack.admit()
    client.join()
    assert waiting == [200]
    eventually(lambda: [stack.get(seconds=2).status for _ in range(4)], lambda found: found == [200] * 4)


def test_another_port_or_another_source_does_not_let_in(stack: Stack) -> None:
    stack.serve()
    ec2 = stack.client("ec2")
    stack.shut_out()
    stack.admit(8080)
    inside = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": stack.group_id}]}
    ec2.authorize_security_group_ingress(GroupId=stack.group_id, IpPermissions=[inside])
    eventually(lambda: stack.get(seconds=0.3).status, lambda status: status == -1)
    everything = {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    ec2.authorize_security_group_ingress(GroupId=stack.group_id, IpPermissions=[everything])
    eventually(lambda: stack.get(seconds=2).status, lambda status: status == 200)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="root alone can give up what others lack")
@pytest.mark.exhaustive
def test_without_the_right_to_low_ports_they_are_shifted(tmp_path: Path) -> None:
    start = [sys.executable, "-m", "sandbox", "--folder", str(tmp_path), "up", "--speed", "20", "--ttl", "300"]
    unprivileged = ["setpriv", "--bounding-set=-net_bind_service", *start]
    try:
        subprocess.run(unprivileged, check=True, capture_output=True, cwd=Path(__file__).parents[3], timeout=60)
        process = Daemon(tmp_path).running()
        assert process
        aws = Sandbox.at(process.url, process.token)
        assert aws.network()["EVERLOOK_FAILOVER_PORT_SHIFT"] == "10000"
        assert aws.network()["EVERLOOK_FAILOVER_RESOLVER"].endswith(":10053")
        stack = Stack(aws).set_up().serve(portMappings=[{"containerPort": PORT}, {"containerPort": 90}])
        assert ask(stack.nodes()[0], 10080, "/", "GET", 5).facts["region"] == stack.region
        assert ask(stack.nodes()[0], 80, "/", "GET", 5).status == 0
    finally:
        Daemon(tmp_path).down()


def test_load_balancers_of_accounts_are_apart(stack: Stack) -> None:
    other = Stack(stack.aws, account="prod").set_up()
    stack.client("elbv2").modify_listener(ListenerArn=stack.listener, DefaultActions=[fixed(200, "a")])
    other.client("elbv2").modify_listener(ListenerArn=other.listener, DefaultActions=[fixed(200, "b")])
    eventually(lambda: [known.get().body for known in (stack, other)], lambda found: found == [b"a", b"b"])
    assert not set(stack.nodes()) & set(other.nodes())


def test_a_load_balancer_inside_a_network_is_not_reached_from_outside(stack: Stack) -> None:
    elb = stack.client("elbv2")
    inner = create_balancer(elb, stack.subnet_ids, "inner", Scheme="internal", SecurityGroups=[stack.group_id])
    group = create_target_group(elb, stack.vpc_id, "inner")
    forward = {"Type": "forward", "TargetGroupArn": group}
    elb.create_listener(LoadBalancerArn=inner["LoadBalancerArn"], Port=80, Protocol="HTTP", DefaultActions=[forward])
    filters = [{"Name": "description", "Values": [f"ELB {inner['LoadBalancerArn'].partition(':loadbalancer/')[2]}"]}]
    interfaces = stack.client("ec2").describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert [known.get("Association") for known in interfaces] == [None, None]
