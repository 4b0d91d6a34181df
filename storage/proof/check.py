#!/usr/bin/env python3
"""Checks a proof that `warraq prove` wrote. Needs Python 3.9 or later and nothing else; openssl for keys and stamps.

    python3 -I check.py [--key KEY.pem] [--authority CERTIFICATES.pem]

KEY.pem is the archive's public key and CERTIFICATES.pem the root of the stamping authority, both from somewhere that
you trust: what lies beside this script proves nothing by itself.
"""

import base64
import gzip
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent
problems, unchecked = [], []


def sha256(data):
    return hashlib.sha256(data).digest()


def included(leaf, index, size, proof, root):
    """RFC 9162, section 2.1.3.2."""
    place, last = index, size - 1
    for item in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            leaf = sha256(b"\x01" + item + leaf)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            leaf = sha256(b"\x01" + leaf + item)
        place, last = place >> 1, last >> 1
    return index < size and last == 0 and leaf == root


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], cwd=HERE, capture_output=True, text=True)
    return done.returncode == 0, done.stdout + done.stderr


def option(name):
    return pathlib.Path(sys.argv[sys.argv.index(name) + 1]).resolve() if name in sys.argv else None


def check_head(head, key, authority):
    """Size and root of a head whose signature holds, and until when it is known to have been made."""
    note = (HERE / head["file"]).read_text(encoding="utf-8")
    body, _, line = note.partition("\n\n")
    _, size, root, made = body.split("\n")
    told = made + ", as the archive itself says"
    if not shutil.which("openssl"):
        unchecked.append(f"{head['file']}: signature and stamp (there is no openssl here)")
        return int(size), base64.b64decode(root), told
    with tempfile.TemporaryDirectory() as folder:
        text, signature = pathlib.Path(folder, "text"), pathlib.Path(folder, "signature")
        text.write_text(body + "\n", encoding="utf-8")
        signature.write_bytes(base64.b64decode(line.split()[2])[4:])
        signed = ("pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", text, "-sigfile", signature)
        if not openssl(*signed)[0]:
            problems.append(f"{head['file']}: its signature is not that of {key}")
    if head["stamp"] is None:
        unchecked.append(f"{head['file']}: when it was made (no authority has stamped it)")
    elif authority is None:
        unchecked.append(f"{head['file']}: its stamp (give --authority, the certificates of the authority)")
    elif openssl("ts", "-verify", "-data", head["file"], "-in", head["stamp"], "-CAfile", authority)[0]:
        lines = openssl("ts", "-reply", "-in", head["stamp"], "-text")[1].splitlines()
        told = next(line for line in lines if line.startswith("Time stamp:")) + ", as the authority says"
    else:
        problems.append(f"{head['file']}: its stamp is not one of that authority for it")
    return int(size), base64.b64decode(root), told


def check_capture(record, place, warc):
    name = f"capture {record['id']}"
    if place is None:
        unchecked.append(f"{name}: its WARC record is not in this proof")
        return
    try:
        data = gzip.decompress(warc[place["offset"] : place["offset"] + place["length"]])
    except (OSError, EOFError, zlib.error):
        data = b""
    if sha256(data).hex() != record["record_digest"]:
        problems.append(f"{name}: its WARC record is not the one that was archived")
    elif record["refers_to"] is None:
        head, _, rest = data.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode("utf-8", "replace").split("\r\n")[1:])
        block = rest[: int(fields["Content-Length"])]
        body = block if record["role"] == "rendered" else block.partition(b"\r\n\r\n")[2]
        if "sha256:" + sha256(body).hex() != record["payload_digest"]:
            problems.append(f"{name}: its body is not the one that was archived")


def check_version(record):
    name = f"version {record['id']}"
    text = HERE / "texts" / (record["text_sha256"] + ".txt")
    if not text.exists():
        unchecked.append(f"{name}: a text of it is not in this proof")
    elif sha256(text.read_bytes()).hex() != record["text_sha256"]:
        problems.append(f"{name}: its text is not the one that was archived")


def main():
    proof = json.loads((HERE / "proof.json").read_text(encoding="utf-8"))
    key = option("--key") or HERE / "key.pem"
    if key == HERE / "key.pem":
        unchecked.append("whose key key.pem is (give --key, as the archive has published it)")
    heads = [check_head(head, key, option("--authority")) for head in proof["heads"]]
    warc = (HERE / "records.warc.gz").read_bytes()
    places = {place["id"]: place for place in proof["captures"]}
    for leaf in proof["leaves"]:
        record, (size, root, told) = leaf["record"].encode(), heads[leaf["head"]]
        hashed = sha256(b"\x00" + sha256(bytes.fromhex(leaf["nonce"]) + record))
        path = [bytes.fromhex(item) for item in leaf["proof"]]
        record = json.loads(record)
        if not included(hashed, leaf["position"], size, path, root):
            problems.append(f"{record['kind']} {record['id']}: leaf {leaf['position']} is not in the ledger")
        if record["kind"] == "capture":
            check_capture(record, places.get(record["id"]), warc)
            print(f"{record['captured_at']} {record['url']} answered {record['status']}: capture {record['id']}")
        else:
            check_version(record)
            print(f"{record['first_captured_at']} version {record['id']}: {record['title']}")
        print(f"    in the ledger by: {told}")
    unchecked.extend(proof["missing"])
    print(*(f"NOT CHECKED  {told}" for told in unchecked), *(f"WRONG  {told}" for told in problems), sep="\n")
    print("WRONG: this proof does not hold" if problems else "everything that could be checked holds")
    sys.exit(bool(problems))


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError, LookupError, TypeError) as error:
        sys.exit(print(f"WRONG: this proof cannot be read: {error!r}") or 1)
