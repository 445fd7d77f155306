// “What does your API expect?”: the form, and its values in the fragment of the address, which browsers send to no server.
import { make } from "./dom.mjs";

const LONGEST_VALUE = 500;
const byId = (id) => document.getElementById(id);
const presetBox = byId("preset");
let presets = [];
let fields = [];

/** What the engine expects: the kind of API, and the values by name. */
export function expectations() {
  const boxes = byId("fields").querySelectorAll("input, select");
  return { preset: presetBox.value, fields: Object.fromEntries([...boxes].map((box) => [box.name, box.value])) };
}

/** Closes the form, so that the verdict is visible. The values are still shown in one line. */
export function foldExpectations() {
  byId("expected").open = false;
}

/** The address of this page with the expectations in its fragment. */
export function linkTo() {
  const { preset, fields: values } = expectations();
  const given = Object.entries(values).filter(([, value]) => value.trim());
  return `${location.href.split("#")[0]}#${new URLSearchParams([["api", preset], ...given])}`;
}

export function fillExpectations(given, onChange) {
  ({ presets, fields } = given);
  presetBox.replaceChildren(...presets.map((preset) => make("option", { value: preset.name }, preset.label)));
  presetBox.addEventListener("change", () => { showFields({}); byId("expected").open = true; onChange(); });
  byId("fields").addEventListener("input", () => { summarise(); onChange(); });
  addEventListener("hashchange", () => { readFragment(); onChange(); });
  showFields({});
  readFragment();
}

/** Known names only; anything else in the fragment is ignored. */
function readFragment() {
  const given = new URLSearchParams(location.hash.slice(1));
  const known = fields.map((field) => field.name).filter((name) => given.has(name));
  const named = presets.find((preset) => preset.name === given.get("api"));
  if (!named && !known.length) return;
  presetBox.value = named?.name ?? "api";
  showFields(Object.fromEntries(known.map((name) => [name, given.getAll(name).join(" ").slice(0, LONGEST_VALUE)])));
}

function showFields(values) {
  const preset = presets.find((one) => one.name === presetBox.value);
  const shown = fields.filter((field) => field.name in preset.fields || field.name in values);
  byId("fields").replaceChildren(...shown.map((field) => row(field, values[field.name] ?? preset.fields[field.name])));
  byId("expected").hidden = !shown.length;
  byId("expected").open = !Object.keys(values).length;
  summarise();
}

function summarise() {
  byId("copy-link").textContent = "Copy a link with these expectations";
  const given = Object.entries(expectations().fields).filter(([, value]) => value.trim());
  byId("expected-summary").textContent = given.map(([name, value]) => `${name} = ${value.trim()}`).join(" · ") || "Fill in what you know";
}

function row(field, value) {
  const id = `expect-${field.name}`;
  const attributes = { id, name: field.name, autocomplete: "off", spellcheck: "false", ...(field.hint ? { "aria-describedby": `${id}-hint` } : {}) };
  const box = field.choices.length
    ? make("select", attributes, field.choices.map(([choice, label]) => make("option", { value: choice }, label)))
    : make("input", { ...attributes, type: "text", maxlength: LONGEST_VALUE });
  box.value = value;
  const hint = field.hint ? make("span.hint", { id: `${id}-hint` }, field.hint) : null;
  return make("div.field", {}, make("label", { for: id }, field.label), box, hint);
}
