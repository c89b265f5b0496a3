// What the pages do beyond htmx: live fragments, dialogs, times in the reader's words, copying, messages.
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
  if (time.dataset.ago !== undefined) time.textContent = ago(date);
  else if (time.dataset.clock !== undefined) time.textContent = clock.format(date);
  else if (time.dataset.when !== undefined) time.textContent = (isToday(date) ? minute : day).format(date);
  else time.textContent = absolute.format(date);
  time.title = absolute.format(date);
}

const times = (root) => root.querySelectorAll('time[datetime]').forEach(tell);
setInterval(() => document.querySelectorAll('time[data-ago]').forEach(tell), 5000);

// A fragment makes the element with its id what it says; what somebody has typed or opened inside it stays.
function swap(html) {
  const box = document.createElement('template');
  box.innerHTML = html;
  for (const fresh of [...box.content.children]) {
    if (fresh.dataset.remove) document.getElementById(fresh.dataset.remove)?.remove();
    else if (fresh.dataset.prepend) prepend(fresh);
    else replace(fresh);
  }
}

function replace(fresh) {
  const old = document.getElementById(fresh.id);
  times(fresh);
  if (old) {
    const follows = isAtEnd(old);
    morph(old, fresh);
    htmx.process(old);
    if (follows && old.matches('.thread')) old.scrollTop = old.scrollHeight;
  } else if (fresh.dataset.into && document.querySelector(fresh.dataset.into)?.dataset.grow !== undefined) {
    append(document.querySelector(fresh.dataset.into), fresh);
  }
}

// Changes only what differs: what is typed, opened, focused, shown or playing is left alone.
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
  after.forEach((child, at) => {
    const twin = before[at];
    if (!twin) old.append(child);
    else if (twin.nodeName !== child.nodeName || twin.id !== child.id) twin.replaceWith(child);
    else if (twin.nodeType === Node.ELEMENT_NODE) morph(twin, child);
    else if (twin.data !== child.data) twin.data = child.data;
  });
  before.slice(after.length).forEach((child) => child.remove());
}

const isAtEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 80;

// Somebody who reads further up is left there.
function append(list, fresh) {
  const follows = isAtEnd(list) || fresh.classList.contains('mine');
  list.querySelector('[data-placeholder]')?.remove();
  list.append(fresh);
  htmx.process(fresh);
  if (follows) list.scrollTop = list.scrollHeight;
}

function prepend(fresh) {
  const list = document.querySelector(fresh.dataset.prepend);
  if (!list || document.getElementById(fresh.id)) return;
  list.querySelector('[data-placeholder]')?.remove();
  list.prepend(fresh);
  times(fresh);
  htmx.process(fresh);
  while (list.children.length > 500) list.lastElementChild.remove();
}

function follow(element) {
  const source = new EventSource(element.dataset.live);
  source.addEventListener('swap', (event) => {
    if (element.dataset.paused === undefined) swap(event.data);
    else (element.held ??= []).push(event.data);
  });
  source.addEventListener('gone', () => { source.close(); location.assign('/'); });
  source.addEventListener('stale', () => { source.close(); location.reload(); });
  addEventListener('pagehide', () => source.close());
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
}

function toast(text, bad) {
  const box = document.createElement('p');
  box.className = bad ? 'toast bad' : 'toast';
  box.textContent = text;
  document.getElementById('toasts').append(box);
}

// Messages go away by themselves, unless somebody is reading them.
new MutationObserver((changes) => {
  for (const box of changes.flatMap((change) => [...change.addedNodes])) {
    setTimeout(() => box.remove?.(), box.classList?.contains('bad') ? 9000 : 5000);
  }
}).observe(document.getElementById('toasts') ?? document.body, { childList: true });

addEventListener('click', (event) => {
  const target = event.target.closest('[data-open], [data-close], [data-copy], [data-pause]');
  if (!target) return;
  const { open, copy, valid, pause } = target.dataset;
  if (open && (!valid || document.querySelector(valid).reportValidity())) document.querySelector(open).showModal();
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
  const none = !ticks.some((tick) => tick.checked);
  document.querySelectorAll('[data-bulk]').forEach((button) => { button.disabled = none; });
});

addEventListener('htmx:afterRequest', (event) => {
  const form = event.detail.elt;
  if (!event.detail.successful) return;
  if (form.dataset?.closes !== undefined) { form.closest('dialog')?.close(); form.reset(); }
  if (form.dataset?.empties) form.elements[form.dataset.empties].value = '';
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

function complain(html, otherwise) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  toast(page.querySelector('[data-error]')?.textContent ?? otherwise, true);
}
addEventListener('htmx:responseError', ({ detail: { xhr } }) => complain(xhr.responseText, xhr.statusText));
addEventListener('htmx:sendError', () => toast(document.body.dataset.offline, true));
addEventListener('htmx:load', (event) => times(event.detail.elt));

times(document);
document.querySelectorAll('.thread').forEach((list) => { list.scrollTop = list.scrollHeight; });
document.querySelectorAll('[data-live]').forEach(follow);
