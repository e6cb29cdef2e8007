"""The former design, as a peer: FastAPI and aiobotocore, the whole object in memory, then returned.

Run by uvicorn in the benchmark's own virtualenv; it looks up no row and checks no byte.
"""

import os
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from fastapi import FastAPI, Response


def client_per_request() -> FastAPI:
    """As it was: every request opens a client of its own."""
    app, session = FastAPI(), get_session()

    @app.get("/{key}")
    async def image(key: str) -> Response:
        async with _open_client(session) as client:
            return await _whole_object(client, key)

    return app


def shared_client() -> FastAPI:
    """Its best case: one client, and a pool of connections that never runs short."""

    @asynccontextmanager
    async def lifespan(app: FastAPI):
        async with _open_client(get_session()) as app.state.client:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/{key}")
    async def image(key: str) -> Response:
        return await _whole_object(app.state.client, key)

    return app


def _open_client(session: AioSession) -> AbstractAsyncContextManager:
    return session.create_client(
        "s3",
        endpoint_url=os.environ["IMAGELIB_S3_ENDPOINT_URL"],
        region_name="us-east-1",
        config=AioConfig(
            max_pool_connections=100,
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


async def _whole_object(client, key: str) -> Response:
    answer = await client.get_object(Bucket=os.environ["IMAGELIB_S3_BUCKET_NAME"], Key=key)
    async with answer["Body"] as body:
        return Response(await body.read(), media_type=answer["ContentType"])
