"""A whole life cycle by the API client of firecracker-python, as its users write it.

Arguments: the firecracker binary, the kernel, the disk, an empty folder.
"""

import os
import subprocess
import sys
import time

from firecracker.api import Api
from firecracker.exceptions import APIError


def start(binary, folder, name):
    socket = os.path.join(folder, name + ".sock")
    with open(os.path.join(folder, name + ".console"), "wb") as console:
        process = subprocess.Popen(
            [binary, "--api-sock", socket, "--id", name, "--log-path", os.path.join(folder, name + ".log")],
            stdin=subprocess.PIPE,
            stdout=console,
        )
    api = Api(socket)
    deadline = time.monotonic() + 10
    while True:
        try:
            api.describe.get()
            return process, api
        except APIError:
            if time.monotonic() > deadline or process.poll() is not None:
                raise
            time.sleep(0.01)


def live(binary, kernel, disk, folder):
    process, api = start(binary, folder, "first")
    try:
        print("version", api.version.get().json()["firecracker_version"])
        api.boot.put(kernel_image_path=kernel, boot_args="console=ttyS0 reboot=k panic=1")
        api.drive.put(drive_id="rootfs", path_on_host=disk, is_root_device=True, is_read_only=False)
        api.machine_config.put(vcpu_count=1, mem_size_mib=128)
        api.actions.put(action_type="InstanceStart")
        print("state", api.describe.get().json()["state"])
        try:
            api.machine_config.put(vcpu_count=2, mem_size_mib=128)
            raise SystemExit("a machine that runs was changed")
        except APIError as refused:
            print("refused", str(refused).startswith("API fault: "))
        api.vm.patch(state="Paused")
        state, memory = os.path.join(folder, "state"), os.path.join(folder, "memory")
        api.create_snapshot.put(snapshot_type="Full", snapshot_path=state, mem_file_path=memory)
        api.vm.patch(state="Resumed")
    finally:
        process.kill()
        process.wait()
    process, api = start(binary, folder, "second")
    try:
        api.load_snapshot.put(
            snapshot_path=state,
            mem_backend={"backend_type": "File", "backend_path": memory},
            resume_vm=True,
        )
        print("restored", api.describe.get().json()["state"])
        process.stdin.write(b"q")
        process.stdin.flush()
        print("ended with", process.wait(20))
    finally:
        process.kill()
        process.wait()


live(*sys.argv[1:])
