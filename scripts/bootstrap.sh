# Read by ./naru: installs what is missing before Python can run. Plain POSIX sh.
#
# A start with nothing to do costs a few milliseconds: the Python environment is current when its stamp equals the
# locks, and system packages are only looked at for commands that need clusters, builds or tests.

NARU_PYTHON_MIN="3.11"

# program:package, all Debian/Ubuntu names. A package stands once, behind the program that shows it is there.
NARU_PACKAGES="git:git dockerd:docker.io iptables:iptables mmdebstrap:mmdebstrap buildah:buildah skopeo:skopeo
docker-registry:docker-registry haproxy:haproxy pdns_server:pdns-server mvn:maven javac:openjdk-17-jdk-headless"
NARU_PACKAGES_TEST="wrk:wrk chromium:chromium chromedriver:chromium-driver"

naru_say() { printf 'naru: %s\n' "$*" >&2; }

naru_fail() {
    naru_say "$*"
    exit 3
}

naru_bootstrap() { # clone, command, options...
    naru_clone=$1
    naru_command=${2:-}
    naru_environment
    case "$naru_command" in
        demo | run | clouds | nightly | build-images) naru_packages "$NARU_PACKAGES" ;;
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
        PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
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
    if ! command -v apt-get >/dev/null 2>&1; then
        naru_fail "This machine lacks: $*. It has no apt, so install them with its own package manager (on Rocky and RHEL see 'Agents' in docs/operations.md), then try again."
    fi
    if [ "$(id -u)" != 0 ]; then
        naru_fail "This machine lacks: $*. Run this as root, then try again: $command_line"
    fi
    naru_say "installing with apt: $*"
    log=$(mktemp)
    if ! { apt-get update --quiet && DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
        tail -n 5 "$log" >&2
        rm -f "$log"
        naru_fail "apt could not install: $*. Its last lines stand above; mend that, then try again: $command_line"
    fi
    rm -f "$log"
}
