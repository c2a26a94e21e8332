import type { Browser } from 'playwright-core';
import { sendStudy } from '../demo/virtual-scanner.ts';
import type { ExamView } from '../panel/source.ts';
import { untilLive, watchedPage } from '../tests/panel-browser.ts';
import type { Visitor } from '../tests/panel-visitor.ts';
import { until } from '../tests/peers/process.ts';
import { type ExamTemplate, makeExam } from './exam-pool.ts';
import type { Line } from './line-appliance.ts';
import { cookiesOf, listExams } from './panel-visit.ts';

const limitMs = 60_000;

/** Keeps when the flag of each exam was first on the screen, wall time: the task after the frame that painted it. */
const witness = `(() => {
  window.painted = {};
  const afterPaint = (then) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(0);
  });
  const look = () => {
    const rows = [...document.querySelectorAll('.exam.flagged')].map((row) => row.dataset.id);
    const fresh = rows.filter((id) => !(id in window.painted));
    if (fresh.length === 0) return;
    for (const id of fresh) window.painted[id] = NaN;
    afterPaint(() => {
      for (const id of fresh) window.painted[id] = performance.timeOrigin + performance.now();
    });
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
})()`;

/** Milliseconds until a flag was painted; 0 where it was there before. */
export interface FlagTimes {
  /** From the time at which its result was made, which is before it is on the disk. */
  fromResult: number[];
  /** From the last C-STORE response, X-ray. */
  fromResponse: number[];
}

/** Sends radiographs that are flagged, one after the other, while a radiologist's list is on the screen. */
export async function timeFlags(
  line: Line,
  browser: Browser,
  reader: Visitor,
  templates: readonly ExamTemplate[],
  count: number,
): Promise<FlagTimes> {
  const flagged = await chooseFlagged(line, templates);
  const { page, context } = await watchedPage(browser, line.panel);
  await context.addCookies(cookiesOf(reader, line.panel));
  await page.addInitScript(witness);
  await page.goto(line.panel);
  await untilLive(page);
  const answered = new Map<string, number>();
  for (let at = 0; at < count; at++) {
    const { id, answeredAt } = await follow(line, flagged[at % flagged.length]!);
    answered.set(id, answeredAt);
  }
  const areAll = `${JSON.stringify([...answered.keys()])}.every((id) => window.painted[id] > 0)`;
  await until(() => page.evaluate<boolean>(areAll));
  const painted = await page.evaluate<Record<string, number>>('window.painted');
  await context.close();
  const exams = new Map((await listExams(reader)).map((exam) => [exam.id, exam]));
  const since = (id: string, from: number | undefined): number =>
    Math.max(0, (painted[id] ?? NaN) - (from ?? NaN));
  return {
    fromResult: [...answered.keys()].map((id) => since(id, exams.get(id)?.resultAt)),
    fromResponse: [...answered].map(([id, at]) => since(id, at)),
  };
}

async function chooseFlagged(
  line: Line,
  templates: readonly ExamTemplate[],
): Promise<ExamTemplate[]> {
  const flagged: ExamTemplate[] = [];
  for (const template of templates) {
    const { isFlagged } = await follow(line, template);
    if (isFlagged) flagged.push(template);
  }
  if (flagged.length === 0) throw new Error('the model flags no radiograph of the demonstration');
  return flagged;
}

export function isReported({ state }: ExamView): boolean {
  return ['reported', 'delivered', 'committed'].includes(state);
}

/** Serial numbers differ by study: no two are the same object. */
let serial = 0;

/** Sends a study and waits until its result is told. */
export async function follow({ stream, scanner }: Line, template: ExamTemplate) {
  const instances = makeExam(template, serial++);
  const id = instances[0]!.studyInstanceUid;
  await sendStudy(instances, scanner);
  const answeredAt = Date.now();
  await stream.until(id, isReported, limitMs);
  const isFlagged =
    stream.firstSeen(id, ({ outcome }) => outcome.state === 'flagged') !== undefined;
  return { id, answeredAt, isFlagged };
}

/** A study that nobody has seen. */
export function nextExam(template: ExamTemplate) {
  return makeExam(template, serial++);
}
