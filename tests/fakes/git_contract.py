"""What every repository answers, real or fake: subclass GitContract and give `world` (see the two classes below)."""

import pytest

from naru.errors import Conflict, Malformed, Missing

WHEN = 1_700_000_000


def seeded(repo):
    """Two commits on master, an older lightweight tag and a newer annotated one."""
    first = repo.write_commit((), {"a/one.txt": b"1", "run": b"#!"}, "KAPM-1 first", when=WHEN, executable={"run"})
    second = repo.write_commit((first,), {"a/one.txt": b"2", "two.txt": "둘".encode()}, "KAPM-2 second\n\nmore", when=WHEN + 60)
    repo.push_create_only("refs/heads/master", second)
    repo.push_create_only("refs/tags/old-1", first)
    tag = repo.make_tag("new-2", second, "new 2", when=WHEN + 60)
    repo.push_create_only("refs/tags/new-2", tag)
    repo.fetch()
    return first, second, tag


class GitContract:
    """`world()` gives a fresh remote as a function that opens a new private copy of it."""

    @pytest.fixture
    def open_copy(self, world):
        return world()

    @pytest.fixture
    def repo(self, open_copy):
        return open_copy()

    def test_the_same_values_give_the_same_commit_and_tag_in_two_repositories(self, world):
        one, other = world()(), world()()
        assert seeded(one) == seeded(other)

    def test_reads_back_what_was_committed(self, repo):
        first, second, _ = seeded(repo)
        assert repo.read_file(second, "two.txt") == "둘".encode()
        assert repo.read_file(first, "a/one.txt") == b"1"
        assert repo.list_files("master") == ("a/one.txt", "run", "two.txt")
        assert repo.list_files("master", "a") == ("a/one.txt",)
        assert repo.list_files("master", "nowhere") == ()
        assert {entry.path: entry.mode for entry in repo.entries(second)}["run"] == "100755"
        assert repo.find_file(second, "nope") is None
        with pytest.raises(Missing):
            repo.read_file(second, "nope")

    def test_tells_commits_from_new_to_old(self, repo):
        first, second, _ = seeded(repo)
        assert [info.commit for info in repo.log_between(None, "master")] == [second, first]
        assert [info.subject for info in repo.log_between(first, second)] == ["KAPM-2 second"]
        assert repo.history(second) == (second, first)
        info = repo.commit_info(second)
        assert (info.parents, info.commit_time) == ((first,), WHEN + 60)

    def test_knows_who_contains_whom(self, repo):
        first, second, _ = seeded(repo)
        assert repo.is_ancestor(first, second)
        assert repo.is_ancestor(second, second)
        assert not repo.is_ancestor(second, first)

    def test_a_name_leads_to_its_commit_or_to_none(self, repo):
        first, second, tag = seeded(repo)
        assert (repo.find("master"), repo.find("new-2"), repo.find("old-1"), repo.find(first)) == (second, second, first, first)
        assert repo.find("nope") is None
        assert repo.object_of("refs/tags/new-2") == tag
        assert repo.resolve_prefix(first[:10]) == first
        with pytest.raises(Missing):
            repo.resolve("nope")
        with pytest.raises(Missing):
            repo.resolve_prefix("0" * 40)

    @pytest.mark.parametrize("name", ["-x", "a..b", "a b", "$(id)", "a;b", "", "a/", "@{-1}", "a^", "a:b", "x.lock", "../x", "ᄀ"])
    def test_refuses_names_that_git_would_read_as_something_else(self, repo, name):
        with pytest.raises(Malformed):
            repo.find(name)
        with pytest.raises(Malformed):
            repo.make_tag(name, "0" * 40, "x", when=WHEN)

    def test_lists_tags_with_object_and_commit_newest_first(self, repo):
        first, second, tag = seeded(repo)
        assert [(t.name, t.object, t.commit) for t in repo.tags()] == [("new-2", tag, second), ("old-1", first, first)]

    def test_a_commit_takes_files_away_and_keeps_modes(self, repo):
        _, second, _ = seeded(repo)
        third = repo.write_commit((second,), {"two.txt": None, "run": b"#!/bin/sh"}, "third", when=WHEN + 120)
        assert repo.list_files(third) == ("a/one.txt", "run")
        assert {entry.path: entry.mode for entry in repo.entries(third)}["run"] == "100755"

    def test_a_copy_sees_the_remote_as_of_its_last_fetch(self, open_copy):
        mine = open_copy()
        other = open_copy()
        _, second, _ = seeded(mine)
        assert other.branches() == {}
        other.fetch()
        assert other.branches() == {"master": second}

    def test_asks_the_remote_for_refs_and_what_tags_lead_to(self, repo):
        first, second, tag = seeded(repo)
        assert repo.ls_remote("refs/tags/new-2") == {"refs/tags/new-2": tag, "refs/tags/new-2^{}": second}
        assert repo.ls_remote("refs/heads/*") == {"refs/heads/master": second}
        assert repo.ls_remote("refs/tags/ew-2") == {}
        assert repo.ls_remote("refs/tags/old-1") == {"refs/tags/old-1": first}

    def test_creates_a_ref_once_and_says_so_the_second_time(self, repo):
        first, second, _ = seeded(repo)
        assert repo.push_create_only("refs/tags/x", first) is True
        assert repo.push_create_only("refs/tags/x", first) is False
        with pytest.raises(Conflict) as stop:
            repo.push_create_only("refs/tags/x", second)
        assert stop.value.found == first

    def test_moves_a_branch_only_from_where_it_was_seen(self, repo):
        _, second, _ = seeded(repo)
        third = repo.write_commit((second,), {"c": b"3"}, "third", when=WHEN + 120)
        fourth = repo.write_commit((second,), {"c": b"4"}, "fourth", when=WHEN + 120)
        assert repo.push_compare_and_swap("refs/heads/master", third, second) is True
        assert repo.push_compare_and_swap("refs/heads/master", third, second) is False
        with pytest.raises(Conflict) as stop:
            repo.push_compare_and_swap("refs/heads/master", fourth, second)
        assert stop.value.found == third

    def test_deletes_a_branch_by_compare_and_swap(self, repo):
        first, second, _ = seeded(repo)
        repo.push_create_only("refs/heads/gone", second)
        with pytest.raises(Conflict):
            repo.push_compare_and_swap("refs/heads/gone", None, first)
        assert repo.push_compare_and_swap("refs/heads/gone", None, second) is True
        assert "refs/heads/gone" not in repo.ls_remote()

    def test_pushes_nothing_but_full_names(self, repo):
        first, _, _ = seeded(repo)
        for ref in ("master", "refs/naru/x", "+refs/heads/master", "refs/heads/a:refs/heads/b"):
            with pytest.raises(Malformed):
                repo.push_create_only(ref, first)

    def test_merges_what_does_not_conflict_and_says_none_where_it_does(self, repo):
        _, second, _ = seeded(repo)
        ours = repo.write_commit((second,), {"a/one.txt": b"ours"}, "ours", when=WHEN + 120)
        theirs = repo.write_commit((second,), {"two.txt": b"theirs"}, "theirs", when=WHEN + 120)
        clash = repo.write_commit((second,), {"a/one.txt": b"clash"}, "clash", when=WHEN + 120)
        tree = repo.merged_tree(ours, theirs)
        merged = repo.commit_tree(tree, (ours, theirs), "merged", when=WHEN + 180)
        assert (repo.read_file(merged, "a/one.txt"), repo.read_file(merged, "two.txt")) == (b"ours", b"theirs")
        assert repo.commit_info(merged).parents == (ours, theirs)
        assert repo.merged_tree(ours, clash) is None

    def test_exports_the_files_of_a_commit(self, repo, tmp_path):
        _, second, _ = seeded(repo)
        repo.export(second, tmp_path / "out", only="a")
        assert [p.as_posix().split("/out/")[1] for p in (tmp_path / "out").rglob("*") if p.is_file()] == ["a/one.txt"]
        assert (tmp_path / "out/a/one.txt").read_bytes() == b"2"
