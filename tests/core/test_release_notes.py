"""The previous release of a line, and the notes since."""

from fakes.khan import product
from naru.core.release_notes import KnownTag, clean_line, line_tags, natural_key, notes_of, notes_text, previous_release
from naru.model.release import Release

PRODUCT = product()
A, B, C = "a" * 40, "b" * 40, "c" * 40


def tag(number, line="8.9.csap", ape="5.2.0"):
    return f"khan-monitoring-5-git-{number}-ape-{ape}-{line}"


def previous(tags, history, before="8.9.csap-1000"):
    found = previous_release(line_tags(PRODUCT, "8.9.csap", [KnownTag(n, c) for n, c in tags], before=before), history)
    return found.version if found else None


def test_the_nearest_tagged_commit_of_the_line_is_the_previous_release():
    assert previous([(tag(998), A), (tag(997), B)], [C, B, A]) == "8.9.csap-997"


def test_other_lines_other_tags_and_higher_numbers_do_not_count():
    assert previous([(tag(1, "8.8.4"), B), ("v1", B), (tag(1000), B), (tag(1001), B), (tag(9), A)], [C, B, A]) == "8.9.csap-9"


def test_of_two_tags_on_one_commit_the_higher_number_counts():
    assert previous([(tag(99), A), (tag(100), A), (tag(98), A)], [B, A]) == "8.9.csap-100"


def test_an_older_tag_with_other_fields_still_is_a_release_of_the_line():
    assert previous([(tag(5, ape="4.0"), A)], [B, A]) == "8.9.csap-5"


def test_the_first_release_of_a_line_has_none_before_it():
    assert previous([], [B, A]) is None


def test_numbers_sort_as_people_read_them():
    assert sorted(["8.10-1", "8.9-10", "8.9-9"], key=natural_key) == ["8.9-9", "8.9-10", "8.10-1"]


def test_issue_keys_are_linked_once_each():
    note = notes_of([(A, "KAPM-1, KAPM-22 and KAPM-1 again; kapm-3, XKAPM")], PRODUCT.issues)[0]
    assert note.issues == ("KAPM-1", "KAPM-22")
    assert note.links == ("https://issues.example.com/KAPM-1", "https://issues.example.com/KAPM-22")


def test_a_product_without_an_issue_tracker_has_plain_notes():
    assert notes_of([(A, "KAPM-1 x")], None)[0].issues == ()


def test_subjects_lose_what_a_reader_cannot_see():
    assert clean_line("a\x1b[31m\u202eb\u200bc\td\0") == "a[31mbc d"
    assert len(clean_line("x" * 5000)) == 300
    assert clean_line("한글 Slack") == "한글 Slack"


def test_the_notes_text_cannot_smuggle_markup():
    notes = notes_of([(A, "KAPM-1 <script> [x](http://evil) `y`")], PRODUCT.issues)
    release = Release(product="khan", line="8.9.csap", version="8.9.csap-1", tag=tag(1), tag_object=B, commit=A, commit_time=1,
                      parameters={}, notes=notes, notes_omitted=3)
    text = notes_text(release, "Khan")
    assert r"- [KAPM-1](https://issues.example.com/KAPM-1) \<script\> \[x\](http://evil) \`y\` (aaaaaaaaaa)" in text
    assert "3 earlier commits" in text
