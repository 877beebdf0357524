// Run by the build in Node: compiles the phone's Python modules with the phone's own CPython, imports them and
// writes its memory. Argument: a JSON file {pyodide, standIns, modules: [[name, isPackage, path, sourceFile]],
// files: [[path, sourceFile]], extension, packPy, warm, cache, out: {pack, snapshot, report}}.
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const job = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const { loadPyodide, version } = await import(pathToFileURL(path.join(job.pyodide, "pyodide.mjs")));
const createModule = (await import(pathToFileURL(path.join(job.pyodide, "pyodide.asm.mjs")))).default;
const { moduleFactory, EXTENSION } = await import(pathToFileURL(job.pythonJs));
const read = (file) => new Uint8Array(fs.readFileSync(file));
const extension = read(job.extension);

const COMPILE = `
import ast, marshal
def compiled(source, filename):
    """Marshalled code without docstrings: nothing on the phone shows them."""
    tree = ast.parse(source, filename)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
                first.value.value = ""
    return marshal.dumps(compile(tree, filename, "exec", dont_inherit=True))
def packed(entries):
    return marshal.dumps({name: (bool(is_package), location, bytes(code)) for name, is_package, location, code in entries})
`;

async function compiler() {
  let python = null;
  return async () => {
    if (!python) {
      python = await loadPyodide();
      python.runPython(COMPILE);
    }
    return python;
  };
}

// Compiled code is cached by the hash of its source.
async function compileAll(python, entries) {
  fs.mkdirSync(job.cache, { recursive: true });
  const result = [];
  for (const [name, isPackage, location, file] of entries) {
    const source = read(file);
    const key = crypto.createHash("sha256").update(version + "\0" + location + "\0").update(source).digest("hex");
    const cached = path.join(job.cache, key.slice(0, 32) + ".code");
    if (!fs.existsSync(cached)) {
      const py = await python();
      const compiled = py.globals.get("compiled");
      const bytes = compiled(new TextDecoder().decode(source), location);
      fs.writeFileSync(cached + ".tmp", bytes.toJs());
      fs.renameSync(cached + ".tmp", cached);
      bytes.destroy();
    }
    result.push([name, isPackage, location, read(cached)]);
  }
  return result;
}

// A standard library of compiled modules: no parser's litter in the snapshot's memory.
async function compiledStdlib(python) {
  const file = path.join(job.cache, `stdlib-${version}.zip`);
  if (fs.existsSync(file)) return file;
  const py = await python();
  py.FS.writeFile("/tmp/skip.json", JSON.stringify(job.stdlibSkip));
  py.runPython(`
import json, zipfile, importlib.util, struct
skip = tuple(json.load(open("/tmp/skip.json")))
with zipfile.ZipFile("/lib/python314.zip") as given, zipfile.ZipFile("/tmp/out.zip", "w") as made:
    for name in given.namelist():
        if not name.endswith(".py") or name.startswith(skip):
            continue
        code = compiled(given.read(name).decode(), "/lib/python314.zip/" + name)
        made.writestr(name + "c", importlib.util.MAGIC_NUMBER + struct.pack("<LQ", 1, 0) + code)
`);
  fs.writeFileSync(file + ".tmp", py.FS.readFile("/tmp/out.zip"));
  fs.renameSync(file + ".tmp", file);
  return file;
}

// Freed memory still holds old bytes, which would be shipped: fill every hole with zeros, then free it again.
const SCRUB = `
def scrub():
    import gc, sys, linecache, re, zipimport
    linecache.clearcache(); re.purge(); sys.path_importer_cache.clear(); zipimport._zip_directory_cache.clear()
    sys._clear_internal_caches() if hasattr(sys, "_clear_internal_caches") else None
    gc.collect()
    held = []
    for size in (1 << 16, 1 << 14, 1 << 13, 1 << 12, 1 << 11, 1 << 10):
        held.append([bytes(size - 64) for _ in range((1 << 18) // size)])
    for size in range(16, 513, 16):
        held.append([bytes(max(0, size - 33)) for _ in range((1 << 15) // size)])
    held.clear()
    gc.collect()
scrub()
del scrub
`;

async function freeze(python, pack) {
  let base = null;
  const options = { onHeap: (heap) => { base = heap.slice(0, 1 << 22); } };
  const py = await loadPyodide({
    _makeSnapshot: true,
    stdLibURL: await compiledStdlib(python),
    createPyodideModule: moduleFactory(createModule, extension, options),
  });
  for (const [location, file] of job.files) {
    py.FS.mkdirTree(path.posix.dirname(location));
    py.FS.writeFile(location, read(file));
  }
  py.FS.mkdirTree(path.posix.dirname(EXTENSION));
  py.FS.writeFile(EXTENSION, extension);
  py.runPython(fs.readFileSync(job.packPy, "utf8"));
  py.FS.writeFile("/tmp/pack", pack);
  py.runPython(`
with open("/tmp/pack", "rb") as _file:
    install_pack(_file.read())
`);
  const report = py.runPython(job.warm);
  py.runPython(SCRUB);
  const snapshot = py.makeMemorySnapshot();
  return { snapshot, base, report };
}

// XOR with the wasm file's own data (see python.js), and drop the zeros at the end.
function slim({ snapshot, base }) {
  const words = new Uint32Array(snapshot.buffer, snapshot.byteOffset, snapshot.byteLength >> 2);
  const start = words[1];
  let deltaLength = base.length;
  while (deltaLength > 0 && base[deltaLength - 1] === 0) deltaLength--;
  deltaLength = (deltaLength + 3) & ~3;
  for (let i = 0; i < deltaLength; i++) snapshot[start + i] ^= base[i];
  let end = snapshot.length;
  while (snapshot[end - 1] === 0) end--;
  end = Math.min(snapshot.length, (end + 65535) & ~65535);
  return { bytes: snapshot.subarray(0, end), deltaLength };
}

// Node would print the source line, which is a megabyte long.
process.on("uncaughtException", (error) => {
  console.error(String(error?.message ?? error).slice(-4000));
  process.exit(1);
});
const python = await compiler();
const entries = await compileAll(python, job.modules);
const py = await python();
const packed = py.globals.get("packed");
const given = py.toPy(entries);
const pack = packed(given).toJs();
fs.writeFileSync(job.out.pack, pack);
const frozen = await freeze(python, pack);
const { bytes, deltaLength } = slim(frozen);
fs.writeFileSync(job.out.snapshot, bytes);
fs.writeFileSync(job.out.report, JSON.stringify({ deltaLength, report: JSON.parse(frozen.report) }));
process.exit(0);
