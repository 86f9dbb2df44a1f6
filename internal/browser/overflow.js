// What does not fit. It is evaluated together with page.js.

// clips are the elements around one that hide, or let scroll, what does not fit
// into them, the nearest first.
function* clips(element) {
  for (let e = element.parentElement; e && e !== document.documentElement; e = e.parentElement) {
    if (e !== document.body && getComputedStyle(e).overflowX !== 'visible') yield e;
  }
}

// excess is by how much a box reaches beyond the sides of another. What lies
// wholly beside it was put there on purpose: a menu that is not open.
function excess(box, left, right) {
  if (box.width === 0 || box.height === 0 || box.right <= left || box.left >= right) return 0;
  return Math.round(Math.max(box.right - right, left - box.left));
}

// sticking lists the elements that reach beyond the window, without those that
// do so only because of what is in them.
function sticking() {
  const width = document.documentElement.clientWidth;
  const found = new Map();
  for (const element of document.body.querySelectorAll('*')) {
    // One pixel is rounding.
    const by = excess(element.getBoundingClientRect(), 0, width);
    if (by <= 1 || !visible(element) || element.closest('svg, [inert]') && !element.matches('svg')) continue;
    if (clips(element).next().done) found.set(element, by);
  }
  for (const [element, by] of found) {
    for (let e = element.parentElement; e; e = e.parentElement) {
      if (found.get(e) <= by) found.delete(e);
    }
  }
  return [...found].map(([element, by]) => ({ selector: selector(element), by, text: squeeze(element.innerText).slice(0, 60) }));
}

// cut lists the elements that hide a part of their text, and do not say it in
// a title either.
function cut() {
  const found = [];
  for (const element of document.body.querySelectorAll('*')) {
    // Sizes first: most elements fit, and styles take longer to work out.
    const by = element.scrollWidth - element.clientWidth;
    // One pixel is how texts for screen readers alone are hidden.
    if (by <= 1 || element.clientWidth <= 1 || element.clientHeight <= 1) continue;
    if (!['hidden', 'clip'].includes(getComputedStyle(element).overflowX) || !visible(element)) continue;
    if (element.matches('input, select, textarea') || element.closest('[title], svg')) continue;
    const text = hidden(element);
    if (text) found.push({ selector: selector(element), by, text: squeeze(text).slice(0, 60) });
  }
  return found;
}

// hidden returns the first text in an element that it does not show wholly.
function hidden(element) {
  const box = element.getBoundingClientRect();
  const left = box.left + element.clientLeft;
  const right = left + element.clientWidth;
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || !visible(parent)) continue;
    // What another hides, or lets scroll, is its business.
    if (parent !== element && (getComputedStyle(parent).overflowX !== 'visible' || clips(parent).next().value !== element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    if ([...range.getClientRects()].some((rect) => rect.width > 1 && rect.height > 1 && (rect.right > right + 1 || rect.left < left - 1))) {
      return node.data;
    }
  }
  return '';
}

const overflow = () => ({
  document: Math.max(0, document.scrollingElement.scrollWidth - document.documentElement.clientWidth),
  elements: sticking(),
  texts: cut(),
});
