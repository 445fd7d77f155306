// Makes elements. What was pasted becomes text, never markup.

/** `make("p.hint", {lang: "en"}, "text", child)`; null children are left out. */
export function make(kind, attributes = {}, ...children) {
  const [name, ...classes] = kind.split(".");
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Text for screen readers only. */
export const unseen = (text) => make("span.unseen", {}, text);
