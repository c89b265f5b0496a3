// The plots of the health page.
'use strict';

const box = document.querySelector('[data-plots]');
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const strokes = ['--busy', '--good', '--wait'];
const plots = [];
const written = (options) => new Intl.DateTimeFormat(document.documentElement.lang, options);
const forms = { day: written({ day: 'numeric', month: 'short' }), minute: written({ timeStyle: 'short' }), second: written({ timeStyle: 'medium' }) };

// uPlot itself writes times as Americans do. Where a day begins its date is said.
function moment(at, step) {
  const date = new Date(at * 1000);
  const begins = date.getHours() + date.getMinutes() + date.getSeconds() === 0;
  return (begins ? forms.day : step < 60 ? forms.second : forms.minute).format(date);
}

function draw(place, data) {
  // Each is `figure:label`, labels may have spaces.
  const wanted = [...place.dataset.plot.matchAll(/(\w+):(.*?)(?=\s\w+:|$)/g)].map(([, name, label]) => ({ name, label }));
  const axis = { stroke: colour('--soft'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line') } };
  const options = {
    width: place.clientWidth, height: 180, legend: { live: false }, cursor: { y: false },
    scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(high ?? 0, 1) * 1.1] } },
    axes: [{ ...axis, space: 90, values: (_plot, times, _axis, _space, step) => times.map((at) => moment(at, step)) }, { ...axis, size: 56 }],
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
