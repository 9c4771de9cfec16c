from bookshelf.slug import slugify


def test_words_are_joined_by_dashes():
    assert slugify("The Left Hand of Darkness") == "the-left-hand-of-darkness"


def test_punctuation_goes():
    assert slugify("Who's Afraid?  (Of Virginia Woolf)") == "whos-afraid-of-virginia-woolf"


def test_nothing_stays_nothing():
    assert slugify("  ") == ""
