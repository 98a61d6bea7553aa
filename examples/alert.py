"""Sends an encrypted alert to somebody's Sotto, with Debian's package `python3-jwcrypto`.

    SOTTO_TOKEN_FILE=token python3 alert.py https://chat.example.org mara ACCOUNT_KEY "Disk 91 % full" [FILE]

ACCOUNT_KEY and the token come from Mara ("Alerts" in her settings). The relay passes the message on and cannot read it:
it is encrypted here, to a key that is used only if Mara's account key signed it.
"""

import json
import mimetypes
import os
import sys
import time
import urllib.request
import uuid

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwcrypto import jwe, jwk
from jwcrypto.common import base64url_decode, base64url_encode, json_encode


def key_of(address: str, account_key: str) -> jwk.JWK:
    """The key to encrypt to; raises InvalidSignature where the account did not sign it."""
    with urllib.request.urlopen(address) as answer:
        found = json.load(answer)
    signed = b"sotto/sealed-keys-v1\0" + found["record"].encode()
    account = Ed25519PublicKey.from_public_bytes(base64url_decode(account_key))
    account.verify(base64url_decode(found["signature"]), signed)
    # The first key of the record is the one to encrypt to.
    return jwk.JWK(**json.loads(found["record"])["keys"][0])


def attached(path: str) -> dict:
    """A file, as it stands in the message: up to 10 of them, 8 MiB together."""
    with open(path, "rb") as file:
        data = base64url_encode(file.read())
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return {"name": os.path.basename(path), "type": media_type, "data": data}


def main(origin: str, handle: str, account_key: str, text: str, *files: str) -> None:
    address = f"{origin}/api/sealed/{handle}"
    key = key_of(address, account_key)
    message_id = str(uuid.uuid4())
    header = {
        "alg": "RSA-OAEP-256",
        "enc": "A256GCM",
        "kid": key.export_public(as_dict=True)["kid"],
        "typ": "sotto-sealed+jose",
        "cty": "json",
    }
    inside = {"jti": message_id, "iat": int(time.time()), "text": text}
    if files:
        inside["attachments"] = [attached(path) for path in files]
    sealed = jwe.JWE(json_encode(inside).encode(), json_encode(header))
    sealed.add_recipient(key)
    with open(os.environ["SOTTO_TOKEN_FILE"], encoding="utf-8") as file:
        token = file.read().strip()
    request = urllib.request.Request(
        address,
        data=sealed.serialize(compact=True).encode(),
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/jose",
            "Message-Id": message_id,
        },
    )
    with urllib.request.urlopen(request) as answer:
        print(answer.read().decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
