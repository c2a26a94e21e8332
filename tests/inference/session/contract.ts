import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ScansideError } from '../../../device/errors.ts';
import { openNodeRuntime } from '../../../runtime/inference/session/node-session.ts';
import type {
  Runtime,
  Session,
  SessionSettings,
  Tensor,
} from '../../../runtime/inference/session/session-port.ts';
import { badRuns } from './bad-runs.ts';
import { late, long, makeImages, makeLongInput, project, projection, sum } from './networks.ts';

/**
 * What a check needs of a runtime beside the port: that it takes any graph and answers what the graph says, or that a
 * run leaves its thread free and can be ended.
 */
export type Need = 'answers' | 'ending';

/** One sentence that every runtime must make true. */
export interface Check {
  name: string;
  needs: readonly Need[];
  /** Fails by an AssertionError. Closes the sessions that it opens; the last check closes the runtime. */
  check(runtime: Runtime): Promise<void>;
}

export const settings: SessionSettings = {
  name: 'contract',
  provider: { name: 'cpu' },
  threads: 1,
};

/** Whether answers are those that were worked out, as closely as float32 allows. */
export function assertClose(found: ArrayLike<number>, wanted: ArrayLike<number>): void {
  assert.equal(found.length, wanted.length);
  for (let at = 0; at < wanted.length; at++) {
    const [a, b] = [found[at]!, wanted[at]!];
    assert.ok(Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(b)), `${a} is not ${b}, at ${at}`);
  }
}

export async function assertFault(work: Promise<unknown>, why: RegExp): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof ScansideError, String(error));
    assert.equal(error.code, 'MODEL_FAULT');
    assert.match(error.message, why);
    return true;
  });
}

async function withSession(
  runtime: Runtime,
  model: Uint8Array,
  use: (session: Session) => Promise<void>,
): Promise<void> {
  const session = await runtime.open(model, settings);
  try {
    await use(session);
  } finally {
    await session.close();
  }
}

async function askLogits(session: Session, image: Tensor): Promise<Float32Array> {
  const { logits } = await session.run({ image }, ['logits']);
  return logits!.values;
}

/** Collects garbage, now and completely. */
function makeCollector(): () => void {
  setFlagsFromString('--expose_gc');
  return runInNewContext('gc') as () => void;
}

/** Answers that are wrong of so many runs, while what JavaScript held of their inputs is collected. */
export async function countWrong(runtime: Runtime, runs: number): Promise<number> {
  const collect = makeCollector();
  let wrong = 0;
  await withSession(runtime, late, async (session) => {
    for (let at = 0; at < runs; at++) {
      const wanted = project(makeImages(1, at));
      const answer = askLogits(session, makeImages(1, at));
      collect();
      // What is handed out next lies where the input was, if that was given back.
      for (let each = 0; each < 20; each++) new Float32Array(16 * 16).fill(Number.NaN);
      const logits = await answer;
      if (!wanted.every((value, head) => Math.abs(value - logits[head]!) < 1e-4)) wrong += 1;
    }
  });
  return wrong;
}

/** What another runtime says of the same images. */
async function askBinding(image: Tensor): Promise<Float32Array> {
  const runtime = openNodeRuntime();
  const session = await runtime.open(projection, settings);
  const logits = await askLogits(session, image);
  await runtime.close();
  return logits;
}

const opening: readonly Check[] = [
  {
    name: 'tells names, types and dimensions, those that are free by their names',
    needs: ['answers'],
    check: (runtime) =>
      withSession(runtime, projection, async ({ inputs, outputs }) => {
        assert.deepEqual(inputs, [{ name: 'image', type: 'float32', dims: ['batch', 1, 16, 16] }]);
        assert.deepEqual(outputs, [
          { name: 'logits', type: 'float32', dims: ['batch', 2] },
          { name: 'map', type: 'float32', dims: ['batch', 2, 1, 1] },
          { name: 'whole', type: 'int64', dims: ['batch', 2] },
        ]);
      }),
  },
  {
    name: 'refuses what is no graph, and goes on',
    needs: ['answers'],
    async check(runtime) {
      const garbage = new TextEncoder().encode('garbage, and more of it');
      for (const bad of [garbage, new Uint8Array(), projection.subarray(0, 200)])
        await assertFault(runtime.open(bad, settings), /loading/);
      const image = makeImages(1, 1);
      await withSession(runtime, projection, async (session) =>
        assertClose(await askLogits(session, image), project(image)),
      );
    },
  },
];

