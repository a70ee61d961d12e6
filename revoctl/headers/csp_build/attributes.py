"""Which attribute of which element loads what, and which attributes are event handlers.

Sources: HTML Standard (elements and their attributes, 8.1.8.2 event handlers), Fetch Standard 2.2.5
(destinations), CSP Level 3 section 6.1 (directive of a destination), SVG 2 (``href``).
"""

from __future__ import annotations

# fmt: off
ADDRESSES: dict[str, tuple[tuple[str, str], ...]] = {
    "a": (("ping", "connect-src"),),
    "area": (("ping", "connect-src"),),
    "audio": (("src", "media-src"),),
    "body": (("background", "img-src"),),
    "button": (("formaction", "form-action"),),
    "embed": (("src", "object-src"),),
    "feimage": (("href", "img-src"), ("xlink:href", "img-src")),
    "form": (("action", "form-action"),),
    "frame": (("src", "frame-src"),),
    "iframe": (("src", "frame-src"),),
    "image": (("href", "img-src"), ("xlink:href", "img-src")),
    "img": (("src", "img-src"),),
    "input": (("formaction", "form-action"),),
    "object": (("data", "object-src"),),
    "script": (("src", "script-src"), ("href", "script-src"), ("xlink:href", "script-src")),
    "source": (("src", "media-src"),),
    "table": (("background", "img-src"),),
    "td": (("background", "img-src"),),
    "th": (("background", "img-src"),),
    "track": (("src", "media-src"),),
    "use": (("href", "img-src"), ("xlink:href", "img-src")),
    "video": (("src", "media-src"), ("poster", "img-src")),
}
"""By element: attributes that hold an address, and the directive that governs it."""

SETS = {"img": "srcset", "source": "srcset", "link": "imagesrcset"}
LINKS = {
    "stylesheet": "style-src", "icon": "img-src", "apple-touch-icon": "img-src",
    "apple-touch-icon-precomposed": "img-src", "mask-icon": "img-src", "manifest": "manifest-src",
    "modulepreload": "script-src",
}
"""By ``rel`` of a link."""
PRELOADS = {
    "audio": "media-src", "fetch": "connect-src", "font": "font-src", "image": "img-src",
    "script": "script-src", "style": "style-src", "track": "media-src", "video": "media-src",
    "worker": "worker-src", "document": "frame-src", "embed": "object-src", "object": "object-src",
}
"""By ``as`` of a link that preloads."""
FOLLOWED = (("a", "href"), ("area", "href"), ("form", "action"), ("iframe", "src"),
            ("frame", "src"), ("button", "formaction"), ("input", "formaction"))
"""Where an address may be a script."""
HANDLERS = frozenset((
    "onabort", "onafterprint", "onanimationcancel", "onanimationend", "onanimationiteration",
    "onanimationstart", "onauxclick", "onbeforeinput", "onbeforematch", "onbeforeprint",
    "onbeforetoggle", "onbeforeunload", "onbegin", "onblur", "oncancel", "oncanplay",
    "oncanplaythrough", "onchange", "onclick", "onclose", "oncontextmenu", "oncopy",
    "oncuechange", "oncut", "ondblclick", "ondrag", "ondragend", "ondragenter", "ondragleave",
    "ondragover", "ondragstart", "ondrop", "ondurationchange", "onemptied", "onend", "onended",
    "onerror", "onfocus", "onfocusin", "onfocusout", "onformdata", "onfullscreenchange",
    "ongotpointercapture", "onhashchange", "oninput", "oninvalid", "onkeydown", "onkeypress",
    "onkeyup", "onlanguagechange", "onload", "onloadeddata", "onloadedmetadata", "onloadstart",
    "onlostpointercapture", "onmessage", "onmessageerror", "onmousedown", "onmouseenter",
    "onmouseleave", "onmousemove", "onmouseout", "onmouseover", "onmouseup", "onmousewheel",
    "onoffline", "ononline", "onpagehide", "onpageshow", "onpaste", "onpause", "onplay",
    "onplaying", "onpointercancel", "onpointerdown", "onpointerenter", "onpointerleave",
    "onpointermove", "onpointerout", "onpointerover", "onpointerup", "onpopstate", "onprogress",
    "onratechange", "onrejectionhandled", "onrepeat", "onreset", "onresize", "onscroll",
    "onscrollend", "onsearch", "onsecuritypolicyviolation", "onseeked", "onseeking", "onselect",
    "onselectionchange", "onselectstart", "onslotchange", "onstalled", "onstorage", "onsubmit",
    "onsuspend", "ontimeupdate", "ontoggle", "ontouchcancel", "ontouchend", "ontouchmove",
    "ontouchstart", "ontransitioncancel", "ontransitionend", "ontransitionrun",
    "ontransitionstart", "onunhandledrejection", "onunload", "onvolumechange", "onwaiting",
    "onwheel",
))
JAVASCRIPT = frozenset((
    "", "module", "importmap", "speculationrules", "application/ecmascript",
    "application/javascript", "application/x-ecmascript", "application/x-javascript",
    "text/ecmascript", "text/javascript", "text/javascript1.0", "text/javascript1.1",
    "text/javascript1.2", "text/javascript1.3", "text/javascript1.4", "text/javascript1.5",
    "text/jscript", "text/livescript", "text/x-ecmascript", "text/x-javascript",
))
"""Types of script that a policy governs (MIME Sniffing 4.6); all others are data."""
# fmt: on
