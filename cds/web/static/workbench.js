// Makes the workbench live. Without this file everything works by links and form submits.
(() => {
  "use strict";
  const form = () => document.getElementById("case");
  if (!form() || !window.fetch || !window.DOMParser) return;
  let timer = 0;
  let asked = null;
  const here = () => window.location.pathname + window.location.search;
  let shown = here();

  const address = () => {
    const data = new FormData(form());
    data.delete("say");
    return form().action + "?" + new URLSearchParams(data).toString();
  };

  const get = async (url, part) => {
    if (asked) asked.abort();
    asked = new AbortController();
    const headers = part ? { "x-part": "answer" } : {};
    const response = await fetch(url, { headers, signal: asked.signal, credentials: "omit" });
    if (!response.ok) throw new Error(String(response.status));
    return { url: response.url, page: new DOMParser().parseFromString(await response.text(), "text/html") };
  };

  // The line and the patient above the answer follow the form, unless somebody is writing in the line.
  const follow = (answer) => {
    const line = document.getElementById("say");
    const written = line.value.trim() !== form().elements.said.value.trim();
    if (!written) line.value = answer.dataset.line;
    form().elements.said.value = answer.dataset.line;
    for (const one of document.getElementsByClassName("patient-name")) one.textContent = answer.dataset.name;
    for (const one of document.getElementsByClassName("patient-who")) one.textContent = answer.dataset.who;
    const beside = document.getElementById("with");
    beside.hidden = !answer.dataset.with;
    beside.querySelector("strong").textContent = answer.dataset.with;
  };

  const tell = (answer) => { document.getElementById("news").textContent = answer.dataset.news; };

  // The order changed: only the answer is put in place, so that the cursor stays where it is.
  const refresh = async () => {
    document.getElementById("answer").classList.add("busy");
    try {
      const { page } = await get(address(), true);
      const answer = page.getElementById("answer");
      document.getElementById("answer").replaceWith(answer);
      history.replaceState(null, "", form().action + "?" + answer.dataset.address);
      shown = here();
      follow(answer);
      tell(answer);
    } catch (error) {
      if (error.name === "AbortError") return;
      const words = "The service could not be reached. What stands below is not about this order.";
      document.querySelector("#answer h2").textContent = words;
      document.getElementById("news").textContent = words;
    }
  };

  const soon = (wait) => { clearTimeout(timer); timer = setTimeout(refresh, wait); };

  // A link to another case: the whole page is put in place.
  const go = async (url, push) => {
    const open = [...document.querySelectorAll("#case details[open]:not(.choose)")].map((one) => one.className);
    try {
      const found = await get(url, false);
      document.getElementById("main").replaceChildren(...found.page.getElementById("main").childNodes);
      document.title = found.page.title;
      if (push) history.pushState(null, "", found.url);
      shown = here();
      for (const name of open) for (const one of document.getElementsByClassName(name)) if (one.matches("#case details")) one.open = true;
      const answer = document.getElementById("answer");
      tell(answer);
      if (push) answer.focus({ preventScroll: window.matchMedia("(min-width: 58rem)").matches });
    } catch (error) {
      if (error.name !== "AbortError") window.location.href = url;
    }
  };

  const names = async (input) => {
    const list = document.getElementById("drugs");
    if (!list || input.value.length < 2) return;
    try {
      const response = await fetch(list.dataset.names + "?" + new URLSearchParams({ q: input.value }), { credentials: "omit" });
      const found = await response.json();
      list.replaceChildren(...found.map((name) => { const option = document.createElement("option"); option.value = name; return option; }));
    } catch { /* the names offered stay as they are */ }
  };

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("a[data-open]");
    if (opener) for (const one of document.getElementsByClassName(opener.dataset.open)) one.open = true;
    const link = event.target.closest("a[data-swap]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go(link.href, true);
  });
  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    const line = document.getElementById("say").value.trim();
    go(line ? address() + "&" + new URLSearchParams({ say: line }) : address(), true);
  });
  // Back and forward lead to another case; a jump within the page does not.
  window.addEventListener("popstate", () => { if (here() !== shown) go(window.location.href, false); });
  document.addEventListener("input", (event) => {
    if (!event.target.closest("#case") || event.target.name === "say") return;
    if (event.target.name === "drug") names(event.target);
    soon(event.target.matches("select, [type=checkbox]") ? 0 : 250);
  });
})();
