// Single-key shortcuts (WCAG 2.2, 2.1.4: the account page switches them off).
"use strict";

if ("shortcuts" in document.body.dataset) {
  let going; // g was pressed, and another key is to follow
  const typing = (event) => event.isComposing || event.target.closest?.("input, textarea, select, [contenteditable]") != null;
  const rows = () => [...document.querySelectorAll("[data-row]")];
  // That of the page, or else that of the menu.
  const search = () => ["main [type=search]", "[data-search]"].flatMap((s) => [...document.querySelectorAll(s)]).find((s) => s.offsetParent);
  const step = (by) => {
    const all = rows();
    if (all.length === 0) return;
    const at = all.indexOf(document.activeElement?.closest("[data-row]"));
    const row = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    (row.querySelector("[data-open]") ?? row).focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || typing(event) || event.ctrlKey || event.altKey || event.metaKey || event.getModifierState("AltGraph")) return;
    if (going) {
      clearTimeout(going);
      going = undefined;
      document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
      return;
    }
    const click = (selector) => document.querySelector(selector)?.click();
    switch (event.key) {
      case "g": going = setTimeout(() => { going = undefined; }, 1500); return;
      case "/": event.preventDefault(); search()?.focus(); return;
      case "n": click("[data-new]"); return;
      case "e": click("[data-edit]"); return;
      case "j": step(1); return;
      case "k": step(-1); return;
      case "?": location.assign("/help"); return;
    }
  });
}
