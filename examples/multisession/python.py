#!/usr/bin/env python3
"""multisession: sign in, make a session, link it, send, receive by webhook, delete."""
import json
import os
import queue
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

MAIN = os.environ.get("MAIN_URL", "http://localhost:8080")
NETWORK = os.environ.get("NETWORK_URL", "http://localhost:7080") + "/sandbox"
PHONE, FRIEND = "6281100000013", "6282200000013"
token = None
received = queue.Queue()


def call(method, url, body=None):
    headers = {"Content-Type": "application/json"}
    if token and url.startswith(MAIN):
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


class Hook(BaseHTTPRequestHandler):
    """Where incoming messages are delivered."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        received.put(json.loads(body)["message"])

    def log_message(self, *_):
        pass


hook = HTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=hook.serve_forever, daemon=True).start()

token = call("POST", f"{MAIN}/api/login", {"username": "admin", "password": "admin"})["token"]
url = f"http://127.0.0.1:{hook.server_port}/webhook"
session = call("POST", f"{MAIN}/api/sessions", {"name": "Shop", "webhook_url": url})["id"]
call("POST", f"{MAIN}/api/sessions/{session}/connect")

# The document shows codes on a WebSocket; the native API gives them to plain HTTP.
code = call("GET", f"{MAIN}/v1/sessions/{session}/qr?wait=20")["code"]
call("POST", f"{NETWORK}/phones/{PHONE}/scan", {"qr": code})


def can_send():
    """Connected it is while the code waits, too: logged in at the same time is what counts."""
    now = call("GET", f"{MAIN}/api/sessions/{session}")
    return now["connected"] and now["logged_in"]


while not can_send():
    time.sleep(0.2)
print("linked")

call("POST", f"{NETWORK}/phones", {"number": FRIEND})
sent = call("POST", f"{MAIN}/api/send", {"phone": PHONE, "recipient": FRIEND, "message": "Hello from Python"})
print("sent", sent["message_id"])

call("POST", f"{NETWORK}/phones/{FRIEND}/messages", {"to": PHONE, "text": "Hello back"})
message = received.get(timeout=60)
print(f"received from {message['from']}: {message['message']}")
assert message["message"] == "Hello back"

call("DELETE", f"{MAIN}/api/sessions/{session}")
