import pytest

from bookshelf.price import format_price


def test_cents_become_units():
    assert format_price(1250, "EUR") == "12.50 EUR"


def test_thousands_are_grouped():
    assert format_price(123456789, "USD") == "1,234,567.89 USD"


def test_a_refund_is_negative():
    assert format_price(-5, "EUR") == "-0.05 EUR"


def test_an_unknown_currency_is_an_error():
    with pytest.raises(ValueError):
        format_price(100, "XXX")
