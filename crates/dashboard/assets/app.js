// What the pages do beyond htmx: dialogs, times in the reader's words, copying, ticks, forms.
'use strict';

const words = document.documentElement.lang;
const relative = new Intl.RelativeTimeFormat(words, { numeric: 'auto', style: 'short' });
const absolute = new Intl.DateTimeFormat(words, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(words, { timeStyle: 'medium' });
const minute = new Intl.DateTimeFormat(words, { timeStyle: 'short' });
const day = new Intl.DateTimeFormat(words, { dateStyle: 'medium', timeStyle: 'short' });
const STEPS = [[60, 'second'], [3600, 'minute'], [86400, 'hour'], [2592000, 'day'], [Infinity, 'month']];
const SIZES = { second: 1, minute: 60, hour: 3600, day: 86400, month: 2592000 };

function ago(date) {
  const seconds = (date - Date.now()) / 1000;
  const unit = STEPS.find(([limit]) => Math.abs(seconds) < limit)[1];
  return relative.format(Math.round(seconds / SIZES[unit]), unit);
}

const isToday = (date) => date.toDateString() === new Date().toDateString();

function tell(time) {
  const date = new Date(time.dateTime);
  if (Number.isNaN(date.getTime())) return;
  if (time.dataset.ago !== undefined) time.textContent = ago(date);
  else if (time.dataset.clock !== undefined) time.textContent = (isToday(date) ? clock : absolute).format(date);
  else if (time.dataset.when !== undefined) time.textContent = (isToday(date) ? minute : day).format(date);
  else time.textContent = absolute.format(date);
  time.title = absolute.format(date);
}

const times = (root) => root.querySelectorAll('time[datetime]').forEach(tell);
let today = new Date().toDateString();
setInterval(() => {
  const turned = today !== (today = new Date().toDateString());
  if (turned) times(document); else document.querySelectorAll('time[data-ago]').forEach(tell);
}, 5000);

addEventListener('click', (event) => {
  const target = event.target.closest('[data-open], [data-close], [data-copy], [data-pause]');
  if (!target) return;
  const { open, copy, valid, pause } = target.dataset;
  if (open && (!valid || document.querySelector(valid).reportValidity())) show(document.querySelector(open));
  if (target.dataset.close !== undefined) target.closest('dialog').close();
  if (copy) copyText(document.querySelector(copy).textContent, target);
  if (pause) flip(document.querySelector(pause), target);
});

async function copyText(text, button) {
  await navigator.clipboard.writeText(text.trim());
  const before = button.textContent;
  button.textContent = document.body.dataset.copied;
  setTimeout(() => { button.textContent = before; }, 1500);
}

function flip(element, button) {
  const paused = element.dataset.paused !== undefined;
  if (paused) delete element.dataset.paused; else element.dataset.paused = '';
  if (paused) (element.held?.splice(0) ?? []).forEach(swap);
  button.setAttribute('aria-pressed', String(!paused));
}

// A tick for all of a table, and buttons that need at least one.
addEventListener('change', (event) => {
  const table = event.target.closest('table');
  if (!table || event.target.type !== 'checkbox') return;
  const ticks = [...table.querySelectorAll('tbody input[type=checkbox]')];
  if (event.target.dataset.all !== undefined) ticks.forEach((tick) => { tick.checked = event.target.checked; });
  recount();
});

// Lines that were ticked may be gone.
function recount() {
  const none = !document.querySelector('tbody input[type=checkbox]:checked');
  document.querySelectorAll('[data-bulk]').forEach((button) => { button.disabled = none; });
  if (none) document.querySelectorAll('[data-all]').forEach((tick) => { tick.checked = false; });
}
addEventListener('htmx:afterSwap', recount);

const together = (...words) => words.filter(Boolean).join('\n');
const emptied = (form) => form.elements?.[form.dataset.empties];

// What is sent leaves its field at once, so that the next words have room; what could not be sent comes back.
addEventListener('htmx:beforeSend', ({ detail: { elt: form, requestConfig } }) => {
  if (requestConfig.verb !== 'get') hush();
  const field = emptied(form);
  if (field) [form.sent, field.value] = [field.value, ''];
});

addEventListener('htmx:afterRequest', (event) => {
  const [form, field] = [event.detail.elt, emptied(event.detail.elt)];
  if (field && !event.detail.successful) field.value = together(form.sent, field.value);
  if (!event.detail.successful) return;
  if (field) toEnd(form.closest('.chat'));
  if (form.dataset?.closes !== undefined) { form.closest('dialog')?.close(); form.reset(); }
  if (form.id) document.querySelectorAll(`dialog[data-closes-with="#${form.id}"]`).forEach((dialog) => dialog.close());
});

// Some answers are fragments for wherever their ids are.
addEventListener('htmx:beforeSwap', (event) => {
  if (event.detail.elt.dataset?.swap === undefined || event.detail.isError) return;
  swap(event.detail.xhr.responseText);
  event.detail.shouldSwap = false;
});

addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.target.dataset?.enter === undefined || event.isComposing) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

addEventListener('htmx:load', ({ detail: { elt } }) => {
  times(elt);
  if (elt !== document.body) toEnd(elt);
});
addEventListener('toggle', ({ target }) => { if (target.matches('.beside')) toEnd(target); }, true);

times(document);
toEnd(document);
document.querySelectorAll('[data-live]').forEach(follow);
