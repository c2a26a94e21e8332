import { effect } from '@preact/signals';
import type { DeviceView, ExamView } from '../source.ts';
import type { Live } from '../view/live.ts';
import { putExam, putSeen, removeExam } from '../view/live.ts';

/**
 * Milliseconds of silence after which what is shown counts as old. The server pings every 5 s, so two pings are missing;
 * with the second between two looks at the clock a page says so within 12 s.
 */
const staleAfter = 11_000;
const firstWait = 1_000;
const longestWait = 30_000;

interface Events {
  exam: { exam?: ExamView; removed?: string };
  device: { device: DeviceView };
  seen: { examId: string; outcomeId: string | null };
  ping: { now: number };
  resync: object;
}

/**
 * Follows the server's events, says when nothing is heard, and connects again by itself for ever. `broken` is told of
 * every connection that ends: the session may be over.
 */
export function keepLive(live: Live, since: string, broken: () => void): void {
  let lastEventId = since;
  let heard = performance.now();
  let tried = heard;
  let wait = firstWait;
  let stream: EventSource | undefined;
  let retry: number | undefined;

  const take: { [Name in keyof Events]: (data: Events[Name]) => void } = {
    exam({ exam, removed }) {
      if (exam) putExam(live, exam);
      if (removed !== undefined) removeExam(live, removed);
    },
    device({ device }) {
      live.device.value = device;
    },
    seen({ examId, outcomeId }) {
      putSeen(live, examId, outcomeId ?? undefined);
    },
    ping({ now }) {
      live.now.value = now;
      wait = firstWait;
    },
    resync() {
      location.reload();
    },
  };

  function receive(event: MessageEvent<string>): void {
    heard = performance.now();
    lastEventId = event.lastEventId;
    take[event.type as keyof Events](JSON.parse(event.data));
    live.heardAt.value = live.now.value;
    live.link.value = 'live';
  }

  function connect(): void {
    retry = undefined;
    tried = performance.now();
    stream = new EventSource(`/api/events?since=${encodeURIComponent(lastEventId)}`);
    for (const name of Object.keys(take))
      stream.addEventListener(name, receive as (event: Event) => void);
    stream.addEventListener('error', reconnect);
  }

  // Our own retry: a browser gives up for ever after an answer other than 200.
  function reconnect(): void {
    broken();
    stream?.close();
    retry ??= window.setTimeout(connect, wait * (0.5 + Math.random() / 2));
    wait = Math.min(wait * 2, longestWait);
  }

  /** A person does not wait for our own time. */
  function retryNow(): void {
    window.clearTimeout(retry);
    stream?.close();
    wait = firstWait;
    connect();
  }

  // A connection that says nothing, or never comes about, is given up like one that breaks.
  function watch(): void {
    const now = performance.now();
    if (now - heard <= staleAfter) return;
    live.link.value = 'stale';
    if (retry === undefined && now - Math.max(heard, tried) > staleAfter) reconnect();
  }

  connect();
  effect(() => {
    if (live.retries.value > 0) retryNow();
  });
  window.setInterval(watch, 1_000);
}
