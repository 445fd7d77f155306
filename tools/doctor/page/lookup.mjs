// Searches in all codes. Every word must be in the code, its title or its further words.
import { make } from "./dom.mjs";

const MOST_SHOWN = 20;
const byId = (id) => document.getElementById(id);

export function fillLookup(codes, onChoice) {
  const rows = codes.map((code) => ({ ...code, text: `${code.code} ${code.title} ${code.words}`.toLowerCase() }));
  const show = () => {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting = words.length ? rows.filter((row) => words.every((word) => row.text.includes(word))) : [];
    fitting.sort((one, other) => isNamed(other, words) - isNamed(one, words));
    const count = fitting.length > MOST_SHOWN ? `${fitting.length} found, the first ${MOST_SHOWN} shown` : `${fitting.length} found`;
    byId("search-count").textContent = words.length ? count : `${rows.length} codes and messages are known here.`;
    byId("codes").replaceChildren(...fitting.slice(0, MOST_SHOWN).map((row) => item(row, onChoice)));
  };
  byId("search").addEventListener("input", show);
  show();
}

/** Whether a word is the name or number of this code; such codes are shown first. */
function isNamed(row, words) {
  const names = row.name.toLowerCase().split(" ");
  return words.some((word) => names.includes(word) || names.includes(`aadsts${word}`));
}

function item(row, onChoice) {
  const button = make("button", { type: "button" }, make("code", {}, row.name), make("span", {}, row.title));
  button.addEventListener("click", () => onChoice(row.input));
  return make("li", {}, button);
}
