"""Ed25519 by RFC 8032, with the strict rule of docs/ledger-format.md, section 2.

Standard library only. `verify` follows section 5.1.7 of the RFC without the cofactor and refuses
keys and points R of small order, and values of s that are not reduced. `is_acceptable_key` is what
the registration of a key demands. Nothing here is secret, so nothing is done in constant time.
"""

import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
D_TWICE = 2 * D % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

# A point is (X, Y, Z, T) with x = X/Z, y = Y/Z and T = XY/Z: extended coordinates, RFC 8032 5.1.4.
IDENTITY = (0, 1, 1, 0)


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is by this key over this message, by the strict rule."""
    if len(key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    a, r = decode(key), decode(signature[:32])
    if s >= ORDER or a is None or r is None or has_small_order(a) or has_small_order(r):
        return False
    hashed = hashlib.sha512(signature[:32] + key + message).digest()
    k = int.from_bytes(hashed, "little") % ORDER
    return equal(combine(s, k, negate(a)), r)


def is_acceptable_key(key: bytes) -> bool:
    """Whether a key may be registered: a canonical point without a part of small order."""
    point = decode(key) if len(key) == 32 else None
    if point is None or has_small_order(point):
        return False
    return equal(multiply(ORDER, point), IDENTITY)


def decode(encoded: bytes):
    """The point of 32 bytes; None when they are no point, or not its canonical form (5.1.3)."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P != 0:
        x = x * ROOT_OF_MINUS_ONE % P
        if (v * x * x - u) % P != 0:
            return None
    if x == 0 and sign == 1:
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def encode(point) -> bytes:
    """The canonical 32 bytes of a point (5.1.2)."""
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def add(left, right):
    """The sum of two points, equal ones included."""
    x1, y1, z1, t1 = left
    x2, y2, z2, t2 = right
    a = (y1 - x1) * (y2 - x2) % P
    b = (y1 + x1) * (y2 + x2) % P
    c = t1 * D_TWICE * t2 % P
    d = 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def double(point):
    """Twice a point."""
    x, y, z, _ = point
    a, b = x * x % P, y * y % P
    h = a + b
    e = h - (x + y) * (x + y)
    g = a - b
    f = 2 * z * z + g
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def negate(point):
    """The point on the other side."""
    x, y, z, t = point
    return (-x % P, y, z, -t % P)


def equal(left, right) -> bool:
    """Whether two points are the same, whatever their Z."""
    (x1, y1, z1, _), (x2, y2, z2, _) = left, right
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0


def has_small_order(point) -> bool:
    """Whether eight times the point is the identity."""
    return equal(double(double(double(point))), IDENTITY)


def multiply(scalar: int, point):
    """A point added to itself `scalar` times; the scalar is not reduced."""
    return _interleave([(_digits(scalar, 5), _odd_multiples(point, 5))])


def combine(s: int, k: int, point):
    """`s` times the base point and `k` times another, in one pass."""
    other = (_digits(k, 5), _odd_multiples(point, 5))
    return _interleave([(_digits(s, 8), BASE_MULTIPLES), other])


def _odd_multiples(point, width):
    """1, 3, 5, … times a point: what digits of this width ask for."""
    twice, multiples = double(point), [point]
    for _ in range(2 ** (width - 2) - 1):
        multiples.append(add(multiples[-1], twice))
    return multiples


def _digits(scalar, width):
    """Signed odd digits, lowest first, at most one in `width` places not zero."""
    digits, window = [], 1 << width
    while scalar:
        digit = 0
        if scalar & 1:
            digit = scalar % window
            if digit >= window // 2:
                digit -= window
            scalar -= digit
        digits.append(digit)
        scalar >>= 1
    return digits


def _interleave(terms):
    """The sum of several multiples with common doublings."""
    result = IDENTITY
    for place in reversed(range(max(len(digits) for digits, _ in terms))):
        result = double(result)
        for digits, multiples in terms:
            digit = digits[place] if place < len(digits) else 0
            if digit > 0:
                result = add(result, multiples[digit // 2])
            elif digit < 0:
                result = add(result, negate(multiples[-digit // 2]))
    return result


BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
BASE_MULTIPLES = _odd_multiples(BASE, 8)
