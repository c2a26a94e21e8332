import { describe, expect, it } from 'vitest';
import { RunQueue } from './run-queue.ts';

/** Work that ends when it is told to. */
function makeWork(): { work: () => Promise<string>; end: () => void; begun: () => boolean } {
  const { promise, resolve } = Promise.withResolvers<string>();
  let begun = false;
  const work = () => {
    begun = true;
    return promise;
  };
  return { work, end: () => resolve('done'), begun: () => begun };
}

const turn = () => new Promise((resolve) => void setImmediate(resolve));

describe('runs', () => {
  it('begin one after the other, also behind one that failed', async () => {
    const queue = new RunQueue();
    const [first, second] = [makeWork(), makeWork()];
    const failed = queue.enter(() => Promise.reject(new Error('broken')));
    const runs = [queue.enter(first.work), queue.enter(second.work)];
    await expect(failed).rejects.toThrow('broken');
    await turn();
    expect([first.begun(), second.begun()]).toEqual([true, false]);
    first.end();
    await turn();
    expect(second.begun()).toBe(true);
    second.end();
    expect(await Promise.all(runs)).toEqual(['done', 'done']);
  });

  it('above the limit are refused until one has ended', async () => {
    const queue = new RunQueue(2);
    const work = makeWork();
    const runs = [queue.enter(work.work), queue.enter(work.work)];
    expect(() => queue.checkOpen()).toThrow('2 runs are waiting');
    await expect(queue.enter(work.work)).rejects.toThrow('2 runs are waiting');
    work.end();
    await Promise.all(runs);
    await expect(queue.enter(work.work)).resolves.toBe('done');
  });

  it('whose signal is given while they wait never begin', async () => {
    const queue = new RunQueue();
    const [first, second] = [makeWork(), makeWork()];
    const abort = new AbortController();
    const run = queue.enter(first.work);
    const ended = queue.enter(second.work, abort.signal);
    abort.abort();
    first.end();
    await run;
    await expect(ended).rejects.toThrow('ended before it began');
    expect(second.begun()).toBe(false);
  });
});

describe('the close', () => {
  it('waits for the run under way, and refuses what waits and what comes', async () => {
    const queue = new RunQueue();
    const [first, second] = [makeWork(), makeWork()];
    const said: string[] = [];
    const run = queue.enter(first.work).then(() => said.push('run'));
    const waiting = queue.enter(second.work);
    await turn();
    const closed = queue.close().then(() => said.push('closed'));
    await expect(queue.enter(second.work)).rejects.toThrow('closed');
    await turn();
    expect(said).toEqual([]);
    first.end();
    await expect(waiting).rejects.toThrow('closed');
    await Promise.all([run, closed]);
    expect(said).toEqual(['run', 'closed']);
    await queue.close();
  });
});
