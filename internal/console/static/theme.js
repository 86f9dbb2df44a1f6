// Applies the system's theme before the page is drawn, unless the reader chose one.
// Without this file a page is light.
"use strict";

{
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => { if (!root.dataset.theme) root.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  follow();
  dark.addEventListener("change", follow);
}
