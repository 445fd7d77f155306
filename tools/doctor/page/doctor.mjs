// Loads Python, forbids every further connection, and only then shows the input box.
import { loadPyodide, version } from "./pyodide/pyodide.mjs";
import { showVerdict, showClaims, announcement } from "./verdict.mjs";
import { fillExpectations, foldExpectations, expectations, linkTo } from "./expectations.mjs";
import { fillLookup } from "./lookup.mjs";

const LOCKED = "default-src 'none'; script-src 'wasm-unsafe-eval'; img-src data:; base-uri 'none'; form-action 'none'; " +
  "connect-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const TYPING_PAUSE_MS = 250;
const byId = (id) => document.getElementById(id);
const input = byId("input");

async function load() {
  const fetchPlainly = globalThis.fetch;
  const sizes = await (await fetchPlainly("sizes.json")).json();
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  let received = 0;
  const counting = (chunk, controller) => {
    received += chunk.byteLength;
    byId("progress").value = Math.min(95, 95 * received / total);
    controller.enqueue(chunk);
  };
  globalThis.fetch = async (...request) => {
    const response = await fetchPlainly(...request);
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    return new Response(response.body.pipeThrough(new TransformStream({ transform: counting })), response);
  };
  const sources = fetch("explain.zip").then((response) => response.arrayBuffer());
  const python = await loadPyodide({ indexURL: new URL("pyodide/", import.meta.url).href });
  python.unpackArchive(await sources, "zip", { extractDir: "/explain" });
  globalThis.fetch = fetchPlainly;
  byId("stage").textContent = "Starting …";
  python.runPython("import sys; sys.path.insert(0, '/explain')");
  return python.pyimport("tools.doctor.engine");
}

function lock() {
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = LOCKED;
  document.head.append(policy);
}

/** Whether the browser refuses a request after the second policy. If it does not, the page stays closed. */
async function isLocked() {
  try {
    await fetch("sizes.json", { cache: "no-store" });
    return false;
  } catch {
    return true;
  }
}

function ask(engine, text) {
  return JSON.parse(engine.answer(JSON.stringify({ text, now: Date.now() / 1000, ...expectations() })));
}

function begin(engine) {
  let shareText = "";
  let waiting = 0;

  const explain = () => {
    clearTimeout(waiting);
    const answer = input.value.trim() ? ask(engine, input.value) : null;
    shareText = answer?.share ?? "";
    byId("kind").textContent = answer?.kind ?? "";
    byId("announcer").textContent = answer ? announcement(answer) : "";
    showVerdict(byId("verdict"), answer);
    showClaims(byId("claims"), answer?.claims ?? []);
    byId("actions").hidden = !answer;
    byId("share").hidden = true;
    byId("copy-share").hidden = !shareText;
    byId("copy-share").textContent = "Copy for a forum";
  };
  const explainText = (text) => {
    input.value = text;
    foldExpectations();
    explain();
    byId("verdict").scrollIntoView({ block: "nearest" });
  };

  input.addEventListener("input", (event) => {
    clearTimeout(waiting);
    if (event.inputType === "insertText") {
      waiting = setTimeout(explain, TYPING_PAUSE_MS);
      return;
    }
    foldExpectations();
    explain();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      explain();
      byId("verdict").focus();
    }
  });
  for (const button of byId("examples").querySelectorAll("button")) {
    button.addEventListener("click", () => explainText(button.textContent));
  }
  byId("clear").addEventListener("click", () => { explainText(""); input.focus(); });
  byId("copy-share").addEventListener("click", (event) => copy(shareText, event.currentTarget, byId("share")));
  byId("copy-link").addEventListener("click", (event) => copy(linkTo(), event.currentTarget));
  acceptFiles(explainText);

  const shown = JSON.parse(engine.start());
  fillExpectations(shown, explain);
  fillLookup(shown.codes, (text) => { explainText(text); byId("verdict").focus(); });
}

/** Copies the text and shows it. If the page may not use the clipboard, the shown text is selected. */
async function copy(text, button, shown = null) {
  if (shown) {
    shown.textContent = text;
    shown.hidden = false;
  }
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = shown ? "Press Ctrl+C to copy" : text;
    getSelection().selectAllChildren(shown ?? button);
  }
}

/** Reads a dropped file like a paste. Without this the browser would leave the page and open the file. */
function acceptFiles(explainText) {
  addEventListener("dragover", (event) => { if (event.dataTransfer.types.includes("Files")) event.preventDefault(); });
  addEventListener("drop", async (event) => {
    const file = event.dataTransfer.files[0];
    if (!file) return;
    event.preventDefault();
    const bytes = new Uint8Array(await file.slice(0, 4_000_000).arrayBuffer());
    const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
    explainText(new TextDecoder(encoding).decode(bytes));
  });
}

async function main() {
  byId("version").textContent = version;
  const engine = await load();
  begin(engine);
  ask(engine, "AADSTS50013"); // reads the tables, so that the first paste does not have to wait
  lock();
  if (!(await isLocked())) throw new Error("This browser did not accept the rule that forbids connections, so the page stays closed.");
  byId("loading").hidden = true;
  byId("desk").hidden = false;
  input.focus({ preventScroll: true });
}

main().catch((error) => {
  byId("progress").hidden = true;
  byId("stage").textContent = `The page could not start. Reload it; if that does not help, update the browser. (${error.message ?? error})`;
});
