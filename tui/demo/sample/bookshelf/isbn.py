"""ISBN numbers."""


def is_valid(isbn: str) -> bool:
    """Whether `isbn` is a valid ISBN-13; dashes and spaces are ignored."""
    digits = isbn.replace("-", "").replace(" ", "")
    if len(digits) != 13 or not digits.isdecimal():
        return False
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return total % 10 == 0
