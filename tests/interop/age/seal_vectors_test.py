"""The test vectors of sealing, computed with nothing but Python's standard library.

usage: seal_vectors_test.py VECTORS

Everything is written after the specifications alone: rules/docs/sealing_format.md, C2SP age, RFC 5869 (HKDF), RFC 7748
(X25519), RFC 8439 (ChaCha20-Poly1305), BIP 173 (Bech32).
"""

import base64
import hashlib
import hmac
import pathlib
import struct
import sys
import unittest

VECTORS = pathlib.Path(sys.argv[1]).read_text()
P25519 = 2**255 - 19
P1305 = 2**130 - 5
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
BASE_POINT = (9).to_bytes(32, "little")


def hkdf_expand(key, info, length):
    output, block = b"", b""
    for counter in range(1, length // 32 + 2):
        block = hmac.new(key, block + info + bytes([counter]), hashlib.sha256).digest()
        output += block
    return output[:length]


def hkdf(key, salt, info, length):
    return hkdf_expand(hmac.new(salt or bytes(32), key, hashlib.sha256).digest(), info, length)


def x25519(scalar, point):
    """RFC 7748 section 5."""
    clamped = bytearray(scalar)
    clamped[0] &= 248
    clamped[31] = clamped[31] & 127 | 64
    k = int.from_bytes(clamped, "little")
    x1 = int.from_bytes(point, "little") % 2**255
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for bit in range(254, -1, -1):
        k_bit = k >> bit & 1
        if swap ^ k_bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = k_bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a, b * b, d * a, c * b
        e = aa - bb
        x3, z3 = (da + cb)**2 % P25519, x1 * (da - cb)**2 % P25519
        x2, z2 = aa * bb % P25519, e * (aa + 121665 * e) % P25519
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P25519 - 2, P25519) % P25519).to_bytes(32, "little")


def chacha20_block(key, counter, nonce):
    """RFC 8439 section 2.3."""
    start = list(struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce))
    state = start[:]

    def rotate(value, count):
        return (value << count | value >> (32 - count)) % 2**32

    def quarter_round(a, b, c, d):
        for left, right, other, count in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[left] = (state[left] + state[right]) % 2**32
            state[other] = rotate(state[other] ^ state[left], count)

    for _ in range(10):
        for i in range(4):
            quarter_round(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter_round(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<16I", *((a + b) % 2**32 for a, b in zip(state, start)))


def chacha20_poly1305(key, nonce, plaintext):
    """RFC 8439 section 2.8, without additional data."""
    sealed = b""
    for offset in range(0, len(plaintext), 64):
        stream = chacha20_block(key, 1 + offset // 64, nonce)
        sealed += bytes(a ^ b for a, b in zip(plaintext[offset:offset + 64], stream))
    one_time = chacha20_block(key, 0, nonce)
    r = int.from_bytes(one_time[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    s = int.from_bytes(one_time[16:32], "little")
    message = sealed + bytes(-len(sealed) % 16) + struct.pack("<QQ", 0, len(sealed))
    accumulator = 0
    for offset in range(0, len(message), 16):
        accumulator = (accumulator + int.from_bytes(message[offset:offset + 16] + b"\1", "little")) * r % P1305
    return sealed + ((accumulator + s) % 2**128).to_bytes(16, "little")


def recipient_key(text):
    """The 32 bytes of "age1..."; the checksum is not looked at."""
    bits = "".join(f"{BECH32.index(c):05b}" for c in text[len("age1"):-6])
    return bytes(int(bits[i:i + 8], 2) for i in range(0, 256, 8))


def age_base64(data):
    return base64.b64encode(data).rstrip(b"=")


def derive(fields):
    """What the derivation makes of a vector's inputs, and the sealed bytes of a plaintext of at most one chunk."""
    plaintext = bytes.fromhex(fields["plaintext"])
    key = recipient_key(fields["recipient"])
    blocks = hashlib.sha256(plaintext).digest() if plaintext else b""
    digest = hashlib.sha256(b"tsmedia/v1/pack\0" + struct.pack("<Q", len(plaintext)) + blocks).digest()
    k_seal = hkdf_expand(bytes.fromhex(fields["seal_secret"]), b"tsmedia/v1/seal", 32)
    context = (b"tsmedia/v1/age-x25519\0" + bytes.fromhex(fields["kind"]) + bytes.fromhex(fields["scope"]) +
               hashlib.sha256(key).digest() + digest)
    file_key = hkdf_expand(k_seal, context + b"\1", 16)
    nonce = hkdf_expand(k_seal, context + b"\2", 16)
    ephemeral = hkdf_expand(k_seal, context + b"\3", 32)
    # age: the X25519 stanza, the header's MAC, one chunk, which is the last.
    share = x25519(ephemeral, BASE_POINT)
    wrap_key = hkdf(x25519(ephemeral, key), share + key, b"age-encryption.org/v1/X25519", 32)
    body = chacha20_poly1305(wrap_key, bytes(12), file_key)
    header = b"age-encryption.org/v1\n-> X25519 %s\n%s\n---" % (age_base64(share), age_base64(body))
    mac = hmac.new(hkdf(file_key, b"", b"header", 32), header, hashlib.sha256).digest()
    payload = chacha20_poly1305(hkdf(file_key, nonce, b"payload", 32), bytes(11) + b"\1", plaintext)
    return {
        "digest": digest,
        "file_key": file_key,
        "payload_nonce": nonce,
        "ephemeral_scalar": ephemeral,
        "sealed": header + b" " + age_base64(mac) + b"\n" + nonce + payload,
    }


class SealVectorsTest(unittest.TestCase):

    def test_rfc_7748(self):
        """Section 5.2: 1,000 times from the base point."""
        k = u = BASE_POINT
        for _ in range(1000):
            k, u = x25519(k, u), k
        self.assertEqual(k.hex(), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51")

    def test_vectors(self):
        count = 0
        for block in VECTORS.split("\n\n"):
            fields = dict(line.split(" = ", 1) for line in block.splitlines() if not line.startswith("#"))
            if not fields:
                continue
            count += 1
            for name, value in derive(fields).items():
                with self.subTest(vector=fields["name"], value=name):
                    self.assertEqual(value.hex(), fields[name])
        self.assertEqual(count, 3)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
