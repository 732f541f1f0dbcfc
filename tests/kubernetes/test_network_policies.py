"""deploy/kubernetes: who may call a pod, and whom it may call."""

from ipaddress import ip_address, ip_network

import pytest

from tests.support.kubernetes import ALL, BY_NAME, DEPLOYMENTS, pods_of, ports_of

POLICIES = [one["spec"] for one in ALL if one["kind"] == "NetworkPolicy"]
OPTIONAL = BY_NAME["NetworkPolicy", "otp-api-https"]["spec"]
BASIC = [policy for policy in POLICIES if policy is not OPTIONAL]
VENDOR = "203.0.113.7"


def is_selected(peer, source):
    """Return whether a peer of a policy covers an address, or a namespace."""
    block = peer.get("ipBlock")
    if block is None:
        return source == peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
    try:
        address = ip_address(source)
    except ValueError:
        return False
    excepted = any(address in ip_network(other) for other in block["except"])
    return address in ip_network(block["cidr"]) and not excepted


def may_connect(name, way, peer, port, policies=BASIC):
    """Return whether the policies of a pod allow a connection: by default none, once one of them selects it."""
    own = [policy for policy in policies if name in pods_of(policy["podSelector"])]
    assert any(way in policy["policyTypes"] for policy in own), "else everything is allowed"
    side = "from" if way == "Ingress" else "to"
    return any(
        any(is_selected(one, peer) for one in rule[side])
        and any(ports_of(name).get(allowed["port"], allowed["port"]) == port for allowed in rule["ports"])
        for policy in own
        for rule in policy.get(way.lower(), [])
    )


@pytest.mark.parametrize(
    ("name", "namespace", "port", "is_allowed"),
    [
        ("otp-api", "ingress", 8000, True),
        ("otp-api", "ingress", 9464, False),
        ("otp-api", "monitoring", 9464, True),
        ("otp-api", "monitoring", 8000, False),
        ("otp-api", "default", 8000, False),
        ("otp-worker", "monitoring", 9464, True),
        ("otp-worker", "ingress", 9464, False),
        ("otp-worker", "default", 9464, False),
    ],
)
def test_only_the_ingress_calls_the_api_and_only_prometheus_the_metrics(name, namespace, port, is_allowed):
    assert may_connect(name, "Ingress", namespace, port) == is_allowed


@pytest.mark.parametrize("name", DEPLOYMENTS)
@pytest.mark.parametrize(
    ("peer", "port", "is_allowed"),
    [
        ("redis", 6379, True),
        ("redis", 26379, True),
        ("redis", 22, False),
        ("default", 6379, False),
        ("kube-system", 53, True),
    ],
)
def test_each_pod_calls_redis_and_the_name_servers(name, peer, port, is_allowed):
    assert may_connect(name, "Egress", peer, port) == is_allowed


@pytest.mark.parametrize(
    ("name", "address", "port", "is_allowed"),
    [
        ("otp-worker", VENDOR, 443, True),
        ("otp-worker", "2001:db8::7", 443, True),
        ("otp-worker", VENDOR, 80, False),
        ("otp-worker", "169.254.169.254", 443, False),  # the metadata of clouds
        ("otp-worker", "10.96.0.1", 443, False),  # the cluster's API, mostly
        ("otp-worker", "fd00::1", 443, False),
        ("otp-api", VENDOR, 443, False),
    ],
)
def test_only_workers_call_the_internet_by_https_alone(name, address, port, is_allowed):
    assert may_connect(name, "Egress", address, port) == is_allowed


def test_a_component_lets_the_api_call_the_internet_by_https():
    assert may_connect("otp-api", "Egress", VENDOR, 443, POLICIES)
    assert not may_connect("otp-api", "Egress", "169.254.169.254", 443, POLICIES)
    assert pods_of(OPTIONAL["podSelector"]) == {"otp-api"}
