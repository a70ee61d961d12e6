"""The features that a Permissions-Policy can name, and what browsers allow without one.

Names: the registry of the W3C Permissions Policy repository (``features.md``: standardised,
proposed, experimental and retired ones) with those that Chromium ships beside it, as of 2026.
"""

from __future__ import annotations

SENSITIVE = frozenset(
    """
    bluetooth browsing-topics camera clipboard-read display-capture geolocation hid
    identity-credentials-get local-fonts local-network-access microphone midi otp-credentials
    payment publickey-credentials-create publickey-credentials-get serial storage-access usb
    window-management
    """.split()  # noqa: SIM905  # two hundred names read better as words
)
"""What reaches a person's devices, whereabouts, money, credentials or files."""

KNOWN = SENSITIVE | frozenset(
    """
    accelerometer all-screens-capture ambient-light-sensor aria-notify attribution-reporting
    autofill autoplay battery bluetooth browsing-topics camera captured-surface-control
    ch-device-memory ch-downlink ch-dpr ch-ect ch-prefers-color-scheme ch-prefers-reduced-motion
    ch-prefers-reduced-transparency ch-rtt ch-save-data ch-ua ch-ua-arch ch-ua-bitness
    ch-ua-form-factors ch-ua-full-version ch-ua-full-version-list ch-ua-high-entropy-values
    ch-ua-mobile ch-ua-model ch-ua-platform ch-ua-platform-version ch-ua-wow64 ch-viewport-height
    ch-viewport-width ch-width clipboard-read clipboard-write compute-pressure
    controlled-frame conversion-measurement cross-origin-isolated deferred-fetch
    deferred-fetch-minimal device-attributes digital-credentials-create digital-credentials-get
    direct-sockets direct-sockets-multicast direct-sockets-private display-capture document-domain
    document-write encrypted-media execution-while-not-rendered
    execution-while-out-of-viewport fenced-unpartitioned-storage-read focus-without-user-activation
    fullscreen gamepad geolocation gyroscope hid identity-credentials-get idle-detection
    interest-cohort join-ad-interest-group keyboard-map language-detector language-model
    layout-animations legacy-image-formats local-fonts local-network local-network-access
    loopback-network magnetometer manual-text media-playback-while-not-visible microphone midi
    mediasession monetization navigation-override on-device-speech-recognition otp-credentials
    oversized-images payment picture-in-picture popins private-aggregation
    private-state-token-issuance private-state-token-redemption proofreader
    publickey-credentials-create publickey-credentials-get record-ad-auction-events
    related-website-partition-api rewriter run-ad-auction screen-wake-lock serial
    shared-autofill shared-storage shared-storage-select-url smart-card speaker-selection
    storage-access sub-apps summarizer sync-script sync-xhr translator trust-token-redemption
    unload unoptimized-images unsized-media usb usb-unrestricted vertical-scroll vr wake-lock
    web-app-installation web-printing web-share window-management window-placement writer
    xr-spatial-tracking
    """.split()  # noqa: SIM905  # two hundred names read better as words
)
"""Names that some browser knows or has known; an unknown name is ignored, and harmless."""
