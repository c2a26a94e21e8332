import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../device/manual-clock.ts';
import { createFallbackRuntime } from '../../runtime/inference/kserve/fallback-runtime.ts';
import { createKserveRuntime } from '../../runtime/inference/kserve/kserve-runtime.ts';
import { openNodeRuntime } from '../../runtime/inference/session/node-session.ts';
import type { Runtime } from '../../runtime/inference/session/session-port.ts';
import { until } from '../peers/process.ts';
import { type Scripted, type Seen } from '../peers/scripted-server.ts';
import { named, settingsFor } from './kserve-cases.ts';
import { double, json, multiplied, run, startDoubling, twice } from './kserve-double.ts';

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** A local runtime that says which networks it has been asked to open. */
function countedRuntime(): Runtime & { opened: string[] } {
  const node = openNodeRuntime();
  const opened: string[] = [];
  return {
    ...node,
    opened,
    open(graph, settings) {
      opened.push(settings.name);
      return node.open(graph, settings);
    },
  };
}

const settings = { pauseMs: 1_000, longestPauseMs: 4_000, agreement: 0.02 };
const down: Scripted = (response) => response.destroy();

/** A server whose answers a test chooses as it goes, and a device that stands in for it. */
async function setUp() {
  const script = { answer: (seen: Seen): Scripted => multiplied(seen, 2) };
  const server = await startDoubling((seen) => script.answer(seen));
  const clock = new ManualClock();
  const local = countedRuntime();
  const routes: string[] = [];
  const remote = settingsFor(server.url, { attempts: 1 });
  const runtime = createFallbackRuntime({
    remote: createKserveRuntime(remote, { clock }),
    local,
    clock,
    settings,
    onChange: ({ network, route }) => routes.push(`${network} ${route}`),
  });
  ends.push(async () => {
    await runtime.close();
    await server.close();
  });
  return { script, server, clock, local, routes, runtime };
}

const name = 'double.1.0.0.1';

describe('a network on a server that fails', () => {
  it('is not opened here while the server answers', async () => {
    const { runtime, local } = await setUp();
    const session = await runtime.open(double, named(name));
    expect(await run(session, 1, 2)).toEqual([2, 4]);
    expect(local.opened).toEqual([]);
    expect(runtime.places()).toEqual([
      { network: name, route: 'server', because: 'the server answers: scripted 1' },
    ]);
  });

  it.each<[string, (seen: Seen) => Scripted, string]>([
    ['closes connections', () => down, 'PEER_UNREACHABLE'],
    ['reports an error', () => json({ error: 'no memory' }, 500), 'no memory'],
    ['answers with infinity', (seen) => multiplied(seen, 1e39), 'INFERENCE_SERVER_FAULT'],
  ])('is run here when it %s, the same run too', async (_, answer, words) => {
    const { runtime, local, script } = await setUp();
    const session = await runtime.open(double, named(name));
    script.answer = answer;
    expect(await run(session, 1, 2)).toEqual([2, 4]);
    expect(local.opened).toEqual([name]);
    const [place] = runtime.places();
    expect(place?.route).toBe('local');
    expect(place?.because).toContain('is tried again in 1 s');
    expect(place?.because).toContain(words);
  });

  it('is opened here from the start where the server cannot', async () => {
    const { runtime, local, server } = await setUp();
    await server.close();
    const session = await runtime.open(double, named(name));
    expect(await run(session, 1, 2)).toEqual([2, 4]);
    expect(local.opened).toEqual([name]);
  });

  it('leaves the server alone until its pause is over, then uses it once it has agreed', async () => {
    const { runtime, clock, script, server, routes } = await setUp();
    const session = await runtime.open(double, named(name));
    script.answer = () => down;
    await run(session, 1, 2);
    script.answer = (seen) => multiplied(seen, 2);
    clock.advance(999);
    const asked = server.seen.length;
    await run(session, 1, 2);
    expect(server.seen.length).toBe(asked);
    clock.advance(1);
    expect(await run(session, 3, 4)).toEqual([6, 8]);
    expect(await until(() => routes.length === 3)).toBe(true);
    expect(routes).toEqual([`${name} local`, `${name} trial`, `${name} server`]);
    script.answer = (seen) => multiplied(seen, 3);
    expect(await run(session, 1, 2)).toEqual([3, 6]);
  });

  it('is not trusted to a server that has come back with another network', async () => {
    const { runtime, clock, script, routes } = await setUp();
    const session = await runtime.open(double, named(name));
    script.answer = () => down;
    await run(session, 1, 2);
    script.answer = (seen) => multiplied(seen, 2.2);
    clock.advance(1_000);
    expect(await run(session, 1, 2)).toEqual([2, 4]);
    expect(await until(() => routes.length === 3)).toBe(true);
    expect(routes.at(-1)).toBe(`${name} local`);
    const [place] = runtime.places();
    expect(place?.because).toContain('MODEL_MISMATCH');
    expect(place?.because).toContain('in 2 s');
  });

  it('takes the others with it where the server is gone, and not where it is wrong', async () => {
    const { runtime, script } = await setUp();
    const first = await runtime.open(double, named(name));
    await runtime.open(double, named('double.1.0.0.2'));
    script.answer = (seen) => multiplied(seen, 1e39);
    await run(first, 1, 2);
    expect(runtime.places().map(({ route }) => route)).toEqual(['local', 'server']);
    const third = await runtime.open(double, named('double.1.0.0.3'));
    script.answer = () => down;
    await run(third, 1, 2);
    expect(runtime.places().map(({ route }) => route)).toEqual(['local', 'local', 'local']);
  });

  it('does not take an ended run for a failure', async () => {
    const { runtime, script, local } = await setUp();
    const session = await runtime.open(double, named(name));
    script.answer = () => () => undefined;
    const controller = new AbortController();
    const asked = session.run(twice(1, 2), ['y'], controller.signal);
    controller.abort();
    await expect(asked).rejects.toThrow('MODEL_FAULT');
    expect(local.opened).toEqual([]);
    expect(runtime.places()[0]?.route).toBe('server');
  });

  it('loses no run of many when the server dies among them', async () => {
    const { runtime, script } = await setUp();
    const session = await runtime.open(double, named(name));
    let left = 10;
    script.answer = (seen) => (left-- > 0 ? multiplied(seen, 2) : down);
    const inputs = Array.from({ length: 40 }, (_, at) => at);
    const answers = await Promise.all(inputs.map((at) => run(session, at, 1)));
    expect(answers).toEqual(inputs.map((at) => [2 * at, 2]));
  });

  it('refuses runs once it is closed, and gives both up', async () => {
    const { runtime, script } = await setUp();
    const session = await runtime.open(double, named(name));
    script.answer = () => down;
    await run(session, 1, 2);
    await session.close();
    await session.close();
    await expect(run(session, 1, 2)).rejects.toThrow('closed');
    expect(runtime.places()).toEqual([]);
  });
});
