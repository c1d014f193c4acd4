"""Checks deploy/: what kustomize renders, and the compose file.

A rendered manifest is held strictly (no unknown field) against the API's schemas of an old and of the newest release, and
each pod template against the `restricted` Pod Security Standard and a few habits of our own. Images are not pulled and no
cluster is asked. With --commands nothing is checked: the argument list of every container of ours is printed instead, one
a line as JSON, so that a test can hold them against what the binary takes.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import yaml

DEPLOY = Path(__file__).parent
IMAGE = "meanwhile:"
# The oldest release that takes every field used here (the preStop sleep), and the newest that the schemas know.
KUBERNETES = ["1.30", kubernetes_validate.latest_version()]
TEMPLATES = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"}


def overlays():
    return sorted(path.parent for path in DEPLOY.glob("kubernetes/overlays/*/kustomization.yaml"))


def render(kustomize, overlay):
    output = subprocess.run([kustomize, "build", overlay], check=True, stdout=subprocess.PIPE, timeout=60)
    return [document for document in yaml.safe_load_all(output.stdout) if document]


def pod_of(document):
    """The pod that a workload makes; None where the document is no workload."""
    if document["kind"] == "CronJob":
        document = document["spec"]["jobTemplate"]
    elif document["kind"] not in TEMPLATES:
        return None
    return document["spec"]["template"]["spec"]


def containers_of(pod):
    return pod.get("initContainers", []) + pod["containers"]


def schema_findings(document):
    for version in KUBERNETES:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            place = ".".join(str(step) for step in error.path)
            yield f"Kubernetes {version}: {place}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield error.message


def pod_findings(pod):
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield "a pod must run as a user that is not root, by number"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "a pod must have the runtime's seccomp profile"
    if pod.get("automountServiceAccountToken") is not False:
        yield "a pod must not carry a service account's token"
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name):
            yield f"a pod must not have {name}"
    for volume in pod.get("volumes", []):
        if "hostPath" in volume:
            yield f"volume {volume['name']}: a pod must not see the host's files"
    for container in containers_of(pod):
        for finding in container_findings(container):
            yield f"container {container['name']}: {finding}"


def container_findings(container):
    security = container.get("securityContext", {})
    if security.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation must be false"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "readOnlyRootFilesystem must be true"
    capabilities = security.get("capabilities", {})
    if capabilities.get("drop") != ["ALL"] or capabilities.get("add"):
        yield "all capabilities must be dropped and none added"
    if security.get("privileged") or security.get("runAsUser") == 0 or security.get("runAsNonRoot") is False:
        yield "must not undo the pod's security"
    resources = container.get("resources", {})
    if not resources.get("requests") or "memory" not in resources.get("limits", {}):
        yield "must request what it needs and have a limit on memory"
    image = container["image"]
    if ":" not in image.rsplit("/", 1)[-1] or image.endswith(":latest"):
        yield f"image {image} must have a version"


def service_findings(documents):
    """A Service whose selector matches no pod template, or whose port none of the pod's has, is a typing error."""
    templates = [document["spec"]["template"] for document in documents if document["kind"] in TEMPLATES]
    for service in (document for document in documents if document["kind"] == "Service"):
        selector = service["spec"]["selector"].items()
        chosen = [template for template in templates if selector <= template["metadata"]["labels"].items()]
        ports = {port["name"] for template in chosen for container in template["spec"]["containers"]
                 for port in container.get("ports", [])}
        for port in service["spec"]["ports"]:
            if port["targetPort"] not in ports:
                yield f"Service {service['metadata']['name']}: no pod has a port {port['targetPort']}"


def manifest_findings(documents):
    for document in documents:
        subject = f"{document['kind']} {document['metadata']['name']}"
        for finding in schema_findings(document):
            yield f"{subject}: {finding}"
        pod = pod_of(document)
        for finding in pod_findings(pod) if pod else []:
            yield f"{subject}: {finding}"
    yield from service_findings(documents)


def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def compose_findings():
    services = compose()["services"]
    for name, service in services.items():
        for other in service.get("depends_on", {}):
            if other not in services:
                yield f"{name} depends on {other}, which is not there"
        for port in service.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                yield f"{name}: port {port} listens beyond loopback"
        for secret in service.get("secrets", []):
            file = DEPLOY / compose()["secrets"][secret]["file"]
            if not file.is_file():
                yield f"{name}: secret {secret}: no file {file.relative_to(DEPLOY)}"


def commands(kustomize):
    for overlay in overlays():
        for pod in filter(None, map(pod_of, render(kustomize, overlay))):
            yield from (box["args"] for box in containers_of(pod) if box["image"].startswith(IMAGE))
    for service in compose()["services"].values():
        if service["image"].startswith(IMAGE):
            yield service["command"]


def check(kustomize):
    findings = [f"compose.yaml: {finding}" for finding in compose_findings()]
    for overlay in overlays():
        documents = render(kustomize, overlay)
        name = overlay.relative_to(DEPLOY)
        print(f"deploy: {name}: {len(documents)} objects, Kubernetes {' and '.join(KUBERNETES)}")
        findings += [f"{name}: {finding}" for finding in manifest_findings(documents)]
    for finding in findings:
        print(f"deploy: {finding}", file=sys.stderr)
    return 1 if findings else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kustomize", required=True, help="the program that renders")
    parser.add_argument("--commands", action="store_true", help="print argument lists instead of checking")
    options = parser.parse_args()
    if not options.commands:
        return check(options.kustomize)
    for arguments in commands(options.kustomize):
        print(json.dumps(arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
