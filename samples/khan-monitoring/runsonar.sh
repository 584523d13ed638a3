#!/bin/sh
# Sends the analysis to SonarQube; SONAR_HOST_URL and SONAR_TOKEN come from the environment.
set -eu
cd "$(dirname -- "$0")"
: "${SONAR_HOST_URL:?runsonar.sh: SONAR_HOST_URL is not set}"
exec ./mvnw -B verify sonar:sonar -f pom-develop.xml
