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

  function leave() {
    forget();
    text.focus();
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
    const reply = answered.value;
    forget();
    answered.value = reply;
    carry(chosen);
    speakOf(chosen.name, `${Math.ceil(chosen.size / 1024)} KiB`);
  }

  function carry(chosen) {
    const carrier = new DataTransfer();
    carrier.items.add(chosen);
    file.files = carrier.files;
    text.required = false;
  }

  // What is sent leaves the form at once, so that the next message has room.
  function take() {
    const said = about.hidden ? null : [about.querySelector('strong').textContent, about.querySelector('.gist').textContent];
    const taken = { words: text.value, reply: answered.value, edit: edited.value, chosen: file.files[0], said };
    text.value = '';
    forget();
    return taken;
  }

  // What could not be sent comes back, before what was typed since; but not into another reply.
  function giveBack({ words, reply, edit, chosen, said }) {
    text.value = together(words, text.value);
    if (!said || !about.hidden) return;
    [answered.value, edited.value] = [reply, edit];
    if (chosen) carry(chosen);
    speakOf(...said);
  }

  addEventListener('click', (event) => {
    const target = event.target.closest('[data-reply], [data-edit], [data-forget]');
    const bubble = target?.closest('.bubble');
    if (!target) return;
    if (target.dataset.forget !== undefined) leave();
    else if (target.dataset.reply !== undefined) answer(bubble, target.dataset.reply);
    else edit(bubble);
    bubble?.querySelector('details').removeAttribute('open');
  });
  addEventListener('keydown', (event) => { if (event.key === 'Escape' && !event.isComposing && !about.hidden) leave(); });
  // What opens below the last message is out of sight.
  thread.addEventListener('toggle', ({ target }) => { if (target.open) target.closest('.bubble').scrollIntoView({ block: 'nearest' }); }, true);
  file.addEventListener('change', () => attach(file.files));
  text.addEventListener('paste', (event) => attach(event.clipboardData.files));
  thread.addEventListener('dragover', (event) => event.preventDefault());
  thread.addEventListener('drop', (event) => { event.preventDefault(); attach(event.dataTransfer.files); });

  // A file goes as it is, without a form around it; the rest of the form is said in the address.
  async function upload({ words, reply, chosen }) {
    const what = new URLSearchParams({ name: chosen.name, caption: words, reply_to: reply });
    const headers = { ...JSON.parse(document.body.getAttribute('hx-headers')), 'hx-request': 'true', 'content-type': chosen.type || 'application/octet-stream' };
    const response = await fetch(`${form.dataset.files}?${what}`, { method: 'POST', headers, body: chosen });
    const said = await response.text();
    if (response.ok) swap(said);
    else complain(said, response.statusText);
    return response.ok;
  }

  form.addEventListener('htmx:confirm', (event) => {
    if (!file.files.length || event.target !== form) return;
    event.preventDefault();
    const button = form.querySelector('button.primary');
    if (button.disabled) return;
    button.disabled = true;
    hush();
    const taken = take();
    upload(taken)
      .catch(() => { toast(document.body.dataset.offline, true); })
      .then((went) => { if (!went) giveBack(taken); })
      .finally(() => { button.disabled = false; });
  });
  let underway;
  form.addEventListener('htmx:beforeSend', () => { underway = take(); });
  form.addEventListener('htmx:afterRequest', (event) => { if (!event.detail.successful) giveBack(underway); });

  // What comes in above must not move what is being read.
  let below;
  thread.addEventListener('htmx:beforeSwap', () => { below = thread.scrollHeight - thread.scrollTop; });
  thread.addEventListener('htmx:afterSwap', () => { thread.scrollTop = thread.scrollHeight - below; });
}