const answering: readonly Check[] = [
  {
    name: 'answers what the graph says, one and eight at a time',
    needs: ['answers'],
    check: (runtime) =>
      withSession(runtime, projection, async (session) => {
        for (const count of [1, 8]) {
          const image = makeImages(count, count);
          const { logits, map } = await session.run({ image }, ['logits', 'map']);
          assert.deepEqual(logits!.dims, [count, 2]);
          assert.deepEqual(map!.dims, [count, 2, 1, 1]);
          assertClose(logits!.values, project(image));
          assertClose(map!.values, project(image));
        }
      }),
  },
  {
    name: 'answers like the Node binding, one and eight at a time',
    needs: ['answers'],
    check: (runtime) =>
      withSession(runtime, projection, async (session) => {
        for (const count of [1, 8]) {
          const image = makeImages(count, 10 + count);
          assertClose(await askLogits(session, image), await askBinding(image));
        }
      }),
  },
  {
    name: 'has copied its inputs when the call returns, and leaves its outputs to the caller',
    needs: ['answers'],
    check: (runtime) =>
      withSession(runtime, projection, async (session) => {
        const image = makeImages(2, 5);
        const wanted = project(image);
        const answer = askLogits(session, image);
        image.values.fill(Number.NaN);
        const kept = await answer;
        assertClose(kept, wanted);
        for (let at = 0; at < 5; at++) await askLogits(session, makeImages(2, 20 + at));
        assertClose(kept, wanted);
      }),
  },
  {
    name: 'does runs that are asked for at once one after the other, each with its own answer',
    needs: ['answers'],
    check: (runtime) =>
      withSession(runtime, projection, async (session) => {
        const all = Array.from({ length: 24 }, (_, at) => makeImages(1 + (at % 3), at));
        const answers = await Promise.all(all.map((image) => askLogits(session, image)));
        for (const [at, image] of all.entries()) assertClose(answers[at]!, project(image));
      }),
  },
  {
    name: 'takes several inputs, whose free dimensions of one name are equal',
    needs: ['answers'],
    check: (runtime) =>
      withSession(runtime, sum, async (session) => {
        const left = { dims: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) };
        const right = { dims: [2, 3], values: Float32Array.of(10, 20, 30, 40, 50, 60) };
        const { both } = await session.run({ right, left }, ['both']);
        assert.deepEqual([...both!.values], [11, 22, 33, 44, 55, 66]);
        const one = { dims: [1, 3], values: Float32Array.of(1, 2, 3) };
        await assertFault(session.run({ left, right: one }, ['both']), /right is 1x3/);
        await assertFault(session.run({ left }, ['both']), /right is missing/);
      }),
  },
  {
    name: 'passes on what is no number, and answers the next input rightly',
    needs: ['answers'],
    check: (runtime) =>
      withSession(runtime, projection, async (session) => {
        const [image, broken] = [makeImages(2, 6), makeImages(2, 6)];
        broken.values[0] = Number.NaN;
        const logits = await askLogits(session, broken);
        assert.ok(Number.isNaN(logits[0]) && Number.isNaN(logits[1]));
        assertClose(logits.subarray(2), project(image).slice(2));
        assertClose(await askLogits(session, image), project(image));
      }),
  },
  {
    name: 'refuses what does not fit before anything native sees it, and goes on',
    needs: ['answers'],
    check: (runtime) =>
      withSession(runtime, projection, async (session) => {
        const good = makeImages(2, 7);
        for (const { why, inputs, outputs } of badRuns(good))
          await assertFault(session.run(inputs, outputs), why);
        assertClose(await askLogits(session, good), project(good));
      }),
  },
  {
    name: 'answers rightly while garbage is collected under its runs',
    needs: ['answers'],
    check: async (runtime) => assert.equal(await countWrong(runtime, 60), 0),
  },
];

const ending: readonly Check[] = [
  {
    name: 'refuses a run whose signal was given before',
    needs: ['answers'],
    check: (runtime) =>
      withSession(runtime, projection, async (session) => {
        const image = makeImages(1, 8);
        await assertFault(session.run({ image }, ['logits'], AbortSignal.abort()), /ended/);
        assertClose(await askLogits(session, image), project(image));
      }),
  },
  {
    name: 'leaves its thread free during a run, which its signal ends; the session stays usable',
    needs: ['answers', 'ending'],
    check: (runtime) =>
      withSession(runtime, long, async (session) => {
        const image = makeLongInput(1);
        const before = await session.run({ image }, ['pooled']);
        const abort = new AbortController();
        const run = session.run({ image: makeLongInput(8) }, ['pooled'], abort.signal);
        run.catch(() => undefined);
        for (let turn = 0; turn < 100; turn++) await setImmediate();
        abort.abort();
        await assertFault(run, /terminate|ended/);
        assert.deepEqual(await session.run({ image }, ['pooled']), before);
        abort.abort();
      }),
  },
  {
    name: 'waits with the close for the run under way, and refuses those behind it and after it',
    needs: ['answers'],
    async check(runtime) {
      const session = await runtime.open(long, settings);
      const said: string[] = [];
      const image = makeLongInput(1);
      const run = session.run({ image }, ['pooled']).then(() => said.push('answer'));
      const behind = session.run({ image }, ['pooled']);
      behind.catch(() => undefined);
      await setImmediate();
      const closed = session.close().then(() => said.push('closed'));
      await Promise.all([run, closed]);
      assert.deepEqual(said, ['answer', 'closed']);
      await assertFault(behind, /closed/);
      await session.close();
      await assertFault(session.run({ image }, ['pooled']), /closed/);
    },
  },
  {
    name: 'closes its sessions with itself, and opens none afterwards',
    needs: [],
    async check(runtime) {
      const session = await runtime.open(projection, settings);
      await runtime.close();
      await runtime.close();
      await assertFault(session.run({ image: makeImages(1, 9) }, ['logits']), /closed/);
      await assertFault(runtime.open(projection, settings), /closed/);
    },
  },
];

/** In this order: the last one closes the runtime. */
export const contract: readonly Check[] = [...opening, ...answering, ...ending];
