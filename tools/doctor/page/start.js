// A classic script, since modules do not run in a page that was opened as a file.
"use strict";

const say = (text) => {
  document.getElementById("stage").textContent = text;
  document.getElementById("progress").hidden = true;
};

// The fragment of the address says what the API expects; a plain link within the page would replace it.
document.getElementById("to-privacy").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("privacy").scrollIntoView();
  document.getElementById("privacy").focus({ preventScroll: true });
});

if (location.protocol === "file:") {
  say("This page was opened as a file, and a browser starts Python only from a web server. In the page's folder, run " +
    "“python3 -m http.server 8000 --bind 127.0.0.1”, then open http://127.0.0.1:8000. Or upload the folder to any web server.");
} else {
  import("./doctor.mjs").catch((error) => say(`The page could not be loaded. Reload it; an older browser must be updated. (${error})`));
}
