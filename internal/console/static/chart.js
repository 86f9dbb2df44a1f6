// Draws tables of numbers over time. The table stays on the page.
"use strict";

const plots = new Map(); // the plot of each box that is drawn

const draw = (box) => {
  const table = document.getElementById(box.dataset.plot);
  const css = getComputedStyle(document.documentElement);
  const color = (name) => css.getPropertyValue("--rk-" + name).trim();
  const rows = [...table.tBodies[0].rows];
  const columns = [...table.tHead.rows[0].cells].slice(1);
  const number = (cell) => { const n = parseFloat(cell.textContent.replaceAll(",", "")); return Number.isNaN(n) ? null : n; };
  const data = [
    rows.map((row) => Date.parse(row.querySelector("time").dateTime) / 1000),
    ...columns.map((_, i) => rows.map((row) => number(row.cells[i + 1]))),
  ];
  const bars = "bars" in box.dataset;
  const unit = table.dataset.unit ? " " + table.dataset.unit : "";
  // Amounts stand on each other: each bar is drawn over the ones before it, from
  // the highest sum down.
  const drawn = bars ? stacked(data) : data;
  const series = columns.map((column, i) => ({
    label: column.textContent,
    stroke: color(column.dataset.color),
    fill: bars ? color(column.dataset.color) : undefined,
    width: bars ? 0 : 2,
    paths: bars ? uPlot.paths.bars({ size: [0.7, 40] }) : undefined,
    points: { show: !bars && rows.length < 40, size: 5 },
    value: (_u, _v, _s, at) => (at === null || at === undefined || data[i + 1][at] === null ? "" : data[i + 1][at].toLocaleString("en") + unit),
  }));
  if (bars) series.reverse();
  const step = data[0].length > 1 ? data[0][1] - data[0][0] : 1;
  const line = { stroke: color("line"), width: 1 };
  const axis = { stroke: color("dim"), grid: line, ticks: line, font: "12px system-ui, sans-serif" };
  const label = (at) => rows[data[0].indexOf(at)]?.querySelector("time").textContent ?? "";
  box.replaceChildren();
  return new uPlot({
    width: box.clientWidth,
    height: 200,
    scales: { x: { time: false, range: (_u, min, max) => (bars ? [min - step / 2, max + step / 2] : [min, max]) }, y: { range: (_u, _min, max) => [0, Math.max(max * 1.1, bars ? 1 : 0.001)] } },
    axes: [
      { ...axis, grid: { show: false }, splits: () => data[0].filter((_, i) => i % Math.ceil(rows.length / Math.max(2, box.clientWidth / 90)) === 0), values: (_u, splits) => splits.map(label) },
      { ...axis, size: 64, values: (_u, splits) => splits.map((v) => (Number.isInteger(v) || unit ? v.toLocaleString("en") + unit : "")) },
    ],
    series: [{ label: "From", value: (_u, v) => (v === null ? "" : label(v)) }, ...series],
    legend: { live: true },
    cursor: { y: false, drag: { x: false, y: false } },
  }, bars ? [drawn[0], ...drawn.slice(1).reverse()] : drawn, box);
};

const stacked = (data) => {
  const sums = new Array(data[0].length).fill(0);
  return [data[0], ...data.slice(1).map((values) => values.map((v, i) => (sums[i] += v ?? 0)))];
};

// A chart is drawn when it comes into sight, so that the page is shown first.
const boxes = document.querySelectorAll("[data-plot]");
const show = (box) => {
  plots.get(box)?.destroy();
  plots.set(box, draw(box));
};
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting && !plots.has(target)) show(target);
  }
}, { rootMargin: "100px" });
boxes.forEach((box) => sight.observe(box));

let resized;
const fit = () => { for (const [box, plot] of plots) if (plot.width !== box.clientWidth) show(box); };
addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(fit, 150); }); // a phone also tells changes of the height
addEventListener("beforeprint", () => boxes.forEach(show));
new MutationObserver(() => [...plots.keys()].forEach(show)).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
