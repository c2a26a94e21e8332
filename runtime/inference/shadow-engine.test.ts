import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../device/manual-clock.ts';
import type { Bundle } from '../../models/bundle.ts';
import type { EngineChild, Exchange } from './engine-child.ts';
import type { EngineReply } from './engine-message.ts';
import { onProcessor } from './session/placement.ts';
import { ShadowEngine, type ShadowResult } from './shadow-engine.ts';

const candidate = {
  folder: '/candidate',
  hash: 'candidate',
  manifest: { limits: { timeoutMs: 1000, peakMegabytes: 100 } },
} as unknown as Bundle;

const image = { path: '/a', offset: 0, length: 1, transferSyntaxUid: '1.2' };
const units = (count: number) => Array.from({ length: count }, () => [image]);
const memory = { resident: 1, highest: 1 };
const score = (probability: number): EngineReply => ({
  reply: 'results',
  results: [{ state: 'analysed', scores: [{ finding: 'x', probability }], maps: [] }],
  ...memory,
});

/** A process that answers when the test says so. */
class Child implements EngineChild {
  readonly pid = 1;
  readonly loaded = new Map<string, number>();
  readonly refused = new Map<string, string>();
  readonly asked: string[] = [];
  killed: string | undefined;
  #settle: (exchange: Exchange) => void = () => undefined;
  readonly #onEnd: () => void;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  exchange(request: { ask: string }): Promise<Exchange> {
    this.asked.push(request.ask);
    if (this.killed !== undefined) return Promise.resolve({ end: 'died' });
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  kill(because: string): void {
    this.killed = because;
    this.#onEnd();
    this.#settle({ end: 'died' });
  }

  async say(reply: EngineReply): Promise<void> {
    this.#settle({ end: 'reply', reply });
    await settled();
  }

  async crash(): Promise<void> {
    this.#onEnd();
    this.#settle({ end: 'died' });
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

let clock: ManualClock;
let children: Child[];
let waits: string | undefined;
let engine: ShadowEngine;
let isWanted: boolean;

beforeEach(() => {
  clock = new ManualClock();
  [children, waits, isWanted] = [[], undefined, true];
  engine = new ShadowEngine({
    clock,
    placementOf: () => onProcessor,
    whyNotIdle: () => waits,
    start: (_clock, kind, onEnd) => {
      expect(kind).toEqual({ provesLibraries: false, isLast: true });
      const child = new Child(() => onEnd({ why: '', because: '' }));
      children.push(child);
      return child;
    },
  });
});

/** A study under way; what became of it. */
function begin(count = 1): { result?: ShadowResult | undefined; isDone: boolean } {
  const seen: ReturnType<typeof begin> = { isDone: false };
  void engine
    .analyse({ bundle: candidate, units: units(count) }, () => isWanted)
    .then((result) => Object.assign(seen, { result, isDone: true }));
  return seen;
}

const loaded: EngineReply = { reply: 'loaded', ...memory };

async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await settled();
}

describe('a candidate', () => {
  it('looks at unit after unit, and its loading does not count as its time', async () => {
    const seen = begin(2);
    await settled();
    clock.advance(7000);
    await children[0]!.say(loaded);
    clock.advance(40);
    await children[0]!.say(score(0.1));
    clock.advance(30);
    await children[0]!.say(score(0.2));
    expect(seen.result?.results).toHaveLength(2);
    expect(seen.result?.ms).toBe(70);
    expect(children).toHaveLength(1);
  });

  it('is gone at once when anything waits, and goes on where it was when all is quiet', async () => {
    const seen = begin(2);
    await settled();
    await children[0]!.say(loaded);
    await children[0]!.say(score(0.1));
    waits = 'images wait for AI';
    engine.drop(waits);
    expect(children[0]!.killed).toBe('images wait for AI');
    expect(engine.pid).toBeUndefined();
    await settled();
    await pass(60_000);
    expect(children).toHaveLength(1);
    waits = undefined;
    await pass(4000);
    expect(children).toHaveLength(1);
    await pass(2000);
    await children[1]!.say(loaded);
    await children[1]!.say(score(0.7));
    expect(children[1]!.asked).toEqual(['load', 'analyse']);
    const said = seen.result?.results.map((each) => each.state === 'analysed' && each.scores[0]);
    expect(said).toMatchObject([{ probability: 0.1 }, { probability: 0.7 }]);
  });

  it('is not held to have failed when it was dropped, however often', async () => {
    const seen = begin();
    await settled();
    for (let at = 0; at < 5; at++) {
      await children[at]!.say(loaded);
      engine.drop('images wait for AI');
      await settled();
      await pass(6000);
    }
    await children[5]!.say(loaded);
    await children[5]!.say(score(0.3));
    expect(seen.result?.results).toMatchObject([{ state: 'analysed' }]);
  });

  it('that crashes twice on a unit has no answer to it, and is asked for the next one', async () => {
    const seen = begin(2);
    await settled();
    for (const at of [0, 1]) {
      await children[at]!.say(loaded);
      await children[at]!.crash();
    }
    await children[2]!.say(loaded);
    await children[2]!.say(score(0.3));
    expect(seen.result?.results).toMatchObject([
      { state: 'not-analysed', reason: 'model-fault' },
      { state: 'analysed' },
    ]);
  });

  it('that cannot be loaded is not loaded again for each unit', async () => {
    const seen = begin(3);
    await settled();
    await children[0]!.say({ reply: 'refused', detail: 'rule golden-answer', ...memory });
    expect(children[0]!.asked).toEqual(['load']);
    expect(seen.result?.results.map(({ state }) => state)).toEqual(
      Array.from({ length: 3 }, () => 'not-analysed'),
    );
  });

  it('that is not wanted any more is not asked again', async () => {
    const seen = begin(2);
    await settled();
    await children[0]!.say(loaded);
    isWanted = false;
    await children[0]!.say(score(0.1));
    expect(seen).toEqual({ isDone: true, result: undefined });
  });

  it('has one study at a time', async () => {
    const [first, second] = [begin(), begin()];
    await settled();
    await children[0]!.say(loaded);
    await children[0]!.say(score(0.1));
    expect([first.isDone, second.isDone]).toEqual([true, false]);
    await children[0]!.say(score(0.2));
    expect(second.isDone).toBe(true);
    expect(children[0]!.asked).toEqual(['load', 'analyse', 'analyse']);
  });

  it('ends with the engine, also while it waits', async () => {
    waits = 'images wait for AI';
    const seen = begin();
    await settled();
    await engine.close();
    await settled();
    expect(seen).toEqual({ isDone: true, result: undefined });
    expect(children).toEqual([]);
  });
});
