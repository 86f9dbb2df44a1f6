// Shows what was typed on demand, and ticks off the rules for a new password as
// the server judges it. The pages work without this file.
"use strict";

for (const button of document.querySelectorAll("button[data-reveals]")) {
  const input = document.getElementById(button.dataset.reveals);
  const show = button.querySelector(".verb").textContent;
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.querySelector(".verb").textContent = shown ? button.dataset.hide ?? "Hide" : show;
    input.focus();
  });
  // The form sends a password field, and the browser keeps it as one.
  input.form.addEventListener("submit", () => { input.type = "password"; });
}

const waitAfterTyping = 250; // milliseconds

for (const box of document.querySelectorAll("[data-check]")) {
  const form = box.closest("form");
  const input = form.elements["new_password"];
  const strength = box.querySelector(".strength");
  const quiet = box.querySelector("[data-quiet]");
  const words = box.dataset.grades.split("|");
  let timer, request;

  const clear = () => {
    for (const item of box.querySelectorAll("[data-rule]")) {
      delete item.dataset.satisfied;
      item.querySelector(".state-word").textContent = "";
    }
    strength.hidden = true;
    quiet.textContent = "";
  };

  const show = (judgement) => {
    let fulfilled = 0;
    for (const rule of judgement.rules) {
      const item = box.querySelector(`[data-rule="${rule.name}"]`);
      if (!item) continue;
      fulfilled += rule.satisfied ? 1 : 0;
      item.dataset.satisfied = String(rule.satisfied);
      item.querySelector(".state-word").textContent = ` (${rule.satisfied ? box.dataset.fulfilled : box.dataset.notYet})`;
    }
    strength.hidden = false;
    strength.querySelector("meter").value = judgement.strength;
    strength.querySelector(".word").textContent = words[judgement.strength];
    quiet.textContent = `${fulfilled}/${judgement.rules.length} ${box.dataset.fulfilled}. ${box.querySelector("label").textContent}: ${words[judgement.strength]}.`;
  };

  const check = async () => {
    request?.abort();
    if (input.value === "") return clear();
    request = new AbortController();
    const body = new URLSearchParams();
    for (const name of ["new_password", "token", "address", "first_name", "last_name"]) {
      if (form.elements[name]) body.set(name, form.elements[name].value);
    }
    try {
      const answer = await fetch(box.dataset.check, { method: "POST", body, signal: request.signal, redirect: "error" });
      if (answer.ok) show(await answer.json());
    } catch {
      // The rules stay as they are; what was typed is judged when it is sent.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, waitAfterTyping);
  });
  // The server checks the form when it is sent; a used set-up link no longer answers.
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    request?.abort();
  });
}
