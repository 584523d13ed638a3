# Read by ./naru: installs what is missing before Python can run. Plain POSIX sh.
#
# A start with nothing to do costs a few milliseconds: the Python environment is current when its stamp equals the
# locks, and system packages are only looked at for commands that need clusters, builds or tests.

NARU_PYTHON_MIN="3.11"

# program:package, all Debian/Ubuntu names. A package stands once, behind the program that shows it is there.
NARU_PACKAGES_GIT="git:git"
NARU_PACKAGES_RELEASE="$NARU_PACKAGES_GIT skopeo:skopeo"
NARU_PACKAGES_BUILD="$NARU_PACKAGES_GIT buildah:buildah mvn:maven javac:openjdk-17-jdk-headless"
NARU_PACKAGES_BASE="mmdebstrap:mmdebstrap"
NARU_PACKAGES="$NARU_PACKAGES_BUILD $NARU_PACKAGES_BASE dockerd:docker.io iptables:iptables skopeo:skopeo
docker-registry:docker-registry haproxy:haproxy pdns_server:pdns-server"
NARU_PACKAGES_TEST="wrk:wrk chromium:chromium chromedriver:chromium-driver"

# Debian package=package of Rocky and RHEL 9; what is not named here they do not have.
NARU_ROCKY="git=git-core skopeo=skopeo buildah=buildah maven=maven openjdk-17-jdk-headless=java-17-openjdk-devel
iptables=iptables-nft haproxy=haproxy python3=python3.11 python3-venv=python3.11"

NARU_SBIN="/usr/sbin:/sbin"
NARU_OS_RELEASE="/etc/os-release"

naru_say() { printf 'naru: %s\n' "$*" >&2; }

naru_fail() {
    naru_say "$*"
    exit 3
}

naru_fail_outside() { # the only stop that is worth a retry
    naru_say "$*"
    exit 4
}

naru_bootstrap() { # clone, command, options...
    naru_clone=$1
    naru_command=${2:-}
    naru_environment
    case " $* " in *" --help "*) return 0 ;; esac
    case "$naru_command" in
        tag-release | patch-overlays) naru_packages "$NARU_PACKAGES_GIT" ;;
        publish-release | promote) naru_packages "$NARU_PACKAGES_RELEASE" ;;
        build-images) naru_build_packages ;;
        clouds) if [ "${3:-}" = up ]; then naru_packages "$NARU_PACKAGES"; fi ;;
        demo | run | nightly) naru_packages "$NARU_PACKAGES" ;;
        test)
            case " $* " in
                *" --fast "*) naru_test_environment ;;
                *)
                    naru_packages "$NARU_PACKAGES $NARU_PACKAGES_TEST"
                    naru_files "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc:fonts-noto-cjk /usr/lib/x86_64-linux-gnu/pdns/libgsqlite3backend.so:pdns-backend-sqlite3"
                    naru_test_environment
                    ;;
            esac
            ;;
    esac
}

# A base image by digest needs no mmdebstrap; where there is none, the stage itself says if it is asked for.
naru_build_packages() {
    if command -v apt-get >/dev/null 2>&1; then
        naru_packages "$NARU_PACKAGES_BUILD $NARU_PACKAGES_BASE"
    else
        naru_packages "$NARU_PACKAGES_BUILD"
    fi
}

# The Python environment ---------------------------------------------------------------------------------------

naru_python() {
    for candidate in python3 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then
            printf '%s' "$candidate"
            return 0
        fi
    done
    return 1
}

naru_environment() {
    stamp="$naru_clone/.venv/naru-run.txt"
    if cmp -s "$naru_clone/requirements/run.txt" "$stamp"; then return 0; fi
    python=$(naru_python) || {
        naru_install python3 python3-venv
        python=$(naru_python) || naru_fail "Python $NARU_PYTHON_MIN or newer was not found. Install it, then try again."
    }
    if ! "$python" -c "import ensurepip, venv" 2>/dev/null; then naru_install python3-venv; fi
    naru_say "making the Python environment (once, about a minute) ..."
    [ -x "$naru_clone/.venv/bin/python" ] || "$python" -m venv "$naru_clone/.venv" ||
        naru_fail "The Python environment could not be made in $naru_clone/.venv."
    naru_pip run.txt
    cp "$naru_clone/requirements/run.txt" "$stamp"
}

