"""A product as pipelines/products describes one, small and not tied to the shipped file."""

from naru.core.config_file import parse_config
from naru.model.product import Product

TEXT = r"""
schema_number: 1
name: khan
title: {en: Khan, ko: 칸}
source: {url: /src.git, branch: master, maintenance_branches: ['release/[0-9.]+']}
parameters:
  - {name: KHAN_RELEASE, kind: line, description: the line}
  - {name: BUG_FIX_VERSION, kind: text, pattern: '[1-9][0-9]{0,5}', max_length: 6, description: digits}
lines:
  - {name: 8.9.csap, fields: {ape_version: 5.2.0}}
  - {name: 8.8.4, fields: {ape_version: 5.1.0}, branch: release/8.8}
tags:
  make: khan-monitoring-5-git-{BUG_FIX_VERSION}-ape-{ape_version}-{KHAN_RELEASE}
  read: ['khan-monitoring-5-git-(?P<BUG_FIX_VERSION>[1-9][0-9]{0,5})-ape-(?P<ape_version>[0-9.]+)-(?P<KHAN_RELEASE>[0-9]+(\.[0-9a-z]+){1,4})']
  version: '{KHAN_RELEASE}-{BUG_FIX_VERSION}'
  version_pattern: '[0-9]+(\.[0-9a-z]+){1,4}-[1-9][0-9]{0,5}'
build: {command: [make]}
images:
  - {name: openmaru-app, repository: khan/openmaru-app, containerfile: a, base: sandbox-jre}
  - {name: egov, repository: khan/egov, containerfile: b, base: sandbox-jre}
clouds: [naver]
release_registry: 'sandbox:'
issues: {pattern: 'KAPM-[0-9]{1,7}', url: 'https://issues.example.com/{issue}'}
"""


def product(**changes) -> Product:
    return parse_config(TEXT, Product, "khan.yaml").model_copy(update=changes)
