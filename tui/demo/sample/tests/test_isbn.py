from bookshelf.isbn import is_valid


def test_a_valid_number():
    assert is_valid("978-0-306-40615-7")


def test_a_wrong_check_digit():
    assert not is_valid("978-0-306-40615-8")
