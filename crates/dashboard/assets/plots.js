// The plots of the health page.
'use strict';

const box = document.querySelector('[data-plots]');
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const strokes = ['--busy', '--good', '--wait'];
const plots = [];

function draw(place, data) {
  // Each is `figure:label`, labels may have spaces.
  const wanted = [...place.dataset.plot.matchAll(/(\w+):(.*?)(?=\s\w+:|$)/g)].map(([, name, label]) => ({ name, label }));
  const axis = { stroke: colour('--soft'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line') } };
  const options = {
    width: place.clientWidth, height: 180, legend: { live: false }, cursor: { y: false },
    scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(high ?? 0, 1) * 1.1] } },
    axes: [axis, { ...axis, size: 56 }],
    series: [{}, ...wanted.map(({ label }, at) => ({
      label, stroke: colour(strokes[at]), width: 2, points: { size: 4 }, spanGaps: true,
    }))],
  };
  const columns = (fresh) => [fresh.at, ...wanted.map(({ name }) => fresh.figures[name])];
  const plot = new uPlot(options, columns(data), place);
  plots.push({ plot, columns, place });
}

async function load() {
  const answer = await fetch(box.dataset.plots);
  if (!answer.ok) return;
  const data = await answer.json();
  if (plots.length) plots.forEach(({ plot, columns }) => plot.setData(columns(data)));
  else document.querySelectorAll('[data-plot]').forEach((place) => draw(place, data));
}

load();
setInterval(load, 5000);
addEventListener('resize', () => plots.forEach(({ plot, place }) => plot.setSize({ width: place.clientWidth, height: 180 })));
