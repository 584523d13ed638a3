"""What the attacks on the gate are made with: each turns facts that pass into tampered ones."""

import base64
import dataclasses
import json

from fakes.proven import files

OTHER = "9" * 40


class Attacks(dict):
    """Name → (function from good facts to tampered ones, the codes that must stop it, clouds); called, it registers one."""

    def __call__(self, *codes, clouds=("naver",)):
        def register(function):
            self[function.__name__] = (function, set(codes), clouds)
            return function

        return register


def origin(good, **changes):
    return dataclasses.replace(good, origin=dataclasses.replace(good.origin, **changes))


def target(good, **changes):
    return dataclasses.replace(good, target=dataclasses.replace(good.target, **changes))


def swap(good, proof, item, **settings):
    return dataclasses.replace(good, evidence={**good.evidence, proof: files(item, **settings)})


def part(good, proof, **changes):
    return dataclasses.replace(good, evidence={**good.evidence, proof: dataclasses.replace(good.evidence[proof], **changes)})


def envelope_with(good, proof, change):
    """The envelope with its payload changed, its signature kept."""
    plain = json.loads(good.evidence[proof].envelope)
    statement = json.loads(base64.b64decode(plain["payload"]))
    change(statement)
    plain["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    return part(good, proof, envelope=json.dumps(plain).encode())
