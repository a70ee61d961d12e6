"""For every rule outside CSP a page that fails it, and a neighbour that does not."""

from collections.abc import Callable
from datetime import timedelta

from revoctl.headers.page import Page
from revoctl.headers.snapshot import Anomaly, AnomalyKind
from tests.headers.rules.pages import NOW, Ending, Probe, Tls, hop, page, text

Make = Callable[[], Page]


def sent(name: str, *values: str, **more: object) -> Make:
    """A page that sends a header on as many lines."""
    return lambda: page(hop([(name, value) for value in values]), **more)


def asked(header: str, wanted: str, *values: str) -> Make:
    """A page under a policy that asks for one header, and what it sends of it."""
    return lambda: page(hop([(header, value) for value in values]), headers={header: wanted})


def cookie(line: str, url: str = "https://www.example.com/") -> Make:
    return lambda: page(hop([("Set-Cookie", line)], url))


def html(markup: str) -> Make:
    return lambda: page(hop(body=text(markup)))


def cors(origin: str, allowed: str | None, credentials: bool = True, vary: str = "Origin") -> Make:
    """A page whose CORS probe sent one origin and was answered by another, or by none."""
    lines = [] if allowed is None else [("Access-Control-Allow-Origin", allowed)]
    lines += [("Access-Control-Allow-Credentials", "true")] * credentials
    lines += [("Vary", vary)] * bool(vary)
    probe = Probe("cors-get", origin, (hop(lines),))
    return lambda: page(probes=(probe,), probed=("cors",))


def entrance(*hops: object, ending: Ending = Ending.FINAL) -> Make:
    """A page whose plain-http entrance answers with these hops."""
    return lambda: page(probes=(Probe("http", "", hops, ending),), probed=("http",))


def odd(kind: str) -> Make:
    return lambda: page(hop(anomalies=(Anomaly(kind, "seen"),)))


HSTS = "Strict-Transport-Security"
XFO = "X-Frame-Options"
XCTO = "X-Content-Type-Options"
RP = "Referrer-Policy"
PP = "Permissions-Policy"
COOP, COEP = "Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy"
CORP = "Cross-Origin-Resource-Policy"
CSP = "Content-Security-Policy"
HTTP = "http://www.example.com/"
YEAR = "max-age=31536000; includeSubDomains"
ORIGIN = "https://www.example.com"
SCRIPT = '<script src="https://cdn.other.net/x.js"{}></script>'
HASH = ' integrity="sha384-oqVuAfXRKap7fdgcCY5uykM6"'


def expiring(days: int) -> Make:
    tls = Tls("TLSv1.3", verified=True, not_after=NOW + timedelta(days=days))
    return lambda: page(hop(tls=tls))


def both(*lines: tuple[str, str], **more: object) -> Make:
    return lambda: page(hop(list(lines)), **more)


def moved(*urls: str, ending: Ending = Ending.FINAL) -> Make:
    return lambda: page(*(hop([], url, status=301) for url in urls), ending=ending)


