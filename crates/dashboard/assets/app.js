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
  if (Number.isNaN(date.getTime())) return;
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
  recount();
}

function replace(fresh) {
  const old = document.getElementById(fresh.id);
  if (old && fresh.dataset.once !== undefined) return;
  times(fresh);
  if (old) {
    const [follows, focused] = [isAtEnd(old), old.contains(document.activeElement)];
    morph(old, fresh);
    htmx.process(old);
    if (follows && old.matches('.thread')) old.scrollTop = old.scrollHeight;
    if (focused && !old.contains(document.activeElement)) old.querySelector('button, a[href]')?.focus();
  } else if (fresh.dataset.into) {
    const list = document.querySelector(fresh.dataset.into);
    if (grows(list)) append(list, fresh);
  }
}

// What was searched for stays what it is.
const grows = (list) => list?.dataset.grow !== undefined && !document.querySelector('[type=search]')?.value;

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
const toEnd = (root) => root.querySelectorAll('.thread').forEach((list) => { list.scrollTop = list.scrollHeight; });

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

// The browser opens a stream that breaks off again, but not one that is refused.
function follow(element) {
  const source = new EventSource(element.dataset.live);
  let opened = false;
  source.addEventListener('swap', (event) => {
    if (element.dataset.paused === undefined) swap(event.data);
    else (element.held ??= []).push(event.data);
  });
  source.addEventListener('gone', () => { source.close(); location.assign('/'); });
  source.addEventListener('stale', () => { source.close(); location.reload(); });
  source.addEventListener('open', () => { opened = true; reached(); });
  source.addEventListener('error', () => {
    missed();
    if (opened && source.readyState === EventSource.CLOSED) renew();
  });
  addEventListener('pagehide', () => source.close());
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
}

// Loads the page anew, which says why it is refused its stream. A proxy without a gateway behind it knows nothing.
async function renew() {
  const answer = await fetch(location, { method: 'HEAD' }).catch(() => null);
  if (answer && answer.status < 500) location.reload();
  else setTimeout(renew, 3000);
}

// That nobody answers is said for as long as it is so.
let silence = null;
const missed = () => { silence ??= toast(document.body.dataset.offline, true, true); };
const reached = () => { silence?.remove(); silence = null; };

const toasts = document.getElementById('toasts');

function toast(text, bad, stays = false) {
  const box = document.createElement('p');
  box.className = bad ? 'toast bad' : 'toast';
  box.textContent = text;
  box.toggleAttribute('data-stays', stays);
  toasts.append(box);
  return box;
}

// The same thing is said once.
function present(box) {
  const says = box.firstChild?.data;
  [...toasts.children].filter((other) => other !== box && other.firstChild?.data === says).forEach((other) => other.remove());
  const close = Object.assign(document.createElement('button'), { type: 'button', textContent: '✕', ariaLabel: toasts.dataset.dismissal });
  close.dataset.dismiss = '';
  box.append(close);
  if (box.dataset.stays === undefined) setTimeout(fade, box.classList.contains('bad') ? 9000 : 5000, box);
}

// Messages go away by themselves, unless somebody is reading them.
function fade(box) {
  if (box.matches(':hover, :focus-within')) setTimeout(fade, 2000, box);
  else box.remove();
}

if (toasts) {
  new MutationObserver((changes) => {
    changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.matches?.('.toast')).forEach(present);
  }).observe(toasts, { childList: true });
}

// What was said of the last attempt is old when the next begins.
const hush = () => toasts.querySelectorAll('.toast:not([data-stays])').forEach((box) => box.remove());

// Whatever is outside an open dialog is behind it, and cannot be reached.
function show(dialog) {
  dialog.append(toasts);
  dialog.showModal();
}
addEventListener('close', ({ target }) => { if (target.contains(toasts)) document.body.append(toasts); }, true);

addEventListener('click', (event) => {
  const target = event.target.closest('[data-open], [data-close], [data-copy], [data-pause], [data-dismiss]');
  if (!target) return;
  const { open, copy, valid, pause } = target.dataset;
  if (open && (!valid || document.querySelector(valid).reportValidity())) show(document.querySelector(open));
  if (target.dataset.close !== undefined) target.closest('dialog').close();
  if (target.dataset.dismiss !== undefined) target.closest('.toast').remove();
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

function complain(html, otherwise) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  toast(page.querySelector('[data-error]')?.textContent ?? otherwise, true);
}
addEventListener('htmx:responseError', ({ detail: { xhr } }) => complain(xhr.responseText, xhr.statusText));
addEventListener('htmx:sendError', () => { if (!silence?.isConnected) toast(document.body.dataset.offline, true); });
addEventListener('htmx:load', ({ detail: { elt } }) => {
  times(elt);
  if (elt !== document.body) toEnd(elt);
});
addEventListener('toggle', ({ target }) => { if (target.matches('.beside')) toEnd(target); }, true);

times(document);
toEnd(document);
document.querySelectorAll('[data-live]').forEach(follow);
