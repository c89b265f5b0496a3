// A conversation: what a new message is about, files that go with it, what was said before.
'use strict';
{
  const form = document.getElementById('answer');
  const about = document.getElementById('about');
  const file = document.getElementById('file');
  const { text, reply_to: answered, edit: edited } = form.elements;
  const thread = document.getElementById('thread');

  function speakOf(title, gist) {
    about.querySelector('strong').textContent = title;
    about.querySelector('.gist').textContent = gist;
    about.hidden = false;
    text.focus();
  }

  function forget() {
    if (edited.value) text.value = '';
    answered.value = edited.value = file.value = '';
    text.required = true;
    about.hidden = true;
  }

  function answer(bubble, gist) {
    forget();
    answered.value = bubble.dataset.message;
    speakOf(about.dataset.replying, gist);
  }

  function edit(bubble) {
    forget();
    edited.value = bubble.dataset.message;
    text.value = bubble.querySelector('[data-words]').textContent;
    speakOf(about.dataset.editing, text.value);
  }

  function attach([chosen]) {
    if (!chosen) return;
    const [reply, carrier] = [answered.value, new DataTransfer()];
    forget();
    answered.value = reply;
    carrier.items.add(chosen);
    file.files = carrier.files;
    text.required = false;
    speakOf(chosen.name, `${Math.ceil(chosen.size / 1024)} KiB`);
  }

  addEventListener('click', (event) => {
    const target = event.target.closest('[data-reply], [data-edit], [data-forget]');
    const bubble = target?.closest('.bubble');
    if (!target) return;
    if (target.dataset.forget !== undefined) forget();
    else if (target.dataset.reply !== undefined) answer(bubble, target.dataset.reply);
    else edit(bubble);
    bubble?.querySelector('details').removeAttribute('open');
  });
  file.addEventListener('change', () => attach(file.files));
  text.addEventListener('paste', (event) => attach(event.clipboardData.files));
  thread.addEventListener('dragover', (event) => event.preventDefault());
  thread.addEventListener('drop', (event) => { event.preventDefault(); attach(event.dataTransfer.files); });

  // A file goes as it is, without a form around it; the rest of the form is said in the address.
  async function upload(sent) {
    const what = new URLSearchParams({ name: sent.name, caption: text.value, reply_to: answered.value });
    const headers = { ...JSON.parse(document.body.getAttribute('hx-headers')), 'hx-request': 'true', 'content-type': sent.type || 'application/octet-stream' };
    const response = await fetch(`${form.dataset.files}?${what}`, { method: 'POST', headers, body: sent });
    const said = await response.text();
    if (!response.ok) return complain(said, response.statusText);
    swap(said);
    text.value = '';
    forget();
  }

  form.addEventListener('htmx:confirm', (event) => {
    const [sent] = file.files;
    if (!sent || event.target !== form) return;
    event.preventDefault();
    const button = form.querySelector('button.primary');
    if (button.disabled) return;
    button.disabled = true;
    upload(sent).catch(() => toast(document.body.dataset.offline, true)).finally(() => { button.disabled = false; });
  });
  form.addEventListener('htmx:afterRequest', (event) => {
    if (event.target !== form || !event.detail.successful) return;
    text.value = '';
    forget();
  });

  // What comes in above must not move what is being read.
  let below;
  thread.addEventListener('htmx:beforeSwap', () => { below = thread.scrollHeight - thread.scrollTop; });
  thread.addEventListener('htmx:afterSwap', () => { thread.scrollTop = thread.scrollHeight - below; });
}
