"""The channel's frames: four bytes of length, one letter that says what it is, the payload. (frames.ts is the host's side.)"""


def send(descriptor, kind, payload):
    """One frame: its length, its kind (a letter), its payload."""
    import os

    view = memoryview(len(payload).to_bytes(4, "big") + kind + payload)
    while view:
        view = view[os.write(descriptor, view) :]


def receive(descriptor):
    """The next frame's kind and payload; None where the other side has closed. Never reads beyond the frame."""
    import os

    def exactly(size):
        parts = []
        while size:
            part = os.read(descriptor, min(size, 1 << 20))
            if not part:
                return None
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    head = exactly(5)
    if head is None:
        return None
    payload = exactly(int.from_bytes(head[:4], "big"))
    return None if payload is None else (head[4:], payload)
