"""Rules of headers that tell strangers what the service is made of."""

from __future__ import annotations

from revoctl.headers.page import Page
from revoctl.headers.rules.declared import is_unwanted
from revoctl.headers.rules.demand import ABSENT, quote
from revoctl.headers.rules.rule import HeaderRule, Problem, Verdict, rule
from revoctl.report.model import Fix, Severity

_WSTG = (
    "https://owasp.org/www-project-web-security-testing-guide/latest/"
    "4-Web_Application_Security_Testing/01-Information_Gathering/02-Fingerprint_Web_Server"
)
_OSHP = (
    "https://owasp.org/www-project-secure-headers/#prevent-information-disclosure-via-http-headers"
)

TECHNOLOGY = frozenset(
    {
        "powered-by",
        "x-aspnet-version",
        "x-aspnetmvc-version",
        "x-cms",
        "x-framework",
        "x-generator",
        "x-joomla-version",
        "x-php-version",
        "x-powered-by",
        "x-powered-by-plesk",
        "x-powered-cms",
        "x-runtime",
        "x-server-powered-by",
    }
)
"""Headers whose only use is to name a product, a framework or a version."""

DEBUGGING = frozenset(
    {
        "x-chromelogger-data",
        "x-chromephp-data",
        "x-debug",
        "x-debug-exception",
        "x-debug-exception-file",
        "x-debug-token",
        "x-debug-token-link",
        "x-firephp-data",
        "x-wf-protocol-1",
        "x-xdebug-profile-filename",
    }
)
"""Headers of debuggers and profilers, which belong on no public service."""


@rule(
    "server-version",
    "Server names a version",
    Severity.LOW,
    why="An attacker looks up which known flaws the version has, and finds this host again by "
    "searching for it.",
    fix="Shorten it to the product's name or remove it: server_tokens off, ServerTokens Prod.",
    references=(_WSTG,),
)
def server_version(page: Page) -> Verdict:
    """A digit follows a slash or a space in Server."""
    lines = page.values("server")
    if not lines:
        return ABSENT
    if not any(_has_version(line) for line in lines):
        return ()
    return (
        Problem(
            quote(f"Server: {', '.join(lines)}"),
            "",
            page.evidence("server"),
            Fix("remove", "Server"),
        ),
    )


def _has_version(text: str) -> bool:
    _, slash, rest = text.partition("/")
    return (bool(slash) and rest.lstrip(" vV")[:1].isdigit()) or any(
        word[:1].isdigit() and "." in word for word in text.replace("/", " ").split()
    )


@rule(
    "technology-header",
    "A header names the technology in use",
    Severity.LOW,
    why="An attacker learns which framework, and often which version, to try known flaws of.",
    fix="Switch the header off in the framework, or remove it in the proxy.",
    references=(_OSHP, _WSTG),
)
def technology(page: Page) -> Verdict:
    """One of the well-known headers is there, and the policy's own list does not report it yet."""
    return [
        _leak(page, name)
        for name in page.names()
        if name in TECHNOLOGY and not is_unwanted(page, name)
    ]


@rule(
    "debug-header",
    "A header of a debugger or profiler is sent",
    Severity.MEDIUM,
    why="It shows paths, queries and settings, or the address of a profiler that shows them.",
    fix="Switch debugging off in production.",
    references=("https://owasp.org/www-project-top-ten/",),
)
def debug(page: Page) -> Verdict:
    """One of the headers that only debuggers send is there."""
    return [_leak(page, name) for name in page.names() if name in DEBUGGING]


def _leak(page: Page, name: str) -> Problem:
    said = ", ".join(page.values(name))
    return Problem(quote(f"{name}: {said}"), name, page.evidence(name), Fix("remove", name))


RULES: tuple[HeaderRule, ...] = (server_version, technology, debug)
