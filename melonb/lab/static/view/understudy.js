// A notebook keeps the HTML that it was shown, but not its live widgets. So a live element has an understudy
// beside it: the same element without a kernel, unseen until it is clear that the live one does not come.

const WAIT_MILLISECONDS = 3000;  // Jupyter looks for a widget's model for two seconds

// In JupyterLab every output has a row of its own.
function show(element, shown) {
  const row = element.closest(".jp-OutputArea-child") ?? element;
  row.style.display = shown ? "" : "none";
}

// JupyterLab leaves a row with an error where a widget is not found.
const rowAbove = (element) => element.closest(".jp-OutputArea-child")?.previousElementSibling;
const liveOne = (name) => document.querySelector(`[data-live="${name}"]`);

// `wake` builds the understudy.
export function standIn(name, element, wake) {
  if (element.built) return;
  show(element, false);
  setTimeout(() => {
    if (liveOne(name) || !element.isConnected) return;
    wake();
    show(element, true);
    const above = rowAbove(element);
    if (above?.querySelector(".jp-OutputArea-output")?.childElementCount === 0) above.style.display = "none";
  }, WAIT_MILLISECONDS);
}

// The live element is there, perhaps later than it was waited for.
export function takeStage(name, node) {
  node.dataset.live = name;
  for (const element of document.querySelectorAll(`[live="${name}"]`)) {
    show(element, false);
    const above = rowAbove(element);
    if (above) above.style.display = "";
  }
}
