// Keeps the page up to date. Every word and row comes from the server; this file connects, replaces and counts.
(() => {
  const staleAfter = 12_000;
  const longestWait = 30_000;
  const { body } = document;
  const list = document.getElementById('exams');
  const versions = new Map();

  let lastEventId = body.dataset.event;
  let serverTime = { now: Number(body.dataset.now), at: performance.now() };
  let heardAt = performance.now();
  let triedAt = heardAt;
  let wait = 1_000;
  let stream;
  let retry;

  const serverNow = () => serverTime.now + performance.now() - serverTime.at;

  function formatTime(ms) {
    const options = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
    const timeZone = body.dataset.zone;
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone }).format(ms);
  }

  // The same as formatAge in row.ts.
  function formatAge(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const two = (value) => String(value).padStart(2, '0');
    const tail = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    return seconds < 3600 ? tail : `${Math.floor(seconds / 3600)}:${tail}`;
  }

  // Builds nodes from the server's markup (markup.ts); text stays text.
  function build(markup) {
    if (typeof markup === 'string') return document.createTextNode(markup);
    const [tag, attributes, ...children] = markup;
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children.map(build));
    return node;
  }

  const findRow = (id) => [...list.children].find((row) => row.dataset.id === id);

  // Newest first, by the time of the first image.
  function place(row) {
    const received = Number(row.dataset.received);
    const older = [...list.children].find((other) => Number(other.dataset.received) < received);
    list.insertBefore(row, older ?? null);
  }

  function showExam({ exam, row, removed }) {
    if (removed !== undefined) findRow(removed)?.remove();
    if (!exam || exam.version < (versions.get(exam.id) ?? -Infinity)) return;
    versions.set(exam.id, exam.version);
    const node = build(row);
    const old = findRow(exam.id);
    if (!node.dataset.tabs.split(' ').includes(body.dataset.show)) old?.remove();
    else if (old) old.replaceWith(node);
    else place(node);
  }

  function showDevice({ regions, counts }) {
    for (const [id, markup] of Object.entries(regions)) {
      document.getElementById(id).replaceWith(build(markup));
    }
    for (const [tab, count] of Object.entries(counts)) {
      document.querySelector(`[data-count="${tab}"]`).textContent = count;
    }
  }

  // The list itself shows what has become of it.
  function raise({ target }) {
    const button = target.closest?.('[data-raise]');
    if (!button) return;
    button.disabled = true;
    const path = `/api/exams/${encodeURIComponent(button.dataset.raise)}/raise`;
    const again = () => {
      button.disabled = false;
    };
    fetch(path, { method: 'POST' }).then((answer) => answer.ok || again(), again);
  }

  function setServerTime({ now }) {
    serverTime = { now, at: performance.now() };
    wait = 1_000;
  }

  const handlers = {
    exam: showExam,
    device: showDevice,
    ping: setServerTime,
    resync: () => location.reload(),
  };

  function receive(event) {
    heardAt = performance.now();
    lastEventId = event.lastEventId;
    body.dataset.link = 'live';
    handlers[event.type](JSON.parse(event.data));
    tick();
  }

  function connect() {
    retry = undefined;
    triedAt = performance.now();
    stream = new EventSource(`/api/events?since=${encodeURIComponent(lastEventId)}`);
    for (const name of Object.keys(handlers)) stream.addEventListener(name, receive);
    stream.addEventListener('error', reconnect);
  }

  // Our own retry: a browser gives up for ever after an answer other than 200.
  function reconnect() {
    stream.close();
    retry ??= window.setTimeout(connect, wait * (0.5 + Math.random() / 2));
    wait = Math.min(wait * 2, longestWait);
  }

  function tick() {
    const silence = performance.now() - heardAt;
    const now = serverNow();
    for (const node of document.querySelectorAll('.age')) {
      node.textContent = formatAge(now - Number(node.dataset.at));
    }
    document.getElementById('clock').textContent = formatTime(now);
    if (silence > staleAfter) showStale(now, silence);
  }

  // A connection that says nothing, or never comes about, is given up like one that breaks.
  function showStale(now, silence) {
    body.dataset.link = 'stale';
    document.getElementById('contact').textContent = formatTime(now - silence);
    document.getElementById('silence').textContent = formatAge(silence);
    const waiting = performance.now() - Math.max(heardAt, triedAt);
    if (retry === undefined && waiting > staleAfter) reconnect();
  }

  for (const row of list.children) versions.set(row.dataset.id, Number(row.dataset.version));
  list.addEventListener('click', raise);
  connect();
  tick();
  window.setInterval(tick, 1_000);
})();
