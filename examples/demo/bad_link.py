#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A link between a device and its service that fails when it is told to.

usage: bad_link.py TARGET_PORT FOLDER

Prints the port it listens on, then carries bytes both ways. When FOLDER/armed exists, the next
upload of edits still reaches the service whole, but its answer does not: both sockets are closed,
FOLDER/cut is written, and the link stays down until FOLDER/armed is removed. That is the worst
moment for a cut: the service has acted, and the device cannot know.
"""
import pathlib
import socket
import sys
import threading


def is_upload(data):
    """A request with edits alone has a batch, or a body that is worth packing."""
    packed = b"/synchronizeReplica" in data and b"Content-Encoding:" in data
    return packed or b"rhumbBatchId" in data


class Link:
    def __init__(self, target_port, folder):
        self.target = ("127.0.0.1", target_port)
        self.armed = folder / "armed"
        self.cut = folder / "cut"

    def is_down(self):
        return self.armed.exists() and self.cut.exists()

    def carry(self, device):
        if self.is_down():
            device.close()
            return
        service = socket.create_connection(self.target)
        swallow = threading.Event()
        threading.Thread(target=self.up, args=(device, service, swallow), daemon=True).start()
        self.down(device, service, swallow)

    def up(self, device, service, swallow):
        try:
            while True:
                data = device.recv(65536)
                if not data:
                    break
                if self.armed.exists() and is_upload(data):
                    swallow.set()
                service.sendall(data)
        except OSError:
            pass
        self.close(service)

    def down(self, device, service, swallow):
        try:
            while True:
                data = service.recv(65536)
                if not data:
                    break
                if swallow.is_set():
                    self.cut.touch()
                    break
                device.sendall(data)
        except OSError:
            pass
        self.close(device)
        self.close(service)

    @staticmethod
    def close(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        end.close()


def main():
    link = Link(int(sys.argv[1]), pathlib.Path(sys.argv[2]))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(listener.getsockname()[1], flush=True)
    while True:
        device, _ = listener.accept()
        threading.Thread(target=link.carry, args=(device,), daemon=True).start()


if __name__ == "__main__":
    main()
