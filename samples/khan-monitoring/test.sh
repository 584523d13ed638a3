#!/bin/sh
# All unit tests. Extra arguments go to Maven, e.g. ./test.sh -pl src/egov
set -eu
cd "$(dirname -- "$0")"
exec ./mvnw -B test -f pom-develop.xml "$@"
