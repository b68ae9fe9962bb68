"""Primes: tests of them by two methods, a sieve, and factors."""

import math

# Enough for every number below 3.3 * 10^24; beyond it, a composite passes with odds below 4^-13.
_WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)


def factorised(number: int) -> list[tuple[int, int]]:
    """The prime factors with their powers, smallest first."""
    # In the process with limits only: of large numbers this may take any time.
    import sympy  # type: ignore[import-untyped]  # noqa: PLC0415

    return sorted((int(prime), int(power)) for prime, power in sympy.factorint(number).items())


def is_prime(number: int) -> bool:
    """The test of Miller and Rabin, certain below 3.3 * 10^24."""
    if number < 2:
        return False
    for small in _WITNESSES:
        if number % small == 0:
            return number == small
    odd = number - 1
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    for witness in _WITNESSES:
        power = pow(witness, odd, number)
        if power in {1, number - 1}:
            continue
        if not any((power := power * power % number) == number - 1 for _ in range(twos - 1)):
            return False
    return True


def passes_fermat(number: int) -> bool:
    """Division by all up to 1000, then Fermat's test in five bases: another way than `is_prime`; for numbers from 2."""
    limit = min(math.isqrt(number), 1000)
    small = all(number % one for one in range(2, limit + 1))
    return small and (
        limit * limit >= number - 2 * limit or all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7, 11))
    )


def sieve(low: int, high: int) -> list[int]:
    """The primes from `low` (at least 2) to `high`, by the sieve of Eratosthenes."""
    root = math.isqrt(max(high, 0))
    small = bytearray([1]) * (root + 1)
    whole = bytearray([1]) * max(high - low + 1, 0)
    for number in range(2, root + 1):
        if small[number]:
            small[number * number :: number] = bytes(len(range(number * number, root + 1, number)))
            start = max(number * number, -(-low // number) * number)
            whole[start - low :: number] = bytes(len(range(start, high + 1, number)))
    return [low + index for index, prime in enumerate(whole) if prime]
