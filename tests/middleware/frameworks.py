"""The same service in each framework: a page, a stream, an error, background work, a socket.

Annotations are evaluated at once: the frameworks read them, and the names are local.
"""

import asyncio
from typing import Any

DONE: list[str] = []


async def parts() -> Any:
    for part in (b"one ", b"two ", b"three"):
        yield part
        await asyncio.sleep(0.01)


async def later() -> None:
    await asyncio.sleep(0.05)
    DONE.append("background")


def starlette() -> Any:
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.responses import HTMLResponse, StreamingResponse
    from starlette.routing import Mount, Route, WebSocketRoute

    async def page(request: Any) -> Any:
        return HTMLResponse(request.state.csp_nonce)

    async def stream(request: Any) -> Any:
        return StreamingResponse(parts(), media_type="text/plain")

    async def boom(request: Any) -> Any:
        raise KeyError("boom")

    async def background(request: Any) -> Any:
        return HTMLResponse("ok", background=BackgroundTask(later))

    async def echo(socket: Any) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.close()

    routes = [
        Route("/", page),
        Route("/stream", stream),
        Route("/boom", boom),
        Route("/background", background),
        WebSocketRoute("/ws", echo),
        Mount("/sub", Starlette(routes=[Route("/page", page)])),
    ]
    return Starlette(routes=routes)


def fastapi() -> Any:
    from fastapi import BackgroundTasks, FastAPI, Request, WebSocket
    from fastapi.responses import HTMLResponse, StreamingResponse

    app, sub = FastAPI(), FastAPI()

    async def page(request: Request):
        return HTMLResponse(request.state.csp_nonce)

    app.get("/")(page)
    sub.get("/page")(page)

    @app.get("/stream")
    async def stream():
        return StreamingResponse(parts(), media_type="text/plain")

    @app.get("/boom")
    async def boom():
        raise KeyError("boom")

    @app.get("/background")
    async def background(tasks: BackgroundTasks):
        tasks.add_task(later)
        return "ok"

    @app.websocket("/ws")
    async def echo(socket: WebSocket):
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.close()

    app.mount("/sub", sub)
    return app


def litestar() -> Any:
    from litestar import Litestar, MediaType, Request, Response, Router, WebSocket, get, websocket
    from litestar.background_tasks import BackgroundTask
    from litestar.response import Stream

    async def page(request: Request) -> str:
        return request.scope["state"]["csp_nonce"]

    async def stream() -> Stream:
        return Stream(parts(), media_type="text/plain")

    async def boom() -> str:
        raise KeyError("boom")

    async def background() -> Response:
        return Response("ok", background=BackgroundTask(later))

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.close()

    handlers = [
        get("/", media_type=MediaType.HTML)(page),
        get("/stream")(stream),
        get("/boom")(boom),
        get("/background")(background),
        websocket("/ws")(echo),
        Router("/sub", route_handlers=[get("/page", media_type=MediaType.HTML)(page)]),
    ]
    return Litestar(handlers, openapi_config=None, logging_config=None)


def quart() -> Any:
    import quart as q

    app, sub = q.Quart("t"), q.Blueprint("sub", "t", url_prefix="/sub")

    async def page():
        return q.request.scope["state"]["csp_nonce"]

    app.get("/")(page)
    sub.get("/page")(page)

    @app.get("/stream")
    async def stream():
        return parts(), 200, {"Content-Type": "text/plain"}

    @app.get("/boom")
    async def boom():
        raise KeyError("boom")

    @app.get("/background")
    async def background():
        app.add_background_task(later)
        return "ok"

    @app.websocket("/ws")
    async def echo():
        await q.websocket.send(await q.websocket.receive())

    app.register_blueprint(sub)
    return app


FRAMEWORKS = {"starlette": starlette, "fastapi": fastapi, "litestar": litestar, "quart": quart}
