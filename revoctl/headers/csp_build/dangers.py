"""What a policy without unsafe words cannot let through, in words: the closed set of kinds."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of danger: what it is, and what to do about it."""

    title: str
    advice: str


# fmt: off
KINDS: dict[str, Kind] = {
    "event-handler": Kind(
        "inline event handlers are blocked: a hash does not cover attributes",
        "attach them with addEventListener in a script",
    ),
    "javascript-url": Kind(
        "javascript: addresses are blocked: a hash does not cover them",
        "use a button and addEventListener",
    ),
    "eval": Kind(
        "eval and Function are blocked without 'unsafe-eval'",
        "use JSON.parse, or functions in place of text; 'unsafe-eval' would undo much",
    ),
    "string-timer": Kind(
        "timers that are given text are blocked, as eval is", "give them a function",
    ),
    "document-write": Kind(
        "scripts that document.write writes are not covered",
        "create elements; with strict-dynamic such scripts are blocked whatever their host",
    ),
    "set-handler": Kind(
        "event handlers that a script sets as attributes are blocked", "use addEventListener",
    ),
    "wasm": Kind(
        "WebAssembly is blocked without 'wasm-unsafe-eval'",
        "add 'wasm-unsafe-eval' to script-src if the page needs it",
    ),
    "style-attribute": Kind(
        "style attributes need 'unsafe-hashes', which the policy gives to style-src-attr alone",
        "move them to classes, then drop style-src-attr",
    ),
    "many-style-attributes": Kind(
        "there are too many different style attributes to hash: they are blocked",
        "move them to classes; style-src-attr 'unsafe-inline' would let them in meanwhile",
    ),
    "object": Kind(
        "plug-in content is blocked: object-src stays 'none'",
        "use img, video, audio or iframe in its place",
    ),
    "data-script": Kind(
        "scripts, frames or workers from data: addresses are blocked: anyone could write one",
        "serve them as files",
    ),
    "insecure": Kind(
        "https pages load over plain http: browsers upgrade that or block it",
        "write https in the page; the policy names the https origin",
    ),
    "unnamed": Kind(
        "no source expression can name these addresses", "serve them from a host with a name",
    ),
    "varying": Kind(
        "inline code that differs from answer to answer: no hash covers it",
        "move the changing part into a data attribute, or use --strict and nonces",
    ),
    "foreign-base": Kind(
        "a base element leads to another origin, which base-uri names",
        "write the addresses in full",
    ),
    "without-nonce": Kind(
        "scripts and styles of the page need the attribute nonce",
        'write <script nonce="…"> with the nonce of the response',
    ),
}
# fmt: on
