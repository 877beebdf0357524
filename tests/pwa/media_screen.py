"""Every piece of ``components/media.py``, with what it says shown as text."""

import json

import msgspec
from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.wire.media import MediaRef
from pwa.components.basics import Button, Card, calling
from pwa.components.frame import Screen, TopBar
from pwa.components.media import Photo, PhotoField, PlaceProblem, SignaturePad
from pwa.components.scanner import Scanner
from pwa.hooks import use_app


def _told(refs: tuple[MediaRef, ...]) -> str:
    return json.dumps([msgspec.to_builtins(ref) for ref in refs])


@component
def MediaPieces() -> VdomDict:
    app = use_app()
    nothing: tuple[MediaRef, ...] = ()
    refs, set_refs = use_state(nothing)
    no_codes: tuple[str, ...] = ()
    codes, set_codes = use_state(no_codes)
    signature, set_signature = use_state(nothing)
    place, set_place = use_state("")
    scanning, scan = use_state(False)

    async def locate() -> None:
        found = await app.position()
        set_place(f"{found.latitude:.3f} {found.longitude:.3f} {found.accuracy:.0f}" if found else app.place_problem)

    return Screen(
        TopBar("照片", back="/"),
        Card(PhotoField(refs, set_refs, most=3, kinds=("camera", "gallery", "file"), label="照片")),
        Photo("00000000-0000-7000-8000-000000000001", testid="from-server"),
        Card(SignaturePad(lambda ref: set_signature((ref,) if ref else ()))),
        Button("扫码", lambda _event: scan(True), testid="scan"),
        Button("定位", calling(locate), testid="locate"),
        PlaceProblem(app, place) if place and not place[0].isdigit() else None,
        html.p({"data-testid": "refs"}, _told(refs)),
        html.p({"data-testid": "signed"}, _told(signature)),
        html.p({"data-testid": "codes"}, " ".join(codes)),
        html.p({"data-testid": "place"}, place),
        Scanner(lambda code: set_codes(lambda old: (*old, code)), on_close=lambda: scan(False)) if scanning else None,
    )
