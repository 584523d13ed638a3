"""Build tools in memory: a repository of files, a workshop whose commands are functions, a store of images and bases."""

import hashlib
from contextlib import contextmanager
from pathlib import PurePosixPath

from fakes.khan import product
from naru.errors import OutsideDown
from naru.model.base_image import BaseDefinition
from naru.model.build import BuiltImage, FailureRule
from naru.model.product import Build, ImageSpec
from naru.model.release import Release
from naru.steps.build_images import BuildTools

COMMIT = "c" * 40
CONTROL = "Package: libc6\nVersion: 2.36\nArchitecture: amd64\nSource: glibc (2.36-1)\n"


def digest(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def release(**changes):
    return Release(
        product="khan", line="8.9.csap", version="8.9.csap-999", tag="khan-999", tag_object="a" * 40, commit=COMMIT, commit_time=1_700_000_000,
        parameters={"KHAN_RELEASE": "8.9.csap", "BUG_FIX_VERSION": "999"},
    ).model_copy(update=changes)


def definition(**changes):
    return BaseDefinition(
        name="sandbox-jre", suite="bookworm", distro="debian-12", packages=("libc6",), locked={"libc6": "2.36"}, epoch=1_700_000_000
    ).model_copy(update=changes)


def build_product(*, base="sandbox-jre", **build):
    words = {"command": ("make", "{version}"), "test_command": ("make", "test"), "outputs": ("out.jar",), "environment": {"REPO": "{cache}/m2"}}
    images = tuple(ImageSpec(name=name, repository=f"khan/{name}", containerfile=f"{name}/Containerfile", base=base) for name in ("openmaru-app", "egov"))
    return product(build=Build(**(words | build)), images=images)


class FakeWorkshop:
    def __init__(self):
        self.free = 100 * 1024**3
        self.files = {"openmaru-app/Containerfile": "FROM ${BASE}\n", "egov/Containerfile": "FROM ${BASE}\n", "out.jar": "jar"}
        self.answers = {}
        self.ran = []
        self.open = 0
        self.settled = None

    def free_bytes(self):
        return self.free

    @contextmanager
    def opened(self):
        self.open += 1
        try:
            yield PurePosixPath("/shop/workshop-1")
        finally:
            self.open -= 1

    def run_build(self, argv, folder, environment, *, timeout, on_line):
        self.ran.append((tuple(argv), dict(environment)))
        status, lines = self.answers.get(argv[1], (0, ["[INFO] BUILD SUCCESS"]))
        for line in lines:
            on_line(line)
        return status

    def read_file(self, folder, name):
        return self.files.get(name)

    def exists(self, folder, name):
        return name in self.files

    def settle_times(self, folder, epoch):
        self.settled = epoch


class FakeSource:
    def __init__(self):
        self.exported = []

    def export(self, commit, folder):
        self.exported.append(commit)


class FakeBuilder:
    def __init__(self):
        self.known = {}
        self.orders = []
        self.fault = None

    def find_image(self, name, inputs):
        return self.known.get((name, inputs))

    def build_image(self, order, on_line):
        self.orders.append(order)
        on_line("STEP 1/2: FROM")
        if self.fault:
            raise self.fault
        text = order.model_dump_json()
        return BuiltImage(digest=digest(text), config_digest=digest("config" + text), size=7, labels=order.labels, files=())

    def remember_image(self, name, inputs, built):
        self.known[name, inputs] = built

    def clear(self):
        pass


class FakeBases:
    def __init__(self):
        self.known = {}
        self.made = []
        self.controls = (CONTROL,)

    def find_base(self, inputs):
        return self.known.get(inputs)

    def make_base(self, definition, *, preferences, left_out, on_line):
        self.made.append((definition.name, preferences))
        return digest("base" + preferences), self.controls

    def fetch_base(self, reference):
        if "absent" in reference:
            raise OutsideDown(f"The base {reference} could not be fetched.")
        self.made.append((reference, ""))
        return "sha256:" + reference.rpartition("sha256:")[2]

    def remember_base(self, base):
        self.known[base.inputs_sha256] = base


RULES = (
    FailureRule(id="disk-full", pattern="No space left", en="the disk is full", ko="디스크가 가득 찼습니다.", hint="Free some.", stop="missing"),
    FailureRule(id="time-out", pattern="^naru: stopped after (?P<seconds>.*) s$", en="it took over {seconds} s", ko="{seconds}초 초과", hint="Look.", stop="outside"),
    FailureRule(id="does-not-compile", pattern=r"\[ERROR\] (?P<file>\S+\.java)", en="{file} does not compile", ko="{file} 컴파일 오류", hint="Correct it."),
)


class World:
    """All of it together."""

    def __init__(self, tmp_path):
        self.source, self.workshop, self.builder, self.bases = FakeSource(), FakeWorkshop(), FakeBuilder(), FakeBases()
        self.definitions = {"sandbox-jre": definition()}
        self.tmp_path = tmp_path

    def tools(self):
        return BuildTools(
            source=lambda: self.source, workshop=self.workshop, builder=self.builder, bases=self.bases, definitions=self.definitions,
            rules=RULES, cache=PurePosixPath("/cache"), least_free=2 * 1024**3,
        )
