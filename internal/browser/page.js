// What the tab asks a page. It runs inside the page, as the one expression that
// the browser evaluates; nothing of it stays there.

const squeeze = (text) => (text ?? '').replace(/\s+/g, ' ').trim();

const visible = (element) =>
  element.checkVisibility({ visibilityProperty: true, opacityProperty: false }) && element.getClientRects().length > 0;

// selector names an element for people, and finds it again.
function selector(element) {
  let path = '';
  for (let e = element; e && e !== document.documentElement; e = e.parentElement) {
    let step = e.id ? '#' + CSS.escape(e.id) : e.localName;
    if (!e.id) {
      for (const name of [...e.classList].slice(0, 2)) step += '.' + CSS.escape(name);
      const equals = [...(e.parentElement?.children ?? [])].filter((c) => c.matches(step));
      if (equals.length > 1) step += `:nth-child(${[...e.parentElement.children].indexOf(e) + 1})`;
    }
    path = path ? `${step} > ${path}` : step;
    if (document.querySelectorAll(path).length === 1) break;
  }
  return path;
}

// names are what an element is called, for the eye or for a screen reader.
function names(element) {
  const list = [element.getAttribute('aria-label')];
  for (const id of (element.getAttribute('aria-labelledby') ?? '').split(/\s+/)) {
    if (id) list.push(document.getElementById(id)?.textContent);
  }
  for (const label of element.labels ?? []) list.push(label.textContent, label.innerText);
  if (element.matches('input[type=submit], input[type=button], input[type=reset]')) list.push(element.value);
  if (!element.matches('input, select, textarea')) list.push(element.textContent, element.innerText);
  return list.map((name) => squeeze(name).replace(/ ?(\*|\(optional\))$/, '')).filter(Boolean);
}

const clickable =
  'a[href], button, summary, label, input, select, textarea, [role=button], [role=link], [role=tab], ' +
  '[role=menuitem], [role=option], [role=switch], [role=checkbox], [role=radio]';
const fields = 'input:not([type=hidden]), select, textarea, [contenteditable], [role=combobox], [role=textbox]';

function select(root, css) {
  try {
    return [...root.querySelectorAll(css)];
  } catch {
    return []; // it is a name, and no selector
  }
}

// find returns the element that is meant, or says in words why there is none.
// What is meant is a name or a selector; with "selector >> " before it, it is
// inside the first element of that selector.
function find(what, among) {
  let root = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document;
  const cut = what.indexOf('>>');
  if (cut >= 0) {
    root = select(root, what.slice(0, cut)).find(visible);
    if (!root) return { why: `there is no ${what.slice(0, cut).trim()}` };
    what = what.slice(cut + 2);
  }
  what = squeeze(what);
  let found = select(root, among).filter((e) => visible(e) && names(e).includes(what));
  // A field and its label are one and the same.
  found = found.filter((e) => !(e.control && found.includes(e.control)));
  if (found.length > 1) return { why: `${found.length} are called so: ${found.map(selector).join(', ')}` };
  if (found.length === 0) found = select(root, what);
  if (found.length === 0) return { why: 'there is none' };
  const element = found.find(visible);
  return element ? { element } : { why: 'it is not visible' };
}

// aim scrolls to an element and returns the point at which to click it. A page that has
// just been loaded may still scroll to its autofocus: that happens before the next
// frame, which a page without scripts does not tell of.
async function aim(what, tellsFrames) {
  if (tellsFrames) await new Promise(requestAnimationFrame);
  const { element, why } = find(what, clickable);
  if (!element) return { why };
  if (element.disabled || element.getAttribute('aria-disabled') === 'true') return { why: 'it is disabled' };
  element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
  const box = element.getClientRects()[0];
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  const hit = document.elementFromPoint(x, y);
  if (!hit) return { why: 'it is outside the window' };
  const own = element.contains(hit) || hit.contains(element) || [...(element.labels ?? [])].some((l) => l.contains(hit));
  return own ? { x, y } : { why: `it is covered by ${selector(hit)}` };
}

// enter makes a field ready to be typed into, or sets it if it is one into
// which each reader types in another way.
function enter(what, text) {
  const { element, why } = find(what, fields);
  if (!element) return { why };
  if (element.disabled || element.readOnly) return { why: 'it cannot be changed' };
  element.scrollIntoView({ block: 'center', behavior: 'instant' });
  element.focus();
  if (document.activeElement !== element) return { why: 'it does not take the focus' };
  if (element.matches('[type=date], [type=time], [type=datetime-local], [type=month], [type=week], [type=range], [type=color]')) {
    element.value = text;
    changed(element);
    return { done: true };
  }
  if (element.select) element.select();
  else getSelection().selectAllChildren(element);
  return { empty: (element.value ?? element.textContent) === '' };
}

// choose takes the option with a text in a drop-down list.
function choose(what, text) {
  const { element, why } = find(what, 'select');
  if (!element) return { why };
  if (element.disabled) return { why: 'it cannot be changed' };
  const option = [...(element.options ?? [])].find((o) => squeeze(o.text) === squeeze(text) && !o.disabled);
  if (!option) return { why: `it has no option ${text}` };
  element.focus();
  option.selected = true;
  changed(element);
  return { done: true };
}

function changed(element) {
  element.dispatchEvent(new Event('input', { bubbles: true }));
  element.dispatchEvent(new Event('change', { bubbles: true }));
}

// read returns the text of the first visible element.
function read(css) {
  const element = [...document.querySelectorAll(css)].find(visible);
  return element ? { text: element.innerText.trim() } : { why: 'there is none, or none is visible' };
}

// seen says whether a text can be read on the page, and if not, what can.
function seen(text) {
  const page = squeeze(document.body?.innerText);
  return page.includes(squeeze(text)) ? {} : { why: `the page says ${JSON.stringify(page.slice(0, 300))}` };
}
