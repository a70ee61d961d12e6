"""Who stands behind a blocked address: browser extensions, injectors, well-known services.

Sources: URL schemes of extensions (Chrome, Firefox, Safari and Edge documentation), of iOS and
Android web views; hosts under which security software and advertising programs inject scripts into
other people's pages (Kaspersky's documentation of its script injection; names seen in public issue
reports of sites). Services: their own installation instructions.
"""

from __future__ import annotations

# fmt: off
EXTENSION_SCHEMES = frozenset((
    "chrome-extension", "moz-extension", "safari-extension", "safari-web-extension",
    "ms-browser-extension", "edge-extension", "opera-extension", "webkit-masked-url",
    "chrome", "resource", "chromenull", "chromeinvoke", "chromeinvokeimmediate", "mxaddon-pkg",
    "jar", "mbinit", "symres", "webviewprogressproxy", "mx", "res", "ms-appx", "ms-appx-web",
    "gsa", "fb", "fbrpc", "zotero", "safari-resource", "file", "applewebdata",
))
"""Schemes that a page cannot load from by itself."""
EXTENSION_WORDS = frozenset((
    "user-script", "sandbox eval code", "extension", "about", "chrome", "moz-extension",
    "chrome-extension", "safari-extension", "safari-web-extension", "webkit-masked-url",
))
INJECTORS: dict[str, str] = {
    "kaspersky-labs.com": "Kaspersky's protection injects scripts and styles",
    "superfish.com": "Superfish, advertising software",
    "tlscdn.com": "advertising software",
    "metrext.com": "advertising software",
    "image2play.com": "advertising software",
    "selectionlinks.com": "advertising software",
    "resultsbay.com": "advertising software",
    "visadd.com": "advertising software",
    "gateway.zscloud.net": "Zscaler's proxy",
    "gateway.zscaler.net": "Zscaler's proxy",
    "adblockplus.org": "an ad blocker",
    "translate.goog": "a translated copy of the page",
    "translate.googleusercontent.com": "a translated copy of the page",
    "grammarly.com": "Grammarly's extension",
    "honey.io": "a shopping extension",
    "joinhoney.com": "a shopping extension",
}
"""Hosts, with all below them, of software that writes into pages on the visitor's machine."""

SERVICES: dict[str, str] = {
    "fonts.googleapis.com": "Google Fonts", "fonts.gstatic.com": "Google Fonts",
    "googletagmanager.com": "Google Tag Manager", "google-analytics.com": "Google Analytics",
    "analytics.google.com": "Google Analytics", "googlesyndication.com": "Google ads",
    "doubleclick.net": "Google ads", "googleadservices.com": "Google ads",
    "recaptcha.net": "reCAPTCHA", "www.gstatic.com": "Google", "maps.googleapis.com": "Google Maps",
    "maps.gstatic.com": "Google Maps", "accounts.google.com": "Google sign-in",
    "ajax.googleapis.com": "Google's libraries", "youtube.com": "YouTube",
    "youtube-nocookie.com": "YouTube", "ytimg.com": "YouTube", "vimeo.com": "Vimeo",
    "vimeocdn.com": "Vimeo", "js.stripe.com": "Stripe", "api.stripe.com": "Stripe",
    "hooks.stripe.com": "Stripe", "m.stripe.network": "Stripe", "paypal.com": "PayPal",
    "paypalobjects.com": "PayPal", "cdn.jsdelivr.net": "jsDelivr", "unpkg.com": "unpkg",
    "cdnjs.cloudflare.com": "cdnjs", "static.cloudflareinsights.com": "Cloudflare Web Analytics",
    "cloudflareinsights.com": "Cloudflare Web Analytics",
    "challenges.cloudflare.com": "Cloudflare Turnstile", "hcaptcha.com": "hCaptcha",
    "code.jquery.com": "jQuery", "stackpath.bootstrapcdn.com": "Bootstrap",
    "use.typekit.net": "Adobe Fonts", "p.typekit.net": "Adobe Fonts",
    "use.fontawesome.com": "Font Awesome", "kit.fontawesome.com": "Font Awesome",
    "connect.facebook.net": "Meta", "www.facebook.com": "Meta", "platform.twitter.com": "X",
    "syndication.twitter.com": "X", "snap.licdn.com": "LinkedIn", "px.ads.linkedin.com": "LinkedIn",
    "bat.bing.com": "Microsoft Advertising", "clarity.ms": "Microsoft Clarity",
    "js.monitor.azure.com": "Azure Monitor", "sentry.io": "Sentry",
    "browser.sentry-cdn.com": "Sentry", "js.sentry-cdn.com": "Sentry",
    "cdn.segment.com": "Segment", "api.segment.io": "Segment", "hotjar.com": "Hotjar",
    "hotjar.io": "Hotjar", "js.hs-scripts.com": "HubSpot", "js.hsforms.net": "HubSpot",
    "js.hs-analytics.net": "HubSpot", "intercom.io": "Intercom", "intercomcdn.com": "Intercom",
    "static.zdassets.com": "Zendesk", "matomo.cloud": "Matomo", "plausible.io": "Plausible",
    "js-agent.newrelic.com": "New Relic", "bam.nr-data.net": "New Relic",
    "browser-intake-datadoghq.com": "Datadog", "cdn.cookielaw.org": "OneTrust",
    "consent.cookiebot.com": "Cookiebot", "gravatar.com": "Gravatar",
    "appleid.cdn-apple.com": "Apple sign-in", "cdn.auth0.com": "Auth0", "onetrust.com": "OneTrust",
}
"""Hosts, with all below them, of services that sites embed on purpose."""
# fmt: on


def injector(host: str) -> str:
    """What injects from this host, empty if nothing known does."""
    return _under(host, INJECTORS)


def service(host: str) -> str:
    """The well-known service that this host belongs to, or empty."""
    return _under(host, SERVICES)


def _under(host: str, table: dict[str, str]) -> str:
    labels = host.split(".")[-8:]
    names = (".".join(labels[at:]) for at in range(len(labels)))
    return next((table[name] for name in names if name in table), "")
