"""Each state has a glyph, a word and a colour, and an ASCII twin for plain terminals."""

from rich.cells import cell_len

from widgets.glyphs import ASCII_TWINS, fuel_glyphs, fuel_state, glyphs


def test_every_ascii_twin_is_ascii_and_as_wide() -> None:
    for code, twin in ASCII_TWINS.items():
        assert isinstance(twin, str)
        assert twin.isascii()
        assert cell_len(twin) == cell_len(chr(code)), chr(code)


def test_faces_say_in_a_word_what_they_show_in_a_colour() -> None:
    for table in (glyphs(), glyphs(ascii_only=True), fuel_glyphs(), fuel_glyphs(ascii_only=True)):
        words = [face.word for face in table.values()]
        assert all(words)
        assert len(set(words)) == len(words)


def test_plain_terminals_get_plain_glyphs() -> None:
    assert all(face.glyph.isascii() for face in glyphs(ascii_only=True).values())
    assert all(face.glyph.isascii() for face in fuel_glyphs(ascii_only=True).values())


def test_a_window_changes_state_at_its_thresholds() -> None:
    shares = (0.0, 0.59, 0.60, 0.79, 0.80, 0.94, 0.95, 1.5)
    assert [fuel_state(share) for share in shares] == [
        *("normal", "normal", "caution", "caution", "warning", "warning"),
        *("critical", "critical"),
    ]
    assert fuel_state(0.5, (0.1, 0.5, 0.9)) == "warning"
