"""Product-specific options: one for each parameter of the product file, from words or from the environment.

Values are not judged here; core/release_names.py does that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from naru.errors import Malformed
from naru.model.product import Parameter, Product


def option_of(parameter: Parameter) -> str:
    """`--khan-release` for KHAN_RELEASE."""
    return "--" + parameter.name.lower().replace("_", "-")


def given_parameters(product: Product, words: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Parameter → raw value; a word on the command line wins over the environment variable of the parameter's name.

    Raises Malformed for words that are no option of this product, for a missing value and for one given twice.
    """
    options = {option_of(parameter): parameter.name for parameter in product.parameters}
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        option, joined, value = rest.pop(0).partition("=")
        name = options.get(option)
        if name is None:
            raise Malformed(f"There is no option '{option[:60]}' for {product.name}.", hint=f"Known: {', '.join(options)}.")
        if name in found:
            raise Malformed(f"{option} is given twice.")
        if not joined:
            if not rest:
                raise Malformed(f"{option} needs a value.")
            value = rest.pop(0)
        found[name] = value
    from_outside = {p.name: environment[p.name] for p in product.parameters if p.name in environment}
    return from_outside | found


def described_options(product: Product) -> str:
    """The options as `--help` lists them."""
    rows = [f"  {option_of(p):<24} {_help(product, p)}" for p in product.parameters]
    return "\n".join([f"Options of {product.name}:", *rows])


def _help(product: Product, parameter: Parameter) -> str:
    known = f" ({', '.join(line.name for line in product.lines)})" if parameter.kind == "line" else f" ({parameter.pattern})"
    return (parameter.description or parameter.name) + known