CASES: dict[str, tuple[Make, Make]] = {
    "hsts-missing": (asked(HSTS, YEAR), asked(HSTS, YEAR, "max-age=1")),
    "hsts-deviates": (asked(HSTS, YEAR, "max-age=31536000"), asked(HSTS, YEAR, YEAR + "; preload")),
    "hsts-invalid": (sent(HSTS, "max-age=abc"), sent(HSTS, 'max-age="31536000"')),
    "hsts-ambiguous": (sent(HSTS, "max-age=31536000, includeSubDomains"), sent(HSTS, YEAR)),
    "hsts-duplicate-directive": (sent(HSTS, "max-age=1; max-age=1"), sent(HSTS, YEAR)),
    "hsts-disabled": (sent(HSTS, "max-age=0"), sent(HSTS, "max-age=1")),
    "hsts-short": (sent(HSTS, "max-age=15551999"), sent(HSTS, "max-age=15552000")),
    "hsts-several-lines": (sent(HSTS, YEAR, YEAR), sent(HSTS, YEAR)),
    "hsts-not-preloadable": (
        sent(HSTS, "max-age=31536000; preload"),
        sent(HSTS, YEAR + ";preload"),
    ),
    "hsts-not-preloaded": (
        sent(HSTS, YEAR + "; preload", preloaded=lambda _host: False),
        sent(HSTS, YEAR + "; preload", preloaded=lambda _host: True),
    ),
    "hsts-over-http": (lambda: page(hop([(HSTS, YEAR)], HTTP)), sent(HSTS, YEAR)),
    "hsts-on-ip-address": (
        lambda: page(hop([(HSTS, YEAR)], "https://192.0.2.1/")),
        sent(HSTS, YEAR),
    ),
    "x-frame-options-missing": (asked(XFO, "DENY"), asked(XFO, "DENY", "SAMEORIGIN")),
    "x-frame-options-deviates": (
        asked(XFO, "DENY", "SAMEORIGIN"),
        asked(XFO, "SAMEORIGIN", "deny"),
    ),
    "x-frame-options-invalid": (sent(XFO, "ALLOWALL"), sent(XFO, "SAMEORIGIN, SAMEORIGIN")),
    "x-frame-options-allow-from": (sent(XFO, "ALLOW-FROM https://a.example"), sent(XFO, "DENY")),
    "x-frame-options-conflict": (sent(XFO, "SAMEORIGIN", "DENY"), sent(XFO, "DENY", "deny")),
    "x-frame-options-overridden": (
        both((XFO, "DENY"), (CSP, "frame-ancestors *")),
        both((XFO, "SAMEORIGIN"), (CSP, "frame-ancestors 'none'")),
    ),
    "x-content-type-options-missing": (asked(XCTO, "nosniff"), asked(XCTO, "nosniff", "x")),
    "x-content-type-options-deviates": (
        asked(XCTO, "nosniff", ", nosniff"),
        asked(XCTO, "nosniff", "NoSniff, x"),
    ),
    "x-content-type-options-invalid": (sent(XCTO, "'nosniff'"), sent(XCTO, "nosniff", "no")),
    "referrer-policy-missing": (asked(RP, "no-referrer"), asked(RP, "no-referrer", "x")),
    "referrer-policy-deviates": (
        asked(RP, "same-origin", "strict-origin"),
        asked(RP, "strict-origin", "unsafe-url, no-referrer"),
    ),
    "referrer-policy-unsafe": (sent(RP, "unsafe-url"), sent(RP, "strict-origin")),
    "referrer-policy-invalid": (sent(RP, "none"), sent(RP, "none, origin")),
    "permissions-policy-missing": (asked(PP, "usb=()"), asked(PP, "usb=()", "usb=*")),
    "permissions-policy-deviates": (
        asked(PP, "usb=()", "usb=self"),
        asked(PP, "usb=self", "usb=()"),
    ),
    "permissions-policy-invalid": (sent(PP, "camera 'none'"), sent(PP, "camera=()")),
    "permissions-policy-ignored-entry": (
        sent(PP, "usb=(self https://a.example)"),
        sent(PP, "usb=self"),
    ),
    "permissions-policy-semicolon": (sent(PP, "usb=();hid"), sent(PP, "usb=();report-to=x")),
    "permissions-policy-duplicate-feature": (
        sent(PP, "usb=()", "usb=*"),
        sent(PP, "usb=()", "hid=()"),
    ),
    "permissions-policy-wildcard": (sent(PP, "camera=*"), sent(PP, "fullscreen=*")),
    "permissions-policy-unknown-feature": (sent(PP, "camra=()"), sent(PP, "interest-cohort=()")),
    "coop-missing": (asked(COOP, "same-origin"), asked(COOP, "same-origin", "x")),
    "coop-deviates": (
        asked(COOP, "same-origin", "same-origin-allow-popups"),
        asked(COOP, "same-origin-allow-popups", "same-origin"),
    ),
    "coep-missing": (asked(COEP, "require-corp"), asked(COEP, "require-corp", "x")),
    "coep-deviates": (
        asked(COEP, "require-corp", "credentialless"),
        asked(COEP, "credentialless", "require-corp"),
    ),
    "corp-missing": (asked(CORP, "same-site"), asked(CORP, "same-site", "x")),
    "corp-deviates": (
        asked(CORP, "same-site", "cross-origin"),
        asked(CORP, "same-site", "same-origin"),
    ),
    "coop-invalid": (sent(COOP, "same-origin", "same-origin"), sent(COOP, "unsafe-none")),
    "coep-invalid": (sent(COEP, '"require-corp"'), sent(COEP, "require-corp; report-to=x")),
    "corp-invalid": (sent(CORP, "Same-Origin"), sent(CORP, "cross-origin")),
    "coep-without-coop": (
        sent(COEP, "require-corp"),
        both((COEP, "require-corp"), (COOP, "same-origin")),
    ),
    "cookie-secure-missing": (cookie("a=b"), cookie("a=b; secure=false")),
    "cookie-httponly-missing": (cookie("PHPSESSID=b"), cookie("theme=b")),
    "cookie-samesite-missing": (cookie("a=b"), cookie("a=b; SAMESITE=lax")),
    "cookie-samesite-invalid": (
        cookie("a=b; SameSite=no"),
        cookie("a=b; SameSite=x; SameSite=Lax"),
    ),
    "cookie-samesite-none-insecure": (
        cookie("a=b; SameSite=None"),
        cookie("a=b; SameSite=None; Secure"),
    ),
    "cookie-samesite-none": (
        cookie("session=b; SameSite=None; Secure"),
        cookie("session=b; SameSite=None; Secure; Partitioned"),
    ),
    "cookie-prefix-broken": (cookie("__Host-a=b; Secure"), cookie("__Host-a=b; Secure; Path=/")),
    "cookie-domain-broad": (
        cookie("session=b; Domain=example.com"),
        cookie("session=b"),
    ),
    "cookie-rejected": (cookie("a=b; Domain=other.net"), cookie("a=b; Domain=.example.com")),
    "cors-reflected-origin": (
        cors("https://x.test", "https://x.test"),
        cors("https://x.test", None),
    ),
    "cors-null-origin": (cors("null", "null"), cors("null", "*")),
    "cors-suffix-origin": (
        cors(f"{ORIGIN}.x.test", f"{ORIGIN}.x.test"),
        cors(f"{ORIGIN}.x.test", ORIGIN),
    ),
    "cors-prefix-origin": (
        cors("https://evilwww.example.com", "https://evilwww.example.com"),
        cors("https://evilwww.example.com", None),
    ),
    "cors-http-origin": (
        cors("http://www.example.com", "http://www.example.com"),
        cors("http://www.example.com", ORIGIN),
    ),
    "cors-subdomain-origin": (
        cors("https://x.www.example.com", "https://x.www.example.com"),
        cors("https://x.www.example.com", None),
    ),
    "cors-vary-missing": (
        cors("https://x.test", "https://x.test", vary="Accept"),
        cors("https://x.test", "https://x.test", vary="Accept, origin"),
    ),
    "cors-wildcard-credentials": (
        both(("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "true")),
        both(("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "TRUE")),
    ),
    "cors-invalid-origin": (
        sent("Access-Control-Allow-Origin", "https://a.example", "https://b.example"),
        sent("Access-Control-Allow-Origin", "https://a.example"),
    ),
    "sri-missing": (html(SCRIPT.format("")), html(SCRIPT.format(HASH))),
    "sri-invalid": (html(SCRIPT.format(' integrity="x"')), html(SCRIPT.format(HASH))),
    "sri-crossorigin-missing": (
        html(SCRIPT.format(HASH)),
        html(SCRIPT.format(HASH + " crossorigin")),
    ),
    "sri-insecure-script": (
        html('<script src="HTTP://www.example.com/x.js"></script>'),
        html('<script src="//www.example.com/x.js"></script>'),
    ),
    "redirect-to-https-missing": (
        entrance(hop([], HTTP)),
        entrance(hop([], HTTP, status=301), hop()),
    ),
    "redirect-first-hop-insecure": (
        entrance(hop([], HTTP, status=301), hop([], HTTP + "x", status=301), hop()),
        entrance(hop([], HTTP, status=301), hop()),
    ),
    "redirect-off-host": (
        entrance(hop([], "http://example.com/", status=301), hop()),
        entrance(hop([], HTTP, status=301), hop()),
    ),
    "redirect-downgrade": (moved(ORIGIN, HTTP), moved(HTTP, ORIGIN)),
    **{
        name: (moved(ORIGIN, ORIGIN + "/x", ending=ending), moved(ORIGIN))
        for name, ending in (
            ("redirect-loop", Ending.LOOP),
            ("redirect-too-many", Ending.TOO_MANY),
            ("redirect-bad-location", Ending.BAD_LOCATION),
            ("redirect-refused-scheme", Ending.REFUSED_SCHEME),
            ("redirect-refused-address", Ending.REFUSED_ADDRESS),
            ("redirect-broken", Ending.BROKEN),
        )
    },
    "tls-certificate-invalid": (
        lambda: page(hop(tls=Tls("TLSv1.3", False, "expired"))),
        lambda: page(),
    ),
    "tls-protocol-old": (lambda: page(hop(tls=Tls("TLSv1.1", True))), lambda: page()),
    "tls-certificate-expiring": (expiring(13), expiring(15)),
    "cache-control-missing": (
        asked("Cache-Control", "no-store"),
        asked("Cache-Control", "no-store", "x"),
    ),
    "cache-control-deviates": (
        asked("Cache-Control", "no-store, max-age=0", "private, max-age=60"),
        asked("Cache-Control", "no-store, max-age=0", "private, NO-STORE"),
    ),
    "cache-sensitive-answer": (
        both(("Set-Cookie", "a=b"), ("Cache-Control", "public, max-age=60")),
        both(("Set-Cookie", "a=b"), ("Cache-Control", "private, max-age=60")),
    ),
    "cache-control-conflict": (
        sent("Cache-Control", "public", "no-store"),
        sent("Cache-Control", "private, no-store"),
    ),
    "clear-site-data-missing": (
        asked("Clear-Site-Data", '"cache"'),
        asked("Clear-Site-Data", '"cache"', "x"),
    ),
    "clear-site-data-deviates": (
        asked("Clear-Site-Data", '"cache", "cookies"', '"cache"'),
        asked("Clear-Site-Data", '"cache"', '"*"'),
    ),
    "clear-site-data-invalid": (
        sent("Clear-Site-Data", "cache"),
        sent("Clear-Site-Data", '"cache"'),
    ),
    "reporting-endpoints-invalid": (
        sent("Reporting-Endpoints", "a=b"),
        sent("Reporting-Endpoints", 'a="https://r.example/"'),
    ),
    "nel-invalid": (sent("NEL", "{}"), sent("NEL", '{"report_to":"a","max_age":1}')),
    "x-permitted-cross-domain-policies-open": (
        sent("X-Permitted-Cross-Domain-Policies", "all"),
        sent("X-Permitted-Cross-Domain-Policies", "none"),
    ),
    "x-dns-prefetch-control-invalid": (
        sent("X-DNS-Prefetch-Control", "no"),
        sent("X-DNS-Prefetch-Control", "OFF"),
    ),
    "x-xss-protection-deprecated": (sent("X-XSS-Protection", "1"), sent("X-XSS-Protection", "0")),
    "public-key-pins-deprecated": (sent("Public-Key-Pins", "x"), sent("X-Other", "x")),
    "public-key-pins-report-only-deprecated": (
        sent("Public-Key-Pins-Report-Only", "x"),
        sent("Public-Key-Pins", "x"),
    ),
    "expect-ct-deprecated": (sent("Expect-CT", "max-age=0"), sent("X-Other", "x")),
    "feature-policy-deprecated": (sent("Feature-Policy", "x"), sent(PP, "usb=()")),
    "x-content-security-policy-deprecated": (
        sent("X-Content-Security-Policy", "x"),
        sent(CSP, "x"),
    ),
    "x-webkit-csp-deprecated": (sent("X-WebKit-CSP", "x"), sent(CSP, "x")),
    "p3p-deprecated": (sent("P3P", "CP=x"), sent("X-Other", "x")),
    "pragma-deprecated": (sent("Pragma", "no-cache"), sent("Cache-Control", "no-cache")),
    "warning-deprecated": (sent("Warning", "199 x"), sent("X-Other", "x")),
    "x-ua-compatible-deprecated": (
        sent("X-UA-Compatible", "IE=8"),
        sent("X-UA-Compatible", "IE=Edge"),
    ),
    "tk-deprecated": (sent("Tk", "N"), sent("X-Other", "x")),
    "server-version": (sent("Server", "Apache/2.4.1 (Unix)"), sent("Server", "cloudflare")),
    "technology-header": (sent("X-Powered-By", "PHP"), sent("X-Powered", "PHP")),
    "debug-header": (sent("X-Debug-Token-Link", "x"), sent("X-Request-Id", "x")),
    "header-missing": (asked("X-Own", "a"), asked("X-Own", "a", "b")),
    "header-deviates": (
        asked("X-Own", "1; mode=block", "0"),
        asked("X-Own", "1; mode=block", "1;MODE=block"),
    ),
    "header-unwanted": (
        sent("X-Kong-Proxy", "1", remove=["X-Kong-*"]),
        sent("X-Kon", "1", remove=["X-Kong-*"]),
    ),
    **{f"response-{kind.value}": (odd(kind.value), odd("other")) for kind in AnomalyKind},
}
