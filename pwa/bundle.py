"""Builds the phone app: ``python -m pwa.bundle`` -> ``build/pwa``.

Incremental: when none of its inputs changed it does nothing; compiled modules, compressed files and the wheel
are kept in ``build/cache``. The memory snapshot itself is made on the phone: shipped, it weighs 2.4 MB more at each
version than what it is made of (README.md has the figures). The build makes one too, in Node, as a check.
"""

import argparse
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from pwa.bundling.assets import Folder, content_hash
from pwa.bundling.icons import app_icons, sprite
from pwa.bundling.scripts import joined
from pwa.bundling.slimming import slimmed
from pwa.bundling.sources import (
    FORGOTTEN,
    PROJECT,
    STDLIB_SKIP,
    Module,
    data_files,
    imported_stdlib,
    phone_modules,
    used_tags,
)

SHELL = PROJECT / "pwa" / "shell"
PYODIDE = PROJECT / "node_modules" / "pyodide"
ZXING = PROJECT / "node_modules" / "zxing-wasm" / "dist"
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
EXTENSION = "msgspec/_core.cpython-314-wasm32-emscripten.so"
# Each names the hashed files of those before it, and is one file with all it imports.
SCRIPTS = ("media", "worker", "boot")
STYLES = (
    "tokens.css",
    "base.css",
    "components.css",
    "screens.css",
    "desk.css",
    "learning.css",
    "media.css",
    "claims.css",
    "notices.css",
    "push.css",
    "visits.css",
    "counts.css",
    "ranges.css",
    "account.css",
    "contrast.css",
)
_SCANNER = "zxing"
WHEEL_PLATFORM = (
    "--only-binary=:all:", "--python-version", "3.14", "--implementation", "cp", "--abi", "cp314",
    "--platform", "pyemscripten_2026_0_wasm32", "--no-deps", "--require-hashes",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """``root`` is ``module:Component``; ``extra`` are further modules of the checkout to take along and
    ``without`` packages to leave behind; ``quick`` is for a build that travels nowhere (``Folder``)."""

    out: Path = PROJECT / "build" / "pwa"
    cache: Path = PROJECT / "build" / "cache"
    root: str = "pwa.app:App"
    extra: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    styles: tuple[Path, ...] = field(default=())
    quick: bool = False


def build(plan: Plan) -> bool:
    """Bring ``plan.out`` up to date; returns whether anything was stale."""
    wheel = _msgspec_wheel(plan.cache)
    modules = phone_modules(plan.cache / "stand-ins", wheel, plan.extra, plan.without)
    stamp = plan.out / ".inputs"
    inputs = _inputs_hash(plan, modules, wheel)
    if stamp.is_file() and stamp.read_text() == inputs:
        return False
    folder = Folder(plan.out, plan.cache / "compressed", plan.quick)
    pyodide = _slim_pyodide(plan.cache / "pyodide", wheel)
    urls = _put_python(folder, pyodide, _compile(plan, pyodide, modules, wheel), wheel)
    urls |= _put_shell(folder, plan, urls, modules)
    folder.compress()
    _put_service_worker(folder, urls)
    folder.put(".inputs", inputs.encode())
    folder.compress()
    folder.sweep()
    return True


def _msgspec_wheel(cache: Path) -> Path:
    """Folder of the unpacked msgspec wheel for Pyodide, fetched once and checked against ``locks/phone.txt``."""
    lock = PROJECT / "locks" / "phone.txt"
    wheels = PROJECT / "build" / "wheels"
    target = cache / "wheels" / hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    if (target / EXTENSION).is_file():
        return target
    digests = set(re.findall(r"sha256:([0-9a-f]{64})", lock.read_text()))
    found = [path for path in wheels.glob("msgspec-*.whl") if hashlib.sha256(path.read_bytes()).hexdigest() in digests]
    if not found:
        command = [sys.executable, "-m", "pip", "download", "-q", *WHEEL_PLATFORM, "-r", str(lock), "-d", str(wheels)]
        subprocess.run(command, check=True)
        found = list(wheels.glob("msgspec-*.whl"))
    with zipfile.ZipFile(found[0]) as archive:
        archive.extractall(target)
    return target


def _inputs_hash(plan: Plan, modules: list[Module], wheel: Path) -> str:
    digest = hashlib.sha256(repr((plan.root, plan.extra, plan.without, plan.quick, sys.version_info[:2])).encode())
    files = [module.file for module in modules] + [path for _, path in data_files()] + list(plan.styles)
    files += sorted(path for path in SHELL.rglob("*") if path.is_file())
    files += sorted((PROJECT / "pwa" / "bundling").iterdir())
    files += [
        Path(__file__),
        PYODIDE / "package.json",
        ZXING.parent / "package.json",
        wheel / EXTENSION,
        PROJECT / "package.json",
    ]
    for file in files:
        if file.is_file() and file.suffix != ".pyc":
            digest.update(f"{file}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


@dataclass(frozen=True)
class Compiled:
    """``pack``: see ``shell/pack.py``. ``stdlib``: zip of what is imported of the standard library."""

    pack: bytes
    stdlib: bytes
    info: bytes


def _slim_pyodide(cache: Path, wheel: Path) -> Path:
    """A folder with Pyodide as it goes to the phone (``slimming.py``); Node runs it as well."""
    given = [PYODIDE / name for name in PYODIDE_FILES] + [wheel / EXTENSION, *sorted(SHELL.glob("*.js"))]
    made_by = [PROJECT / "pwa" / "bundling" / "slimming.py", Path(__file__)]
    target = cache / content_hash(*(path.read_bytes() for path in [*given, *made_by]))
    if target.is_dir():
        return target
    launcher, script, wasm = (PYODIDE / name for name in PYODIDE_FILES)
    others = [path.read_text(encoding="utf-8") for path in [launcher, *sorted(SHELL.glob("*.js"))]]
    slim, short = slimmed(wasm.read_bytes(), script.read_text("utf-8"), (wheel / EXTENSION).read_bytes(), others)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        made = Path(folder, "made")
        made.mkdir()
        (made / wasm.name).write_bytes(slim)
        (made / script.name).write_bytes(_compiled_at_once(short.encode()))
        for name in (launcher.name, "pyodide-lock.json", "python_stdlib.zip", "package.json"):
            shutil.copy(PYODIDE / name, made / name)
        try:
            made.rename(target)
        except OSError:
            if not target.is_dir():  # else another build was first
                raise
    for other in cache.iterdir():
        if other != target and not other.name.startswith("tmp"):
            shutil.rmtree(other, ignore_errors=True)
    return target


def _compile(plan: Plan, pyodide: Path, modules: list[Module], wheel: Path) -> Compiled:
    work = plan.cache / "freeze" / content_hash(str(plan.out).encode())
    work.mkdir(parents=True, exist_ok=True)
    out = {name: str(work / name) for name in ("pack", "report")}
    for name in ("freezer.js", "python.js"):
        # Node resolves no URL paths.
        (work / name).write_text((SHELL / name).read_text().replace('"/python.js"', '"./python.js"'))
    job = {
        "pyodide": str(pyodide),
        "freezerJs": str(work / "freezer.js"),
        "packPy": str(SHELL / "pack.py"),
        "extension": str(wheel / EXTENSION),
        "cache": str(plan.cache / "code"),
        "stdlibSkip": STDLIB_SKIP,
        "modules": [[module.name, module.is_package, module.location, str(module.file)] for module in modules],
        "files": [[place, str(path)] for place, path in data_files()],
        "forgotten": _forgotten(modules),
        "warm": _warm_up(plan, modules),
        "out": out,
    }
    (work / "package.json").write_text('{"type": "module"}')
    (work / "job.json").write_text(json.dumps(job))
    node = Path(sys.executable).parent / "node"
    command = [str(node if node.exists() else "node"), str(PROJECT / "pwa/bundling/freeze.mjs"), str(work / "job.json")]
    subprocess.run(command, check=True)
    report = json.loads(Path(out["report"]).read_text())
    for name, why in sorted(report["failed"].items()):
        print(f"not in the snapshot: {name}: {why}", file=sys.stderr)
    files = {place: path.read_text(encoding="utf-8") for place, path in data_files()}
    info = {"files": files, "warm": job["warm"], "forgotten": job["forgotten"]}
    stdlib = _imported_of(Path(report["stdlib"]), set(report["modules"]))
    return Compiled(Path(out["pack"]).read_bytes(), stdlib, json.dumps(info, ensure_ascii=False).encode())


def _imported_of(stdlib: Path, names: set[str]) -> bytes:
    """The archive's modules among ``names``, stored: the transfer packs better than the archive would."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(stdlib) as given, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
        for path in sorted(given.namelist()):
            name = path.removesuffix(".pyc").removesuffix("/__init__").replace("/", ".")
            if name in names:
                made.writestr(zipfile.ZipInfo(path), given.read(path))
    return buffer.getvalue()


def _forgotten(modules: list[Module]) -> list[str]:
    """What may be taken out of memory: nothing that a module of ours imports."""
    used = imported_stdlib(modules)
    return [name for name in FORGOTTEN if not any(f"{other}.".startswith(f"{name}.") for other in used)]


def _warm_up(plan: Plan, modules: list[Module]) -> str:
    """Python run before memory is frozen: import all there is, so that nothing is imported on the phone."""
    ours = [module.name for module in modules if module.name.startswith(("offline", "i18n", "pwa", *plan.extra))]
    names = ["msgspec.json", "reactpy", *imported_stdlib(modules), *ours]
    names += ["_strptime", "decimal", "traceback", "encodings.idna", "encodings.latin_1", "zlib", "sqlite3"]
    return f"""
import importlib, json
failed = {{}}
must = {plan.root.split(":")[0]!r}
for name in {names!r}:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if name == must or name.startswith("pwa.browser"):
            raise
        failed[name] = str(error)
from pwa.browser.main import warm
warm()
from reactpy import html
for tag in {used_tags(modules)!r}:
    getattr(html, tag)  # each constructor is made at its first use
json.dumps({{"failed": failed, "modules": sorted(__import__("sys").modules)}})
"""


def _put_python(folder: Folder, pyodide: Path, compiled: Compiled, wheel: Path) -> dict[str, str]:
    contents = {name: (pyodide / name).read_bytes() for name in PYODIDE_FILES}
    place = f"assets/py-{content_hash(*contents.values())}"
    urls = {name: folder.put(f"{place}/{name}", content) for name, content in contents.items()}
    extension = (wheel / EXTENSION).read_bytes()
    made_of = [*contents.values(), extension, compiled.pack, compiled.stdlib, compiled.info]
    made_by = [(SHELL / name).read_bytes() for name in ("freezer.js", "python.js", "pack.py")]
    return {
        "pyodide": urls["pyodide.mjs"],
        "createModule": urls["pyodide.asm.mjs"],
        "wasm": urls["pyodide.asm.wasm"],
        "extension": folder.put_hashed("msgspec.wasm", extension),
        "stdlib": folder.put_hashed("stdlib.zip", compiled.stdlib),
        "pack": folder.put_hashed("pack.bin", compiled.pack),
        "packPy": folder.put_hashed("pack.py", (SHELL / "pack.py").read_bytes()),
        "appInfo": folder.put_hashed("app.json", compiled.info),
        # Not a file: the name under which the phone keeps what it made.
        "snapshot": f"/assets/snapshot.{content_hash(*made_of, *made_by)}.bin",
    }


def _compiled_at_once(script: bytes) -> bytes:
    """Emscripten's script, which is one large function: in brackets an engine compiles it with the script, and keeps
    that, where else it would compile it at its call, at every start."""
    head, tail = b"async function _createPyodideModule(", b"}export default _createPyodideModule;"
    assert script.startswith(head)
    assert script.rstrip().endswith(tail)
    return b"export default (" + script.rstrip().removesuffix(tail) + b"});\n"


def _put_shell(folder: Folder, plan: Plan, urls: dict[str, str], modules: list[Module]) -> dict[str, str]:
    style = b"\n".join(path.read_bytes() for path in [*(SHELL / n for n in STYLES), *plan.styles] if path.is_file())
    more = {
        "style": folder.put_hashed("style.css", style),
        **_put_reactpy_client(folder),
        **_put_scanner(folder),
    }
    lock_info = json.loads((PYODIDE / "pyodide-lock.json").read_text())["info"]
    fixed = {"root": plan.root, "lockInfo": lock_info}
    for name in SCRIPTS:
        source = joined(name, SHELL)
        source = source.replace('"__SETTINGS__"', json.dumps({**urls, **more, **fixed}, sort_keys=True))
        source = source.replace('"__ICONS__"', json.dumps(sprite(modules)))
        more[name] = folder.put_hashed(f"{name}.js", source.encode())
    more |= app_icons(folder)
    manifest = (SHELL / "manifest.webmanifest").read_text(encoding="utf-8")
    folder.put("manifest.webmanifest", _filled(manifest, more).encode())
    page = _filled((SHELL / "index.html").read_text(encoding="utf-8"), {**urls, **more})
    folder.put("index.html", page.encode())
    return more


def _filled(text: str, urls: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w[\w-]*)\}\}", lambda match: urls[match[1]], text)


def _put_reactpy_client(folder: Folder) -> dict[str, str]:
    """ReactPy's own page client and its Preact, untouched, with the files they import by relative name."""
    import_line = re.compile(rb'from"\./([\w-]+\.js)"')
    names = {name: (_reactpy_static() / name).read_bytes() for name in ("index.js", "preact.js")}
    queue = list(names.values())
    while queue:
        for match in import_line.findall(queue.pop()):
            name = match.decode()
            if name not in names:
                names[name] = (_reactpy_static() / name).read_bytes()
                queue.append(names[name])
    place = f"assets/reactpy-{content_hash(*names.values())}"
    for name, content in names.items():
        folder.put(f"{place}/{name}", content.split(b"//# sourceMappingURL")[0])
    return {"client": f"/{place}/index.js", "preact": f"/{place}/preact.js"}


def _reactpy_static() -> Path:
    spec = __import__("importlib.util").util.find_spec("reactpy")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "static"


def _put_scanner(folder: Folder) -> dict[str, str]:
    """What reads barcodes where the browser can't: fetched behind the first load, by ``sw.js``."""
    scripts = {path: (ZXING / "es" / path).read_bytes() for path in ("reader/index.js", "share.js")}
    place = f"assets/{_SCANNER}-{content_hash(*scripts.values())}"
    urls = {path: folder.put(f"{place}/{path}", content) for path, content in scripts.items()}
    wasm = (ZXING / "reader" / "zxing_reader.wasm").read_bytes()
    return {"zxing": urls["reader/index.js"], "zxingWasm": folder.put_hashed(f"{_SCANNER}.wasm", wasm)}


def _put_service_worker(folder: Folder, urls: dict[str, str]) -> None:
    public = sorted(path for path in folder.written if not path.startswith("."))
    later = [f"/{path}" for path in public if path.startswith(f"assets/{_SCANNER}")]
    wanted = [path for path in public if f"/{path}" not in later]
    assets = [[f"/{path}", folder.brotli_size(path), len(folder.written[path])] for path in wanted]
    build_id = content_hash(*(path.encode() + content for path, content in sorted(folder.written.items())))
    source = (SHELL / "sw.js").read_text(encoding="utf-8")
    source = source.replace('"__BUILD__"', json.dumps(build_id)).replace('"__ASSETS__"', json.dumps(assets))
    source = source.replace('"__LATER__"', json.dumps(later))
    source = source.replace('"__SNAPSHOT__"', json.dumps(urls["snapshot"]))
    source = source.replace('"__WORKER__"', json.dumps(urls["worker"]))
    source = source.replace('"__ICON__"', json.dumps(urls["icon-192"]))
    source = source.replace('"__BADGE__"', json.dumps(urls["icon-badge"]))
    folder.put("sw.js", source.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the phone app.")
    parser.add_argument("--out", type=Path, default=Plan.out)
    parser.add_argument("--root", default=Plan.root, help="module:Component")
    parser.add_argument("--extra", action="append", default=[], help="further module of this checkout")
    parser.add_argument("--without", action="append", default=[], help="package to leave out")
    parser.add_argument("--quick", action="store_true", help="compress badly: for a build that travels nowhere")
    arguments = parser.parse_args()
    began = time.monotonic()
    extra, without = tuple(arguments.extra), tuple(arguments.without)
    plan = Plan(arguments.out.resolve(), root=arguments.root, extra=extra, without=without, quick=arguments.quick)
    stale = build(plan)
    print(f"phone app: {'built' if stale else 'up to date'} in {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
