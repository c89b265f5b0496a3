// Messages on top of the page: what was done, what failed, that nobody answers.
'use strict';

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

// That nobody answers is said for as long as it is so.
let silence = null;
const missed = () => { silence ??= toast(document.body.dataset.offline, true, true); };
const reached = () => { silence?.remove(); silence = null; };

function complain(html, otherwise) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  toast(page.querySelector('[data-error]')?.textContent ?? otherwise, true);
}
addEventListener('htmx:responseError', ({ detail: { xhr } }) => complain(xhr.responseText, xhr.statusText));
addEventListener('htmx:sendError', () => { if (!silence?.isConnected) toast(document.body.dataset.offline, true); });

addEventListener('click', ({ target }) => target.closest('[data-dismiss]')?.closest('.toast').remove());
