// Run by the build in Node: compiles the phone's Python modules with the phone's own CPython, then makes a snapshot
// as the phone will, which shows that everything can be imported and which modules of the standard library that takes.
// Argument: a JSON file, see bundle.py.
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const job = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const { loadPyodide, version } = await import(pathToFileURL(path.join(job.pyodide, "pyodide.mjs")));
const createModule = (await import(pathToFileURL(path.join(job.pyodide, "pyodide.asm.mjs")))).default;
const { makeSnapshot } = await import(pathToFileURL(job.freezerJs));
const read = (file) => new Uint8Array(fs.readFileSync(file));
const extension = read(job.extension);

const COMPILE = `
import ast, marshal
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
def is_overload(node):
    return isinstance(node, FUNCTIONS) and any(getattr(d, "attr", getattr(d, "id", "")) == "overload" for d in node.decorator_list)
def slimmed(tree):
    """Without docstrings, annotations of functions (each costs a function of its own in memory) and overloads."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [inner for inner in body if not is_overload(inner)]
            node.body = kept if kept or isinstance(node, ast.Module) else [ast.Pass(lineno=1, col_offset=0)]
        if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
                first.value.value = ""
        if isinstance(node, FUNCTIONS):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return tree
def compiled(source, filename):
    """Marshalled code; of libraries without line numbers, which nothing on the phone shows."""
    code = compile(slimmed(ast.parse(source, filename)), filename, "exec", dont_inherit=True)
    return marshal.dumps(code if filename.startswith("/app/") else without_lines(code))
def without_lines(code):
    inner = tuple(without_lines(value) if hasattr(value, "co_code") else value for value in code.co_consts)
    # One entry "no position" per 8 instructions: tracebacks need a table that covers the code.
    full, rest = divmod(len(code.co_code) // 2, 8)
    table = bytes([0xFF] * full + ([0xF8 | rest - 1] if rest else []))
    return code.replace(co_linetable=table, co_consts=inner)
def packed(entries):
    index, offset = {}, 0
    for name, is_package, location, code in entries:
        index[name] = (bool(is_package), location, offset, len(code))
        offset += len(code)
    head = marshal.dumps(index)
    return b"".join([len(head).to_bytes(4, "little"), head, *(bytes(entry[3]) for entry in entries)])
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
    const key = crypto.createHash("sha256").update(version + COMPILE + "\0" + location + "\0").update(source).digest("hex");
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
  const file = path.join(job.cache, `stdlib-${version}-${crypto.createHash("sha256").update(COMPILE).digest("hex").slice(0, 8)}.zip`);
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
const decode = (file) => fs.readFileSync(file, "utf8");
const frozen = await makeSnapshot({
  loadPyodide, createModule, extension, extensionBytes: extension, pack,
  options: { stdLibURL: await compiledStdlib(python) },
  packPy: decode(job.packPy),
  files: Object.fromEntries(job.files.map(([place, file]) => [place, decode(file)])),
  warm: job.warm,
  forgotten: job.forgotten,
});
fs.writeFileSync(job.out.report, JSON.stringify({ ...JSON.parse(frozen.report), snapshot: frozen.snapshot.length, stdlib: await compiledStdlib(python) }));
process.exit(0);
