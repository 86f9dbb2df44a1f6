// What pages do beyond what HTML does by itself. They work without this file.
"use strict";

// Announce a text to screen readers.
const say = (text) => { document.getElementById("live").textContent = text; };

// Menus close on a click elsewhere, and with Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Hide buttons that matter only without script, and show those that need one.
const dress = (root) => {
  for (const element of root.querySelectorAll("[data-without-script]")) element.hidden = true;
  for (const element of root.querySelectorAll("[data-with-script]")) element.hidden = false;
  for (const code of root.querySelectorAll("[data-copy]:not([data-dressed])")) {
    code.dataset.dressed = "";
    if (!navigator.clipboard) continue; // browsers offer it over https only, or on the machine itself
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn copy";
    const [copy, copied] = (code.dataset.copy || "Copy|Copied").split("|");
    button.textContent = copy;
    button.setAttribute("aria-label", copy + " " + code.textContent.trim().slice(0, 40));
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent.trim());
      say(copied + ".");
      button.textContent = copied;
      setTimeout(() => { button.textContent = copy; }, 1500);
    });
    code.after(button);
  }
  for (const input of root.querySelectorAll("[data-counted]:not([data-dressed])")) {
    input.dataset.dressed = "";
    const count = document.getElementById(input.dataset.counted);
    const show = () => { count.textContent = `${[...input.value].length} of ${count.dataset.max} characters.`; };
    input.addEventListener("input", show);
    show();
  }
};
dress(document);

document.addEventListener("htmx:afterSettle", (event) => {
  dress(event.target);
  // A filtered list announces how many entries it has now, or that it has none.
  if (event.target.id === "list") say(event.target.querySelector(".pager p, .empty-title")?.textContent ?? "");
});

// An answer may replace a part of the page that somebody is reading. Open elements stay
// open, and the focus stays: htmx restores it only to an element with an id.
const opened = new Set();
let focused = null; // a selector
document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target;
  for (const details of part.querySelectorAll("details[data-keep]")) {
    if (details.open) opened.add(details.dataset.keep);
    else opened.delete(details.dataset.keep);
  }
  const element = document.activeElement;
  focused = null;
  if (!part.contains(element)) return;
  if (element.matches("details[data-keep] > summary")) {
    focused = `details[data-keep="${CSS.escape(element.parentElement.dataset.keep)}"] > summary`;
  } else if (element.matches("a[href]")) {
    focused = `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
  }
});
document.addEventListener("htmx:afterSwap", (event) => {
  for (const details of event.target.querySelectorAll("details[data-keep]")) details.open ||= opened.has(details.dataset.keep);
  if (focused && document.activeElement === document.body) event.target.querySelector(focused)?.focus({ preventScroll: true });
});

// After the end of a session the answer is the log-in page, which must not replace a
// part of this one. The typed text is kept.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (new URL(event.detail.xhr.responseURL).pathname !== "/login") return;
  event.detail.shouldSwap = false;
  if (!document.querySelector("form[data-unsaved]")) {
    location.assign("/login?" + new URLSearchParams({ notice: "ended", next: location.pathname + location.search }));
  } else if (!document.getElementById("ended")) {
    const note = document.createElement("p");
    note.id = "ended";
    note.className = "note warn";
    note.setAttribute("role", "alert");
    note.textContent = "Your session has ended. Log in in another tab, then continue here. What you typed is still here.";
    document.querySelector("main .title").after(note);
  }
});

// A form with unsaved text asks before the page is left.
for (const form of document.querySelectorAll("form[data-unsaved]")) {
  let changed = form.dataset.unsaved === "true";
  let sent = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { sent = true; });
  addEventListener("pageshow", () => { sent = false; });
  addEventListener("beforeunload", (event) => { if (changed && !sent) event.preventDefault(); });
}

// Times stay right while a page is open.
const relative = (at) => {
  const seconds = Math.round((Date.now() - at) / 1000);
  const [form, s] = seconds < 0 ? ["in %", -seconds] : ["% ago", seconds];
  if (s < 5) return "just now";
  const about = s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min` : s < 172800 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86400)} days`;
  return s < 30 * 86400 ? form.replace("%", about) : null;
};
setInterval(() => {
  for (const time of document.querySelectorAll("time[title]")) {
    if (!/ago$|^in |^just now$/.test(time.textContent)) continue;
    const text = relative(Date.parse(time.dateTime));
    if (text && text !== time.textContent) time.textContent = text;
  }
}, 30_000);

// Switching the theme starts from the visible one, which may be the system's.
for (const form of document.querySelectorAll("form[data-theme-switch]")) {
  form.addEventListener("submit", () => {
    form.elements["theme"].value = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
  });
}
