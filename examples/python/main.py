"""What a small service does for each of its users: a VM of their own, a file, a prompt, a desktop.

VISCO_HOST=https://visco.example.com VISCO_TOKEN=... python3 main.py USER PROMPT

Standard library only. With a certificate of an authority of yours, SSL_CERT_FILE names it.
"""

import base64
import http.client
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

HOST = os.environ.get("VISCO_HOST", "http://127.0.0.1:3000")
TOKEN = os.environ["VISCO_TOKEN"]
PASSING = (429, 502, 503, 504)


class Problem(Exception):
    """What the API refused: a problem document (RFC 9457)."""

    def __init__(self, status, document):
        super().__init__(document.get("detail", f"Status {status}"))
        self.status = status
        self.field = document.get("field")
        self.value = document.get("value")
        self.remedy = document.get("remedy")


def open_call(method, path, body=None, kind="application/json", timeout=60, **headers):
    """Sends one request; the answer can be read while it comes."""
    if kind == "application/json" and body is not None:
        body = json.dumps(body).encode()
    request = urllib.request.Request(HOST + "/api/v1" + path, data=body, method=method)
    request.add_header("Authorization", "Bearer " + TOKEN)
    if body is not None:
        request.add_header("Content-Type", kind)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        return urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        document = {}
        if error.headers.get_content_type() == "application/problem+json":
            document = json.load(error)
        problem = Problem(error.code, document)
        problem.retry_after = float(error.headers.get("Retry-After", 1))
        raise problem from None


def call(method, path, body=None, is_safe=False, **more):
    """Sends a request, again where that is safe, and gives the document of its answer."""
    for attempt in range(3):
        try:
            with open_call(method, path, body, **more) as answer:
                return json.load(answer)
        except Problem as problem:
            if attempt == 2 or problem.status not in PASSING:
                raise
            if not is_safe and problem.status != 429:
                raise
            time.sleep(min(problem.retry_after, 30))
        except (OSError, http.client.HTTPException):
            if attempt == 2 or not is_safe:
                raise
            time.sleep(2**attempt)


def create(user):
    """A VM; sent again with the same key it would be the same VM."""
    # The time to live destroys it even if nobody calls destroy.
    request = {"userId": user, "vmType": "browser", "ttl": "2h", "labels": {"app": "example"}}
    key = str(uuid.uuid4())
    return call("POST", "/vms", request, is_safe=True, Idempotency_Key=key)["vmId"]


def wait_until_ready(vm, seconds=300):
    """Returns once every criterion is met; says why where one never will be."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = call("GET", f"/vms/{vm}/wait?for=ready,failed,stopped&timeout=30s", is_safe=True)
        if found["state"] == "ready":
            return
        if found["state"] in ("failed", "stopped"):
            why = call("GET", f"/vms/{vm}/diagnosis")
            raise RuntimeError(f"{found.get('failure')}: {why['cause']} {why['remedy']}")
    raise TimeoutError(f"The VM {vm} is not ready after {seconds} seconds.")


def write_file(vm, path, content, mode="0644"):
    query = urllib.parse.urlencode({"path": path, "mode": mode, "parents": "true"})
    call("PUT", f"/vms/{vm}/files?{query}", content, kind="application/octet-stream")


def run(vm, command):
    """Runs a command and passes on its output as it comes; gives its exit code."""
    body = {"command": command, "timeout": "10m"}
    path = f"/vms/{vm}/exec"
    with open_call("POST", path, body, timeout=660, Accept="application/x-ndjson") as answer:
        for line in answer:
            event = json.loads(line)
            if event["type"] in ("stdout", "stderr"):
                out = getattr(sys, event["type"]).buffer
                out.write(base64.b64decode(event["data"]))
                out.flush()
            elif event["type"] == "exit":
                return event["exitCode"]
            else:
                raise ConnectionError(event["detail"])
    raise ConnectionError("The answer ended before the command.")


def serve(user, prompt):
    vm = create(user)
    print(f"VM: {vm}", flush=True)
    try:
        wait_until_ready(vm)
        agent = pathlib.Path(__file__).resolve().parent.parent / "agent.sh"
        write_file(vm, "/usr/local/bin/agent", agent.read_bytes(), mode="0755")
        write_file(vm, "/srv/prompts/1.txt", prompt.encode())
        code = run(vm, ["agent", "/srv/prompts/1.txt"])
        if code != 0:
            raise RuntimeError(f"The agent ended with {code}.")
        # It opens once. Your page would show it, in a frame or a new tab.
        ticket = call("POST", f"/vms/{vm}/tickets", {"user": user})
        print(f"Desktop: {ticket['link']}\nPress Enter to end.", flush=True)
        sys.stdin.readline()
    finally:
        call("DELETE", f"/vms/{vm}?wait=destroyed", is_safe=True, timeout=660)
        print("Destroyed.", flush=True)


def main():
    user = sys.argv[1] if len(sys.argv) > 1 else "anna"
    prompt = sys.argv[2] if len(sys.argv) > 2 else "What is a microVM?"
    try:
        serve(user, prompt)
    except Problem as problem:
        print(f"Status {problem.status}: {problem}", file=sys.stderr)
        if problem.field:
            print(f'It is about {problem.field}, which is "{problem.value}".', file=sys.stderr)
        print(problem.remedy or "", file=sys.stderr)
        return 1
    except (OSError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
