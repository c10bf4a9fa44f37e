// What is nicer with a script and works without: filters that answer at once, "/" for the search, filters folded on a phone.
"use strict";

const narrow = window.matchMedia("(max-width: 48rem)");

function foldFilters() {
  const filters = document.querySelector(".filters");
  if (filters && narrow.matches) filters.open = false;
}

let running; // the last question asked; an earlier one must not overtake it

async function show(address, push) {
  const main = document.getElementById("main");
  main.setAttribute("aria-busy", "true");
  running?.abort();
  const mine = running = new AbortController();
  if (push) history.pushState(null, "", address);
  try {
    const answer = await fetch(address, { headers: { accept: "text/html" }, signal: mine.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const open = document.querySelector(".filters")?.open;
    const held = document.activeElement?.value && document.activeElement.name
      ? `[name="${CSS.escape(document.activeElement.name)}"][value="${CSS.escape(document.activeElement.value)}"]` : null;
    main.replaceChildren(...page.getElementById("main").childNodes);
    document.title = page.title;
    const filters = document.querySelector(".filters");
    if (filters && open !== undefined) filters.open = open;
    if (held) main.querySelector(held)?.focus();
    let said = document.getElementById("said");
    if (!said) {
      said = Object.assign(document.createElement("p"), { id: "said", className: "hidden" });
      said.setAttribute("role", "status");
      document.body.append(said);
    }
    said.textContent = main.querySelector("h1")?.textContent ?? "";
  } catch {
    if (!mine.signal.aborted) location.assign(address);
  } finally {
    if (running === mine) main.removeAttribute("aria-busy");
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (!form || event.target.type === "search") return;
  const given = [...new FormData(form)].filter(([, value]) => value);
  show(`${form.getAttribute("action")}?${new URLSearchParams(given)}`, true);
});

document.addEventListener("submit", (event) => {
  // Empty fields make long addresses; leave them out.
  for (const field of event.target.querySelectorAll("input, select")) if (!field.value) field.disabled = true;
});

document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    document.getElementById("find").focus();
  } else if (event.key === "Escape" && typing) {
    document.activeElement.blur();
  }
});

window.addEventListener("popstate", () => show(location.href, false));
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form :disabled")) field.disabled = false;
});
foldFilters();
