"""Whatever a person's overlay looks like, only the wanted scalars change. Run with --hypothesis-show-statistics for counts."""

import os

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from naru.core.yaml_scalars import Meaning, meaning
from naru.core.yaml_splice import Edit, splice

EXAMPLES = int(os.environ.get("NARU_EXAMPLES", "25"))
FIELDS = ("newTag", "digest")

printable = st.characters(categories=("L", "N", "P", "S", "Zs"), include_characters=" ").filter(str.isprintable)
values = st.one_of(
    st.text(printable, min_size=1, max_size=30),
    st.sampled_from(["8.9", "8.9.csap-999", "no", "0755", "1e3", "~", "null", "true", "2023-11-30", "12:30", "1_000", "0x1f", "sha256:" + "a" * 64,
                     "- a", "a: b", "a #b", "'", '"', "\\", "{a}", "[a]", "*a", "&a", "!a", "|", ">", "%a", "@a", "`a", "---", "...", "y", "=", "<<", " a "]),
)
words = st.text("abcdefghij가나다라", min_size=1, max_size=8)
comments = st.text(printable, max_size=20).map(lambda text: "# " + text)
styles = st.sampled_from(["", "'", '"'])


@st.composite
def overlays(draw):
    """(pieces of text around the holes, old value and style of each hole, path of each hole)."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    indent = draw(st.sampled_from(["", "  ", "    "]))
    flow = draw(st.booleans())
    text = ("\ufeff" if draw(st.booleans()) else "") + ("---" + end if draw(st.booleans()) else "")
    text += "".join(draw(comments) + end for _ in range(draw(st.integers(0, 2)))) + "images:" + end
    pieces, holes = [], []
    for number in range(draw(st.integers(1, 4))):
        text += "".join(indent + draw(comments) + end for _ in range(draw(st.integers(0, 1))))
        keys = draw(st.permutations(["name", *FIELDS]))
        text += indent + "- " + ("{" if flow else "")
        for place, key in enumerate(keys):
            text += ("" if place == 0 or flow else indent + "  ") + key + ": "
            old, style = draw(words), draw(styles)
            if key == "name":
                text += f"image-{number}"
            else:
                pieces.append(text)
                holes.append((f"images.{number}.{key}", old, style))
                text = ""
            if flow:
                text += "}" if place == len(keys) - 1 else ", "
            else:
                text += (" " + draw(comments) if draw(st.booleans()) else "") + end + (end if draw(st.booleans()) else "")
        text += end if flow else ""
    pieces.append(text.rstrip("\r\n") if draw(st.booleans()) and not text.isspace() else text)
    return pieces, holes


def written(pieces, scalars):
    return "".join(piece + scalar for piece, scalar in zip(pieces, [*scalars, ""], strict=True))


@settings(max_examples=EXAMPLES, deadline=None)
@given(overlays(), st.data())
def test_every_byte_outside_the_changed_scalars_stays_and_both_readers_see_the_new_text(overlay, data):
    pieces, holes = overlay
    before = written(pieces, [style + old + style for _, old, style in holes])
    wanted = {path: data.draw(values) for path, _, _ in holes if data.draw(st.booleans())}
    result = splice(before, "f.yaml", [Edit(path, value) for path, value in wanted.items()])

    rest = result.text
    for piece, (path, old, style) in zip(pieces, holes, strict=False):
        assert rest.startswith(piece)
        rest = rest[len(piece):]
        scalar = scalar_at(rest, wanted.get(path, old), style)
        assert path in wanted or scalar == style + old + style
        rest = rest[len(scalar):]
    assert rest == pieces[-1]

    text = result.text.removeprefix("\ufeff")
    for read in (yaml.safe_load, YAML(typ="safe", pure=True).load):
        images = read(text)["images"]
        for path, value in wanted.items():
            _, number, field = path.split(".")
            assert images[int(number)][field] == value
    assert {change.path for change in result.changes} == {path for path, old, _ in holes if path in wanted and wanted[path] != old}

    again = splice(result.text, "f.yaml", [Edit(path, value) for path, value in wanted.items()])
    assert (again.text, again.changes) == (result.text, ())


def scalar_at(rest, value, style):
    """The scalar that the text begins with: in its old style, or (plain ones only) in double quotes."""
    single = "'" + value.replace("'", "''") + "'"
    double = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    allowed = {"'": [single], '"': [double], "": [value, double]}[style]
    return next(form for form in reversed(allowed) if rest.startswith(form))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.one_of(values, st.text("0123456789_.eExXoOb+-:abcdefinfnaTZ", min_size=1, max_size=12)))
def test_what_is_written_without_quotes_is_text_to_a_yaml_1_1_and_a_yaml_1_2_reader(text):
    result = splice("a: x\n", "f.yaml", [Edit("a", text)]).text
    assert yaml.safe_load(result) == YAML(typ="safe", pure=True).load(result) == {"a": text}


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()))
def test_what_a_plain_number_boolean_or_null_is_written_as_is_never_taken_for_text(value):
    assert meaning("null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)) is not Meaning.text
