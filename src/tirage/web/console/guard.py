"""What holds for every answer and every request of the console, whichever page it is."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
"""Nothing from elsewhere, no script and no style inside a page. Source: W3C Content Security Policy 3."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_PAGES_STAY = "no-store"
_STATIC_STAYS = "public, max-age=3600"


def guard(app: FastAPI, *, is_secure: bool) -> None:
    """Send the headers with every answer; what identifies somebody is kept by no cache."""

    @app.middleware("http")
    async def add_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await answer(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        is_static = request.url.path.startswith("/static/")
        response.headers.setdefault("Cache-Control", _STATIC_STAYS if is_static else _PAGES_STAY)
        if is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response
