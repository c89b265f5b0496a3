// Fragments that the gateway sends, and their way into the page.
'use strict';

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

// Changes only what differs: what is typed, opened, focused, shown, playing or was loaded later is left alone.
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.dataset.kept === undefined) morphChildren(old, fresh);
}

// What has an id stays itself, wherever it stands now; everything else is known by its place.
function morphChildren(old, fresh) {
  const [known, wanted] = [byId(old), byId(fresh)];
  let next = old.firstChild;
  const drop = () => { const gone = next; next = next.nextSibling; gone.remove(); };
  for (const child of [...fresh.childNodes]) {
    const named = known.get(child.id);
    while (next && next !== named && (next.id ? !wanted.has(next.id) : named && next.nodeType === Node.TEXT_NODE)) drop();
    const twin = named ?? next;
    if (!twin || twin.nodeName !== child.nodeName || twin.id !== child.id) { old.insertBefore(child, next); continue; }
    if (twin === next) next = next.nextSibling; else old.insertBefore(twin, next);
    if (twin.nodeType === Node.ELEMENT_NODE) morph(twin, child);
    else if (twin.data !== child.data) twin.data = child.data;
  }
  while (next) drop();
}

const byId = (parent) => new Map([...parent.children].filter((child) => child.id).map((child) => [child.id, child]));

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
  if (list.children.length > 500) trim(list);
}

// A long log keeps its newest lines; those before them are a page away.
function trim(list) {
  while (list.children.length > 500) list.lastElementChild.remove();
  const older = document.querySelector(`[data-older="#${list.id}"]`);
  if (!older) return;
  const place = new URL(older.href);
  place.searchParams.set('before', list.lastElementChild.dataset.position);
  [older.href, older.hidden] = [place, false];
}

// The browser opens a stream that breaks off again, but not one that is refused.
function follow(element) {
  const source = new EventSource(element.dataset.live);
  let opened = false;
  source.addEventListener('swap', (event) => {
    if (element.dataset.paused === undefined) swap(event.data);
    else (element.held ??= []).push(event.data);
  });
  source.addEventListener('gone', () => { source.close(); location.assign(element.dataset.gone ?? '/'); });
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
