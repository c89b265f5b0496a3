#!/usr/bin/env python3
"""microservice: connect, link, send, receive over the WebSocket, disconnect."""
import base64
import json
import os
import socket
import struct
import urllib.parse
import urllib.request

SERVICE = os.environ.get("MICROSERVICE_URL", "http://localhost:3001")
EVENTS = os.environ.get("MICROSERVICE_WS", "ws://localhost:3002")
MAIN = os.environ.get("MAIN_URL", "http://localhost:8080")
NETWORK = os.environ.get("NETWORK_URL", "http://localhost:7080") + "/sandbox"
TOKEN = os.environ.get("WHATSAPP_SERVICE_TOKEN", "sandbox-token")
SESSION, PHONE, FRIEND = "python-business", "6281100000033", "6282200000033"


def call(method, url, body=None):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


class Events:
    """Just enough of a WebSocket client to need no package; `websockets` from PyPI does it better."""

    def __init__(self, url):
        place = urllib.parse.urlsplit(url)
        connection = socket.create_connection((place.hostname, place.port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall(
            f"GET /?token={TOKEN} HTTP/1.1\r\nHost: {place.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.connection, self.stream = connection, connection.makefile("rb")
        if b"101" not in self.stream.readline():
            raise RuntimeError("the WebSocket was refused")
        while self.stream.readline().strip():
            pass

    def say(self, message):
        text, mask = json.dumps(message).encode(), os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(text))
        assert len(text) < 126
        self.connection.sendall(bytes([0x81, 0x80 | len(text)]) + mask + masked)

    def until(self, event):
        """Reads on to an event of this name."""
        while True:
            kind, length = self.stream.read(2)
            if length == 126:
                (length,) = struct.unpack("!H", self.stream.read(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self.stream.read(8))
            text = self.stream.read(length)
            if kind & 0x0F == 1 and (told := json.loads(text))["event"] == event:
                print("event", event)
                return told["data"]


events = Events(EVENTS)
call("POST", f"{SERVICE}/connect", {"sessionId": SESSION, "sessionName": "Business Account"})
events.say({"event": "subscribe", "data": {"sessionId": SESSION}})
print(f"a picture to scan: {len(events.until('qr_code')['qrCode'])} characters")

# The sandbox's phone reads text, not pictures: the native API has the code as text.
code = call("GET", f"{MAIN}/v1/sessions/{SESSION}/qr?wait=20")["code"]
call("POST", f"{NETWORK}/phones/{PHONE}/scan", {"qr": code})
events.until("connection_success")

call("POST", f"{NETWORK}/phones", {"number": FRIEND})
body = {"sessionId": SESSION, "phoneNumber": f"+{FRIEND}", "message": "Hello from Python"}
sent = call("POST", f"{SERVICE}/send-message", body)
assert events.until("message_sent")["messageId"] == sent["messageId"]

call("POST", f"{NETWORK}/phones/{FRIEND}/messages", {"to": PHONE, "text": "Hello back"})
message = events.until("incoming_message")
print(f"received from {message['from']}: {message['content']}")
assert message["content"] == "Hello back"

call("POST", f"{SERVICE}/disconnect", {"sessionId": SESSION})
events.until("connection_lost")
