from bookshelf.search import rank

TITLES = ["The Hobbit", "The Silmarillion", "Habits of Rabbits", "A Hobbit's Tale"]


def test_exact_words_come_first():
    assert rank("hobbit", TITLES)[0] == "The Hobbit"


def test_a_typo_still_finds_it():
    assert rank("hobitt", TITLES)[0] == "The Hobbit"


def test_what_does_not_match_is_left_out():
    assert "The Silmarillion" not in rank("hobbit", TITLES)


def test_an_empty_query_finds_nothing():
    assert rank("", TITLES) == []
