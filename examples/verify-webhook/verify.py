"""Checks a delivery: python3 verify.py SECRET ID TIMESTAMP SIGNATURES < body"""
import base64, hashlib, hmac, sys, time

TOLERANCE = 5 * 60


def verify(secret: str, id: str, timestamp: str, signatures: str, body: bytes, now: float) -> bool:
    if abs(now - int(timestamp)) > TOLERANCE:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(expected).decode()
    return any(hmac.compare_digest(wanted, each) for each in signatures.split())


if __name__ == "__main__":
    secret, id, timestamp, signatures = sys.argv[1:5]
    ok = verify(secret, id, timestamp, signatures, sys.stdin.buffer.read(), time.time())
    sys.exit(0 if ok else 1)
