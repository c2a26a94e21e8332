import { rmSync } from 'node:fs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Bundle } from '../../models/bundle.ts';
import { answered, bundle, settled, Site } from '../../tests/quality-site.ts';

let site: Site;

beforeEach(() => {
  site = new Site();
  onTestFinished(() => {
    site.service.close();
    rmSync(site.folder, { recursive: true });
  });
  site.start();
});

describe('the bundle before', () => {
  const newer = {
    ...bundle,
    hash: 'hash-2',
    manifest: { ...bundle.manifest, identity: { name: 'chest', version: '1.1.0' } },
  } as Bundle;
  const radiologist = { mover: 'radiologist', user: 'ada', at: 5 } as const;

  /** A newer bundle, which misses too much and gets other patients. */
  async function failNewer(): Promise<void> {
    site.known = [newer, bundle];
    site.restart();
    site.report(Array.from({ length: 60 }, (_, at) => at % 3 > 0));
    site.sendStrangers(12);
    await settled();
  }

  const states = () => site.moves.map(({ isNow, event, mover }) => [isNow, event, mover]);

  it('does its work when a rule has paused the newer one, and says so', async () => {
    await failNewer();
    expect(states().slice(-3)).toEqual([
      ['restricted', 'alarm-raised', 'rule'],
      ['paused', 'alarm-confirmed', 'rule'],
      ['previous', 'previous-proved', 'rule'],
    ]);
    expect(site.moves.at(-1)).toMatchObject({ hash: bundle.hash });
    expect(site.running).toEqual([bundle]);
    expect(site.service.conditions()).toMatchObject([
      { id: 'model-previous', values: { model: 'chest', version: '1.0.0' } },
    ]);
    expect(site.service.temper(bundle, answered(0.9), '9')).toEqual(answered(0.9));
    expect(site.service.temper(newer, answered(0.1), '9')).toMatchObject({
      reason: 'drift-fallback',
    });
  });

  it('goes on over a restart, with charts of its own', async () => {
    await failNewer();
    site.restart();
    await settled();
    expect(site.state).toBe('previous');
    expect(site.running).toEqual([bundle]);
    expect(site.service.models()[0]?.watch.streams()).toEqual([]);
    site.conclude(answered(0.2));
    expect(site.service.models()[0]?.watch.streams()).toMatchObject([{ exams: 1 }]);
  });

  it('gives way to the newer one when a person releases it, under watch', async () => {
    await failNewer();
    const cause = { ...radiologist, event: 'released', reason: 'cause-removed' } as const;
    await site.service.move('chest', cause);
    expect(site.state).toBe('watch');
    expect(site.running).toEqual([newer]);
    expect(site.moves.at(-1)).toMatchObject({ event: 'released', hash: newer.hash, user: 'ada' });
    expect(site.conditions).toEqual([]);
  });

  it('stays where the newer one cannot answer, and whoever released it is told', async () => {
    await failNewer();
    site.refusal = 'rule golden-answer';
    const cause = { ...radiologist, event: 'released', reason: 'cause-removed' } as const;
    await expect(site.service.move('chest', cause)).rejects.toThrow('rule golden-answer');
    expect(site.state).toBe('previous');
  });

  it('does not work where it does not pass here, and is tried again after a restart', async () => {
    site.refusal = 'rule golden-answer';
    await failNewer();
    expect(site.state).toBe('paused');
    expect(site.log).toContain('no model before');
    site.refusal = undefined;
    site.restart();
    await settled();
    expect(site.state).toBe('previous');
  });

  it('is paused when an alarm stands against it too, and stays so', async () => {
    await failNewer();
    site.sendStrangers(12);
    await settled();
    expect(site.state).toBe('paused');
    site.restart();
    await settled();
    expect(site.running).toEqual([bundle]);
    expect(site.state).toBe('paused');
    expect(site.conditions).toContain('model-paused');
  });

  it('that is gone at a restart makes no bundle trusted that was not', async () => {
    await failNewer();
    site.known = [newer];
    site.restart();
    await settled();
    expect(site.running).toEqual([newer]);
    expect(site.state).toBe('paused');
  });

  it('does not take over from what a person has stopped, unless somebody asks for it', async () => {
    site.known = [newer, bundle];
    site.restart();
    await site.service.move('chest', { ...radiologist, event: 'stopped', reason: 'figures' });
    await settled();
    site.restart();
    await settled();
    expect(site.state).toBe('paused');
    expect(site.running).toEqual([newer]);
    const cause = { event: 'previous-proved', user: 'eve', reason: 'figures', at: 6 } as const;
    await expect(site.service.move('chest', { ...cause, mover: 'radiologist' })).rejects.toThrow(
      'may not bring',
    );
    await site.service.move('chest', { ...cause, mover: 'administrator' });
    expect(site.state).toBe('previous');
    expect(site.running).toEqual([bundle]);
  });

  it('works again when an update has failed that was to take its place', async () => {
    await failNewer();
    site.running[0] = newer;
    site.service.updated({ group: 'chest', state: 'rolled-back' });
    await settled();
    expect(site.running).toEqual([bundle]);
    expect(site.state).toBe('previous');
  });

  it('is forgotten when an update has put another in its place', async () => {
    await failNewer();
    const newest = { ...newer, hash: 'hash-3' };
    site.running[0] = newest;
    site.service.updated({ group: 'chest', state: 'committed' });
    expect(site.state).toBe('normal');
    expect(site.moves.at(-1)).toMatchObject({ event: 'replaced', hash: 'hash-3' });
  });
});

it('gives no trust to a bundle that is on trial, also over a restart', () => {
  site.sendStrangers(12);
  site.trial = true;
  site.restart([{ ...bundle, hash: 'hash-2' }]);
  expect(site.state).toBe('restricted');
  site.trial = false;
  site.restart();
  expect(site.state).toBe('restricted');
});