naru_test_environment() {
    stamp="$naru_clone/.venv/naru-test.txt"
    if cmp -s "$naru_clone/requirements/test.txt" "$stamp"; then return 0; fi
    naru_say "adding the test tools to the Python environment ..."
    naru_pip test.txt
    cp "$naru_clone/requirements/test.txt" "$stamp"
}

naru_pip() {
    "$naru_clone/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r "$naru_clone/requirements/$1" ||
        naru_fail "The Python packages of requirements/$1 could not be installed; pip's words stand above. Check that the package index is reached (pip config list), then try again."
}

# System packages ----------------------------------------------------------------------------------------------

naru_packages() {
    missing=
    for pair in $1; do
        PATH="$PATH:$NARU_SBIN" command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
    done
    # shellcheck disable=SC2086 # a list of package names
    [ -z "$missing" ] || naru_install $missing
}

naru_files() {
    missing=
    for pair in $1; do [ -e "${pair%%:*}" ] || missing="$missing ${pair#*:}"; done
    # shellcheck disable=SC2086
    [ -z "$missing" ] || naru_install $missing
}

naru_install() {
    command_line="apt-get update && apt-get install --yes --no-install-recommends $*"
    command -v apt-get >/dev/null 2>&1 || naru_without_apt "$@"
    if [ "$(id -u)" != 0 ]; then
        naru_fail "This machine lacks: $*. Run this as root, then try again: $command_line"
    fi
    naru_say "installing with apt: $*"
    log=$(mktemp)
    if ! { apt-get update --quiet && DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
        tail -n 5 "$log" >&2
        naru_apt_failed "$log" "$*"
    fi
    rm -f "$log"
}

naru_apt_failed() { # log, packages
    if grep -q -i 'no space left' "$1"; then
        why="the disk is full. Free some of it"
    elif grep -q -E '40[137] +[A-Z]' "$1"; then
        why="the package mirror refused this machine (its last lines stand above). Name another one in /etc/apt/sources.list.d"
    elif grep -q -i -E 'could not (resolve|connect)|temporary failure|unable to connect|timed out|connection failed|50[234] +[A-Z]' "$1"; then
        rm -f "$1"
        naru_fail_outside "apt could not install: $2: the package mirror did not answer (its last lines stand above). Try again later, or: $command_line"
    else
        why="its last lines stand above. Mend that"
    fi
    rm -f "$1"
    naru_fail "apt could not install: $2: $why, then try again: $command_line"
}

naru_without_apt() { # Debian packages; never comes back
    rocky=
    nowhere=
    for package in "$@"; do
        found=
        for pair in $NARU_ROCKY; do [ "${pair%%=*}" != "$package" ] || found=${pair#*=}; done
        case "$found: $rocky " in
            :*) nowhere="$nowhere $package" ;;
            *" $found "*) ;; # two Debian packages may be one there
            *) rocky="$rocky $found" ;;
        esac
    done
    system=$(naru_system)
    command -v dnf >/dev/null 2>&1 ||
        naru_fail "$system lacks: $*. It has neither apt nor dnf, so install what these Debian packages hold in its own way, then try again."
    [ -z "$nowhere" ] ||
        naru_fail "$system has no package for:$nowhere. Run this command on a Debian or Ubuntu agent; every stage that needs no cluster runs here (./naru doctor tells)."
    naru_fail "$system lacks: $*. Run this as root, then try again: dnf install --assumeyes$rocky"
}

naru_system() {
    title=$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$NARU_OS_RELEASE" 2>/dev/null) || title=
    printf '%s' "${title:-This system}"
}
