// Shows an answer of the engine. Every word about the paste is from Python; nothing is decided here.
import { make, unseen } from "./dom.mjs";

const UNKNOWN_STEPS = [
  "Paste the whole response with its headers, from the connector's Test tab, the agent's activity map or your API's log.",
  "If there is a number or a code in it, paste that alone, or look for its words under “Look up a code”.",
  "Look up an unknown AADSTS number on Microsoft's own page: https://login.microsoftonline.com/error",
];
const SIGNS = { problem: ["✗", "Problem: "], fine: ["✓", "Fine: "], unknown: ["?", "Not known: "] };
const LINK = /https:\/\/(?:login\.microsoftonline\.com\/error(?:\?code=\d{1,9})?|learn\.microsoft\.com\/[\w\/-]*|make\.powerapps\.com|make\.powerautomate\.com|entra\.microsoft\.com|admin\.powerplatform\.microsoft\.com)(?=[\s).,;]|$)/g;

/** One sentence for screen readers. */
export function announcement(answer) {
  if (answer.error) return answer.error;
  if (!answer.recognised) return "This is not known here. Below are steps to try.";
  const [first] = answer.findings;
  if (!first) return `${answer.kind}. Nothing is wrong that can be seen here.`;
  return `${answer.kind}. ${first.problem ? "Problem" : "Fine"}: ${first.title}.`;
}

/** `answer` is null if nothing was pasted. `data-code` is the code of `--json`, or of the first finding if nothing is wrong. */
export function showVerdict(place, answer) {
  const [first] = answer?.findings ?? [];
  place.hidden = !answer;
  place.dataset.code = answer?.code ?? first?.code ?? "";
  place.dataset.verdict = first?.verdict ?? "";
  place.dataset.state = answer ? stateOf(answer) : "";
  place.replaceChildren(...(answer ? parts(answer) : []));
}

function stateOf(answer) {
  if (answer.error || !answer.recognised) return "unknown";
  return answer.problem ? "problem" : "fine";
}

function parts(answer) {
  if (answer.error) return [title("unknown", "What the API expects could not be read"), make("p", {}, answer.error)];
  const findings = answer.findings.map(finding);
  if (!answer.recognised) findings.unshift(unknown());
  else if (!findings.length) findings.unshift(make("article.finding.fine", {}, title("fine", "Nothing is wrong with this that can be seen here")));
  return [...findings, ...notes(answer.notes)];
}

function title(state, text) {
  const [sign, word] = SIGNS[state];
  return make("h2", {}, make("span.sign", { "aria-hidden": "true" }, sign), make("span", {}, unseen(word), text));
}

function unknown() {
  return make("article.finding.unknown", {}, title("unknown", "This is not known here"),
    make("p", {}, "It is neither a token nor a scope, and it matches no message in the tables. This page does not guess."),
    make("h3", {}, "What to try"), steps(UNKNOWN_STEPS));
}

function finding(item) {
  const state = item.problem ? "problem" : "fine";
  return make(`article.finding.${state}`, {},
    title(state, item.title),
    make("p", {}, ...words(item.detail)),
    compared(item),
    item.steps.length ? make("h3", {}, "What to do") : null,
    item.steps.length ? steps(item.steps) : null,
    item.cause ? make("h3", {}, "Why") : null,
    item.cause ? make("p", {}, ...words(item.cause)) : null,
    item.az ? make("h3", {}, "With the az command line") : null,
    item.az ? make("pre", { tabindex: "0", "aria-label": "Command" }, item.az) : null,
    make("p.code", {}, "Code ", make("code", {}, item.verdict)));
}

const steps = (texts) => make("ol.steps", {}, texts.map((text) => make("li", {}, ...words(text))));

/** Rows: found, expected, and the names in the message. */
function compared(item) {
  const at = item.differs_at ?? null;
  const rows = [];
  if (item.found) rows.push(["Found", marked(item.found, at)]);
  if (item.expected) rows.push(["Expected", marked(item.expected, at)]);
  for (const fact of item.facts ?? []) rows.push([fact.name, words(fact.value)]);
  if (!rows.length) return null;
  const list = make("dl.compared", {}, rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, ...value)]));
  if (at === null) return list;
  const end = (text) => (Array.from(text).length <= at ? " It ends there." : "");
  const which = end(item.found) ? "What was found ends before it." : end(item.expected) ? "What is expected ends before it." : "";
  return [list, make("p.hint", {}, `The first difference is character ${at + 1}, marked above. ${which}`)];
}

/** The text with the character at `at` marked; past its end, the end is marked. */
function marked(text, at) {
  if (at === null) return [text];
  const characters = Array.from(text);
  const character = characters[at];
  const mark = make("mark", {}, character === undefined ? "(end)" : character === " " ? "␣" : character);
  return [characters.slice(0, at).join(""), mark, characters.slice(at + 1).join("")];
}

/** A sentence with links to a few known addresses. Nothing that was pasted becomes a link to another address. */
function words(text) {
  const made = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    made.push(text.slice(end, match.index), make("a", { href: match[0], target: "_blank", rel: "noopener noreferrer" }, match[0]));
    end = match.index + match[0].length;
  }
  return [...made, text.slice(end)];
}

/** The claims or values in the paste. A sign and a word mark the decisive ones, not the colour alone. */
export function showClaims(place, facts) {
  place.hidden = !facts.length;
  place.querySelector("dl").replaceChildren(...facts.flatMap((fact) => {
    const kind = fact.decisive ? ".decisive" : "";
    const sign = fact.decisive ? [make("span", { "aria-hidden": "true" }, "▶ "), unseen("Decisive: ")] : [];
    const note = fact.note ? make("span.note", {}, fact.value ? ` ${fact.note}` : fact.note) : null;
    return [make(`dt${kind}`, {}, sign, fact.name), make(`dd${kind}`, {}, fact.value, note)];
  }));
}

const notes = (texts) => (texts.length ? [make("div.notes", {}, texts.map((text) => make("p", {}, ...words(text))))] : []);
