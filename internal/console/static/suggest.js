// Suggests system users while an address is typed (WAI-ARIA APG, editable
// combobox with list autocomplete). What is sent is the text of the field.
"use strict";

const waitAfterTyping = 120; // milliseconds

// When a list closes, what stands below moves up. That waits until a click is over:
// otherwise the click would hit something else, or nothing.
const closers = new Map(); // by field
let pressed = false;
addEventListener("pointerdown", () => { pressed = true; }, true);
const released = () => {
  pressed = false;
  setTimeout(() => closers.forEach((close, input) => { if (document.activeElement !== input) close(); }));
};
addEventListener("pointerup", released, true);
addEventListener("pointercancel", released, true);

for (const input of document.querySelectorAll("[data-suggest]")) {
  const several = "several" in input.dataset;
  const list = document.createElement("ul");
  list.id = input.id + "-options";
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  // Below the field and in the flow of the page: it covers nothing that somebody may
  // want to click.
  (input.closest(".input") ?? input).after(list);
  const status = document.createElement("span");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  list.after(status);
  if (!several) {
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", "false");
  }
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);

  let timer, request, active = -1;

  const options = () => [...list.children];
  const stop = () => {
    clearTimeout(timer);
    request?.abort();
  };
  const close = () => {
    stop();
    list.hidden = true;
    active = -1;
    input.removeAttribute("aria-activedescendant");
    if (!several) input.setAttribute("aria-expanded", "false");
  };
  // The part that is being typed: the line with the cursor, or all of it.
  const part = () => {
    if (!several) return [0, input.value.length];
    const start = input.value.lastIndexOf("\n", input.selectionStart - 1) + 1;
    const end = input.value.indexOf("\n", input.selectionStart);
    return [start, end < 0 ? input.value.length : end];
  };
  const choose = (option) => {
    const [start, end] = part();
    input.setRangeText(option.dataset.value, start, end, "end");
    close();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const point = (to) => {
    const all = options();
    if (all.length === 0) return;
    all[active]?.removeAttribute("aria-selected");
    active = (to + all.length) % all.length;
    all[active].setAttribute("aria-selected", "true");
    all[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", all[active].id);
  };
  const look = async () => {
    const [start, end] = part();
    const typed = input.value.slice(start, end).trim();
    if (typed === "" && several) return close();
    request?.abort();
    request = new AbortController();
    try {
      const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(typed)}`, { signal: request.signal, redirect: "error" });
      if (!answer.ok) return close();
      list.innerHTML = await answer.text(); // made and escaped by the server
    } catch {
      return;
    }
    options().forEach((option, i) => { option.id = `${list.id}-${i}`; });
    // A text that was typed in full needs no suggestion.
    if (options().length === 1 && options()[0].dataset.value === typed) return close();
    const n = options().length;
    active = -1;
    status.textContent = n === 0 ? "Nobody found." : n === 1 ? "1 suggestion." : `${n} suggestions.`;
    list.hidden = n === 0;
    if (!several) input.setAttribute("aria-expanded", String(n > 0));
  };

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, waitAfterTyping); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && list.hidden && !several) { event.preventDefault(); look(); return; }
    if (list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); point(active + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); point(active < 0 ? -1 : active - 1); }
    if (event.key === "Enter" && active >= 0) { event.preventDefault(); choose(options()[active]); }
    if (event.key === "Escape") { event.stopPropagation(); close(); }
    if (event.key === "Tab") close();
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the field keeps the focus
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
  closers.set(input, close);
  input.addEventListener("blur", () => {
    stop();
    if (!pressed) setTimeout(close);
  });
}
