// Runs one Python expression in Pyodide, with the project's own sources, and prints the text it gives.
// node in_pyodide.mjs ROOT WHEEL MODULE EXPRESSION: EXPRESSION, a str, is evaluated inside MODULE.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [root, wheel, module, expression] = process.argv.slice(2);

async function answer() {
  const { loadPyodide } = await import(pathToFileURL(join(root, "node_modules/pyodide/pyodide.mjs")));
  const python = await loadPyodide({ stdout: line => process.stderr.write(line + "\n") });
  python.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel");
  python.FS.mkdir("/project");
  python.mountNodeFS("/project", root);
  python.globals.set("module", module);
  python.globals.set("expression", expression);
  return python.runPython(`
import importlib, sys
sys.dont_write_bytecode = True
sys.path.insert(0, "/project")
eval(expression, vars(importlib.import_module(module)))
`);
}

// Node would print Pyodide's whole minified source around an error.
answer().then(
  text => process.stdout.write(text),
  error => {
    process.stderr.write(String(error?.message ?? error) + "\n");
    process.exitCode = 1;
  },
);
