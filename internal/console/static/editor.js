// What the automation editor does beyond what HTML does by itself.
"use strict";

const say = (text) => { document.getElementById("live").textContent = text; };

// Beside the fields the preview is open; on a phone it opens from its bar.
const side = document.getElementById("side");
const wide = matchMedia("(min-width: 992px)");
const settle = () => { side.open = wide.matches; };
wide.addEventListener("change", settle);
settle();

// Screen readers hear the summary only when it changes.
let said = document.getElementById("reach").dataset.said;
document.addEventListener("htmx:afterSettle", () => {
  const reach = document.getElementById("reach");
  if (reach.dataset.said !== said) say(said = reach.dataset.said);
});

// Whoever types a person has chosen "One person".
for (const input of document.querySelectorAll("[data-chooses]")) {
  input.addEventListener("input", () => {
    input.closest("fieldset").querySelector(`[type=radio][value=${input.dataset.chooses}]`).checked = true;
  });
}

// The magnifier shows the suggestions without anything typed.
for (const button of document.querySelectorAll("[data-browses]")) {
  const input = document.getElementById(button.dataset.browses);
  button.addEventListener("click", () => {
    input.focus();
    input.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
  });
}

// The field above a long drop-down list filters it.
for (const search of document.querySelectorAll("[data-narrows]")) {
  const select = document.getElementById(search.dataset.narrows);
  const all = [...select.options];
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    const chosen = select.value; // an option that is taken out may count as selected
    const found = all.filter((option) => option.value === chosen || option.text.toLowerCase().includes(wanted));
    select.replaceChildren(...found);
    select.value = chosen;
    say(found.length === 1 ? "1 selection." : `${found.length} selections.`);
  });
  // The form does not send it.
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}
