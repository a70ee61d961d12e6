"""YAML 1.1 in block style, in the order and with the values of the JSON format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from revoctl.render.items import one_or_all, plain

if TYPE_CHECKING:
    from revoctl.render.style import Style


def render(item: object, style: Style) -> str:
    """One YAML document. Characters that do not print are escaped within double quotes."""
    tree = plain(one_or_all(item))
    text = _dump(tree, unicode=True)
    return text if text.replace("\n", "").isprintable() else _dump(tree, unicode=False)


def _dump(tree: object, *, unicode: bool) -> str:
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(
        tree,
        Dumper=_without_aliases(dumper),
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=unicode,
        width=100,
    )
    return text.removesuffix("...\n")


def _without_aliases(dumper: type) -> type:
    """Equal strings and tuples are shared objects here; anchors would only puzzle a reader."""
    return type("Dumper", (dumper,), {"ignore_aliases": lambda _self, _data: True})
