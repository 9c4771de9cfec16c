"""A journal gives back what was written, or says where it can't."""

from __future__ import annotations

import pytest

from sessions.documents import encode
from sessions.journal import BadRecord, Record, RecordReader, decode_record, encode_record


def records(count: int) -> list[Record]:
    return [
        Record(n, {"events": {str(n): {"seq": n, "text": "né\n" * n}}}) for n in range(1, count)
    ]


def lines(count: int) -> bytes:
    return b"".join(map(encode_record, records(count)))


def test_records_come_back_in_order_and_nothing_is_left() -> None:
    reader = RecordReader(lines(9))
    assert list(reader) == records(9)
    assert reader.tail == b""


def test_a_record_is_checksum_length_and_json_on_one_line() -> None:
    line = encode_record(Record(7, {"t": {"1": {"a": "\n"}, "2": None}, "gone": None}))
    head, body = line[:18], line[18:]
    assert body == b'{"seq":7,"tables":{"t":{"1":{"a":"\\n"},"2":null},"gone":null}}\n'
    assert int(head[9:17], 16) == len(body) - 1
    assert line.count(b"\n") == 1


def test_a_journal_cut_at_any_byte_gives_the_whole_records_before_it() -> None:
    data = lines(9)
    ends = [len(lines(n)) for n in range(1, 10)]
    for length in range(len(data) + 1):
        reader = RecordReader(data[:length])
        whole = sum(end <= length for end in ends) - 1
        assert list(reader) == records(whole + 1), length
        assert reader.end == ends[whole]
        assert reader.tail == data[ends[whole] : length]


def test_no_single_flipped_bit_goes_unnoticed() -> None:
    data = lines(6)
    last = len(lines(5))
    for position in range(len(data) * 8):
        changed = bytearray(data)
        changed[position // 8] ^= 1 << position % 8
        reader = RecordReader(bytes(changed))
        if position // 8 >= last:  # only the last record may be taken for a cut one
            assert list(reader) == records(5), position
            assert reader.tail
        else:
            with pytest.raises(BadRecord) as bad:
                list(reader)
            assert bad.value.offset <= position // 8


def test_good_records_are_found_even_right_after_a_broken_line_end() -> None:
    data = bytearray(lines(3))
    data[len(lines(2)) - 1] = ord("x")
    with pytest.raises(BadRecord, match="at byte 0"):
        list(RecordReader(bytes(data)))


@pytest.mark.parametrize(
    "tail", [b"\0" * 4096, b"\n", b"0", b"deadbeef 00000001 {\n", b"\xff" * 99]
)
def test_any_rubbish_at_the_end_is_a_tail(tail: bytes) -> None:
    reader = RecordReader(lines(4) + tail)
    assert list(reader) == records(4)
    assert reader.tail == tail


def test_text_that_looks_like_a_record_is_not_taken_for_one() -> None:
    forged = encode_record(Record(2, {"events": None})).decode()
    line = encode_record(Record(1, {"events": {"1": {"text": forged}}}))
    assert list(RecordReader(line)) == [decode_record(line)]
    cut = RecordReader(line[:-1])
    assert list(cut) == []
    assert cut.tail == line[:-1]


def test_a_length_that_lies_far_outside_is_harmless() -> None:
    line = encode_record(Record(1, {}))
    reader = RecordReader(line[:9] + b"ffffffff" + line[17:])
    assert list(reader) == []


def test_json_in_a_line_never_holds_a_line_break() -> None:
    assert b"\n" not in encode({"a\n": "\n\r\u2028\x0b"})
