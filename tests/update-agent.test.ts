import { describe, expect, it } from 'vitest';
import {
  AgentDevice,
  agentRepository,
  assignRelease,
  factory,
  standingOf,
} from './agent-device.ts';
import { day, hour, start } from './update-repository.ts';

function setUp(...content: Parameters<typeof agentRepository>) {
  const published = agentRepository(...content);
  const device = new AgentDevice(published);
  const [first, second] = published.releases;
  return { published, device, first, second };
}

describe('an assignment', () => {
  it('is carried out: the model answers, is kept, and every state is told', async () => {
    const { published, device, first } = setUp();
    await device.carryOut(assignRelease(published, first));
    expect(device.host.answers.hash).toBe(first.sha256);
    expect(device.slots.read()).toEqual({ chest: { committed: first.sha256 } });
    expect(device.host.calls).toEqual(['check', 'build', 'test', 'activate']);
    expect(device.reports.map(({ state }) => state)).toEqual([
      'verified',
      'downloading',
      'checking',
      'building',
      'testing',
      'shadow',
      'ready',
      'trial',
      'committed',
    ]);
    expect(device.reports.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(device.agent.journal).toMatchObject({ update: undefined, reports: [] });
    expect(device.host.holds).toBe(0);
  });

  it('is carried out once, however often it comes', async () => {
    const { published, device, first } = setUp();
    const envelope = assignRelease(published, first);
    await device.carryOut(envelope);
    await device.carryOut(envelope);
    expect(device.reports).toHaveLength(9);
  });

  it('keeps the release before at hand, and goes back to it when that is assigned', async () => {
    const { published, device, first, second } = setUp();
    await device.carryOut(assignRelease(published, first));
    await device.carryOut(assignRelease(published, second, { seq: 8 }));
    const both = { committed: second.sha256, previous: first.sha256 };
    expect(device.slots.read()).toEqual({ chest: both });
    const served = published.chunks.served;
    await device.carryOut(assignRelease(published, first, { seq: 9, mode: 'rollback' }));
    expect(device.host.answers.hash).toBe(first.sha256);
    expect(published.chunks.served - served).toBeLessThan(4000);
  });

  it('that is refused changes nothing, and the next is looked at', async () => {
    const { published, device, first } = setUp();
    await device.carryOut(assignRelease(published, first, { device: 'ct-2' }));
    expect(device.agent.journal.update).toBeUndefined();
    await device.carryOut(assignRelease(published, first));
    expect(device.host.answers.hash).toBe(first.sha256);
  });

  it('that pauses ends what has not answered yet', async () => {
    const { published, device, first } = setUp();
    device.host.busy = 'an exam is on its way';
    await device.carryOut(assignRelease(published, first));
    expect(device.state).toBe('ready');
    await device.carryOut(assignRelease(published, first, { seq: 8, mode: 'pause' }));
    device.host.busy = undefined;
    await device.agent.work();
    expect(device.host.answers).toBe(factory);
  });

  it('is not begun any more when its time is over', async () => {
    const { published, device, first } = setUp();
    device.host.busy = 'an exam is on its way';
    await device.carryOut(assignRelease(published, first, { deadline: start + hour }));
    device.clock.step(2 * hour);
    await device.agent.work();
    expect(device.reports.at(-1)).toMatchObject({ state: 'failed', code: 'UPDATE_TOO_LATE' });
    expect(device.host.answers).toBe(factory);
  });
});

describe('a wait', () => {
  it('is told once, is no failure, and ends by itself', async () => {
    const { published, device, first } = setUp();
    device.host.busy = 'an exam is on its way';
    await device.carryOut(assignRelease(published, first));
    for (let count = 0; count < 9; count++) await device.agent.work();
    const told = device.reports.filter(({ reason }) => reason !== undefined);
    expect(told).toMatchObject([{ state: 'ready', reason: 'an exam is on its way' }]);
    device.host.busy = undefined;
    await device.agent.work();
    expect(device.host.answers.hash).toBe(first.sha256);
  });

  it('for the window lasts until it opens', async () => {
    const published = agentRepository();
    const window = { from: 120, to: 240, utcOffsetMinutes: 0 };
    const device = new AgentDevice(published, { window });
    await device.carryOut(assignRelease(published, published.releases[0]));
    expect(device.reports.at(-1)).toMatchObject({ state: 'ready', reason: 'window' });
    device.clock.step(3 * hour);
    await device.agent.work();
    expect(device.reports.at(-1)?.state).toBe('committed');
  });

  it('for the network keeps what has come', async () => {
    const { published, device, first } = setUp(Buffer.alloc(3 << 20, 'network'));
    const read = published.chunks.read.bind(published.chunks);
    let left = 2;
    published.chunks.read = (target, offset, length) =>
      target.includes('onnx') && left-- <= 0 ? read('nowhere', 0, 1) : read(target, offset, length);
    await device.carryOut(assignRelease(published, first));
    expect(device.reports.at(-1)).toMatchObject({ state: 'downloading', reason: 'unreachable' });
    left = 99;
    const served = published.chunks.served;
    await device.agent.work();
    expect(device.host.answers.hash).toBe(first.sha256);
    expect(published.chunks.served - served).toBeLessThan((1 << 20) + 4000);
  });

  it('for room on the disk keeps the model that answers', async () => {
    const { published, device, first } = setUp();
    device.files.space = () => ({ free: 100, total: 1000 });
    await device.carryOut(assignRelease(published, first));
    expect(device.reports.at(-1)).toMatchObject({ state: 'verified', reason: 'space' });
  });
});

describe('a model', () => {
  it.each(['check', 'build', 'test'] as const)(
    'that does not pass %s never answers',
    async (step) => {
      const { published, device, first } = setUp();
      device.host.refusals = { [step]: 'rule golden-answer: a probability differs by 0.2' };
      await device.carryOut(assignRelease(published, first));
      await device.agent.work();
      expect(device.reports.at(-1)).toMatchObject({
        state: 'failed',
        code: 'UPDATE_MODEL_REFUSED',
      });
      expect(device.host.calls).not.toContain('activate');
    },
  );

  it('that crashes in its trial goes, and the one before answers again', async () => {
    const { published, device, first, second } = setUp();
    await device.carryOut(assignRelease(published, first));
    device.host.facts = { crashes: 0, faults: 0, answers: 0, ms: 0 };
    await device.carryOut(assignRelease(published, second, { seq: 8 }));
    expect(device.state).toBe('trial');
    expect(device.host.answers.hash).toBe(second.sha256);
    expect(device.host.holds).toBe(1);
    device.host.facts = { crashes: 2, faults: 0, answers: 1, ms: 10 };
    await device.agent.work();
    expect(device.host.answers.hash).toBe(first.sha256);
    expect(device.slots.read()).toEqual({ chest: { committed: first.sha256 } });
    expect(device.reports.at(-1)).toMatchObject({
      state: 'rolled-back',
      code: 'UPDATE_TRIAL_FAILED',
    });
    expect(device.host.holds).toBe(0);
  });

  it('that crashes in its trial with none before it gives way to the one that the device was made with', async () => {
    const { published, device, first } = setUp();
    device.host.facts = { crashes: 2, faults: 0, answers: 0, ms: 0 };
    await device.carryOut(assignRelease(published, first));
    expect(device.host.answers).toBe(factory);
    expect(device.slots.read()).toEqual({});
    expect(device.files.exists(`/slots/${first.sha256}/manifest.json`)).toBe(false);
  });

  it('that this device is not to run is refused', async () => {
    const published = agentRepository();
    const device = new AgentDevice(published);
    device.host.whyNot = () => 'its version is set by the configuration';
    await device.carryOut(assignRelease(published, published.releases[0]));
    await device.agent.work();
    await device.agent.work();
    expect(device.reports.at(-1)).toMatchObject({
      state: 'failed',
      code: 'UPDATE_MODEL_UNWANTED',
    });
  });

  it('that comes with wrong bytes is fetched again, and then given up', async () => {
    const { published, device, first } = setUp();
    for (const [name, bytes] of published.chunks.files)
      if (name.includes('model.onnx')) published.chunks.files.set(name, Buffer.alloc(bytes.length));
    await device.carryOut(assignRelease(published, first));
    for (let count = 0; count < 3; count++) await device.agent.work();
    expect(device.reports.at(-1)).toMatchObject({ state: 'failed', code: 'TARGET_CHANGED' });
    expect(device.host.answers).toBe(factory);
  });
});

describe('a model that is signed to be compared first', () => {
  const gate = { min_studies: 3, min_hours: 1, max_disagreement: '0.1', max_p95_ms: 900 };
  const compared = () => setUp(undefined, undefined, { shadow: gate });

  /** Assigned, and as far as its comparison. */
  async function comparing(change: Parameters<typeof assignRelease>[2] = {}) {
    const { published, device, first } = compared();
    device.host.comparison = standingOf('continue');
    const ended = device.host.shadowsEnded;
    await device.carryOut(assignRelease(published, first, change));
    expect(device.state).toBe('shadow');
    expect(device.host.answers).toBe(factory);
    expect(device.host.holds).toBe(0);
    return { published, device, first, ended };
  }

  it('is held against what was signed for, and does not answer before it passes', async () => {
    const { device, first } = await comparing();
    expect(device.host.calls.at(-1)).toBe(
      'shadow {"minStudies":3,"minHours":1,"maxDisagreement":0.1,"maxP95Ms":900}',
    );
    for (let count = 0; count < 9; count++) await device.agent.work();
    expect(device.reports.at(-1)).toMatchObject({ state: 'shadow' });
    device.host.comparison = standingOf('pass');
    await device.agent.work();
    expect(device.host.answers.hash).toBe(first.sha256);
    const told = device.reports.filter(({ shadow }) => shadow);
    expect(told).toMatchObject([{ state: 'ready', shadow: { verdict: 'pass', studies: 100 } }]);
  });

  it('never answers where it does not hold', async () => {
    const { device } = await comparing();
    device.host.comparison = standingOf('fail', 'they disagree on 2 of 3 exams');
    await device.agent.work();
    expect(device.reports.at(-1)).toMatchObject({
      state: 'failed',
      code: 'UPDATE_SHADOW_FAILED',
      detail: 'they disagree on 2 of 3 exams',
      shadow: { verdict: 'fail', studies: 100 },
    });
    expect(device.host.answers).toBe(factory);
  });

  it('is deferred and not failed when its time is over before enough is known', async () => {
    const { device } = await comparing({ deadline: start + hour });
    device.clock.step(2 * hour);
    device.host.comparison = standingOf('pass');
    await device.agent.work();
    expect(device.reports.at(-1)).toMatchObject({
      state: 'deferred',
      reason: 'deadline',
      shadow: { verdict: 'continue' },
    });
    expect(device.reports.at(-1)).not.toHaveProperty('code');
    expect(device.agent.journal.update).toBeUndefined();
    expect(device.host.answers).toBe(factory);
  });

  it('is only compared where the director asks for no more', async () => {
    const { device } = await comparing({ mode: 'shadow' });
    device.host.comparison = standingOf('pass');
    await device.agent.work();
    expect(device.reports.at(-1)).toMatchObject({
      state: 'compared',
      shadow: { verdict: 'pass' },
    });
    expect(device.host.answers).toBe(factory);
    expect(device.host.calls).not.toContain('activate');
    expect(device.slots.read()).toEqual({});
  });

  it('ends its comparison with the assignment', async () => {
    const { published, device, first } = await comparing();
    const ended = device.host.shadowsEnded;
    await device.agent.work();
    expect(device.host.shadowsEnded).toBe(ended);
    await device.carryOut(assignRelease(published, first, { seq: 8, mode: 'pause' }));
    expect(device.host.shadowsEnded).toBeGreaterThan(ended);
  });

  it('proves itself anew after a restart, and goes on', async () => {
    const { published, device } = await comparing();
    const { files, store, reports } = device;
    const again = new AgentDevice(published, { files, store, reports });
    again.host.comparison = standingOf('continue');
    await again.agent.work();
    expect(again.state).toBe('shadow');
    expect(again.host.calls.slice(0, 3)).toEqual(['check', 'build', 'test']);
  });

  it('goes back without one', async () => {
    const { published, device, first, second } = compared();
    await device.carryOut(assignRelease(published, first));
    await device.carryOut(assignRelease(published, second, { seq: 8 }));
    const asked = device.host.calls.length;
    await device.carryOut(assignRelease(published, first, { seq: 9, mode: 'rollback' }));
    expect(device.host.answers.hash).toBe(first.sha256);
    expect(device.host.calls.slice(asked).join()).not.toContain('shadow');
  });

  it('is compared as usual where nothing was signed for and the director asks for it', async () => {
    const { published, device, first } = setUp();
    await device.carryOut(assignRelease(published, first, { mode: 'shadow' }));
    expect(device.host.calls).toContain('shadow {}');
    expect(device.reports.at(-1)).toMatchObject({ state: 'compared' });
  });

  it('is refused where what was signed for cannot be read', async () => {
    const shadow = { min_studies: -1 };
    const { published, device, first } = setUp(undefined, undefined, { shadow });
    await device.carryOut(assignRelease(published, first));
    for (let count = 0; count < 3; count++) await device.agent.work();
    expect(device.reports.at(-1)).toMatchObject({ state: 'failed', code: 'UPDATE_MODEL_REFUSED' });
  });
});

describe('a report', () => {
  it('waits until somebody takes it, and keeps its number', async () => {
    const published = agentRepository();
    let isDown = true;
    const taken: number[] = [];
    const device = new AgentDevice(published, {
      report: ({ number }) => {
        if (isDown) return Promise.reject(new Error('no broker'));
        taken.push(number);
        return Promise.resolve();
      },
    });
    await device.carryOut(assignRelease(published, published.releases[0]));
    expect(device.agent.journal.reports).toHaveLength(9);
    isDown = false;
    await device.agent.work();
    expect(taken).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('a restart', () => {
  it('in a trial goes on with it; after the second the model before answers', async () => {
    const { published, device, first } = setUp();
    device.host.facts.ms = 0;
    await device.carryOut(assignRelease(published, first));
    const { files, store, reports } = device;
    const again = new AgentDevice(published, { files, store, reports });
    again.host.facts.ms = 0;
    await again.agent.work();
    expect(again.state).toBe('trial');
    expect(again.host.answers.hash).toBe(first.sha256);
    const third = new AgentDevice(published, { files, store, reports });
    expect(third.host.answers).toBe(factory);
    await third.agent.work();
    expect(reports.at(-1)).toMatchObject({ state: 'rolled-back', code: 'UPDATE_INTERRUPTED' });
  });

  it('with slots that somebody else has written runs what the device was made with', async () => {
    const { published, device, first } = setUp();
    await device.carryOut(assignRelease(published, first));
    const text = device.files.readText('/slots/active.json');
    device.files.replace('/slots/active.json', text.replace('committed', 'previous'));
    expect(device.slots.read()).toEqual({});
  });

  it('goes on also a day later', async () => {
    const { published, device, first } = setUp();
    device.host.busy = 'an exam is on its way';
    await device.carryOut(assignRelease(published, first, { expires: start + 3 * day }));
    const { files, store, reports } = device;
    const again = new AgentDevice(published, { files, store, reports });
    again.clock.step(day);
    await again.agent.work();
    expect(reports.at(-1)?.state).toBe('committed');
  });
});
