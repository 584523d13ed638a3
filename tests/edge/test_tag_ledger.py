"""The ledger of tags that were sent out."""

from naru.edge.tag_ledger import TagLedger

A, B = "a" * 40, "b" * 40


def test_knows_our_own_objects_and_no_others(tmp_path):
    ledger = TagLedger(tmp_path)
    assert not ledger.is_ours("/r.git", "t", A)
    ledger.note("/r.git", "t", A, "pushing")
    assert TagLedger(tmp_path).is_ours("/r.git", "t", A)
    assert not ledger.is_ours("/r.git", "t", B)
    assert not ledger.is_ours("/other.git", "t", A)


def test_only_what_was_read_back_counts_as_pushed(tmp_path):
    ledger = TagLedger(tmp_path)
    ledger.note("/r.git", "t", A, "pushing")
    assert ledger.pushed("/r.git", "t") is None
    ledger.note("/r.git", "t", A, "pushed")
    assert ledger.pushed("/r.git", "t") == A


def test_a_line_torn_by_a_crash_is_skipped_and_the_next_one_is_whole(tmp_path):
    ledger = TagLedger(tmp_path)
    ledger.note("/r.git", "t", A, "pushed")
    with (tmp_path / "tags.jsonl").open("ab") as stream:
        stream.write(b'{"object": "half')
    ledger.note("/r.git", "u", B, "pushed")
    assert [entry["tag"] for entry in ledger.entries()] == ["t", "u"]
