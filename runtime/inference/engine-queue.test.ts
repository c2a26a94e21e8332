import { expect, test } from 'vitest';
import { type EngineJob, openTicket } from './engine-job.ts';
import { EngineQueue } from './engine-queue.ts';

const ignore = { resolve: () => undefined, reject: () => undefined };
const job = (id: string, change: Partial<EngineJob> = {}) => ({ id, ...change }) as EngineJob;

function fill(queue: EngineQueue, ...jobs: [EngineJob, number][]): void {
  for (const [each, now] of jobs) queue.add(openTicket(each, now, ignore), 'lane');
}

const seen = (queue: EngineQueue) =>
  queue.waiting.map(({ id, priority, deadline }) => [id, priority, deadline]);

test('what is not said is routine, and wanted within a minute', () => {
  const queue = new EngineQueue();
  fill(queue, [job('a'), 1000]);
  expect(seen(queue)).toEqual([['a', 'routine', 61_000]]);
});

test('the slices of a series that wait have the deadline of the newest', () => {
  const queue = new EngineQueue();
  const slice = (id: string, series: string) => job(id, { series, dueInMs: 100 });
  fill(queue, [slice('a1', 'a'), 0], [slice('b1', 'b'), 5], [slice('a2', 'a'), 40]);
  expect(seen(queue).map(([id, , deadline]) => [id, deadline])).toEqual([
    ['a1', 140],
    ['b1', 105],
    ['a2', 140],
  ]);
});

test('a slice of a series of which nothing waits any more has a deadline of its own', () => {
  const queue = new EngineQueue();
  fill(queue, [job('a1', { series: 'a', dueInMs: 900 }), 0]);
  queue.take(queue.waiting);
  fill(queue, [job('a2', { series: 'a', dueInMs: 100 }), 10]);
  expect(seen(queue)).toEqual([['a2', 'routine', 110]]);
});

test('what a person raises is STAT, and stays so when its run has failed', () => {
  const queue = new EngineQueue();
  fill(queue, [job('a', { exam: '1' }), 0], [job('b', { exam: '2' }), 0]);
  queue.raise('2');
  expect(seen(queue).map(([, priority]) => priority)).toEqual(['routine', 'stat']);
  const [ticket] = queue.take(queue.waiting.slice(1));
  ticket!.runs = 1;
  queue.add(ticket!, 'lane');
  expect(queue.waiting.at(-1)).toMatchObject({ id: 'b', priority: 'stat', alone: true });
});

test('what is put back keeps its time of arrival and its deadline', () => {
  const queue = new EngineQueue();
  fill(queue, [job('a', { dueInMs: 100 }), 7]);
  const [ticket] = queue.take(queue.waiting);
  queue.add(ticket!, 'another lane');
  expect(queue.waiting).toMatchObject([{ arrivedAt: 7, deadline: 107, lane: 'another lane' }]);
});
