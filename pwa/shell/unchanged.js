// ReactPy's client draws its whole tree anew for each update. Preact is told here what of it is as before, so that a
// line that changed costs a line and not the screen.

let root = null; // the client's own model of the page
const onTheWay = new Set(); // models it changes in place: those above what an update puts in another's place

// Every component of the client's that draws a model has it as `model`, and draws nothing else.
export function skipUnchanged({ Component }) {
  Component.prototype.shouldComponentUpdate = function shouldComponentUpdate({ model }) {
    if (model === undefined) return true;
    if (root === null) mark(root = model); // the first picture
    return model !== this.props.model || onTheWay.has(model);
  };
}

// An update is about to be handed to the client, which draws it before the next task.
export function announce(update) {
  if (root === null) return;
  const [, path] = /"path":"([^"]*)"/.exec(update);
  mark(root);
  let place = root;
  for (const step of path.split("/").slice(1)) {
    place = place[step];
    mark(place);
  }
}

function mark(model) {
  if (onTheWay.size === 0) setTimeout(() => onTheWay.clear());
  onTheWay.add(model);
}
