import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { answered, bundle, pollMs, settled, Site } from '../../tests/quality-site.ts';
import type { StoredAct } from '../spool/act-ledger.ts';

let site: Site;

beforeEach(() => {
  site = new Site();
  onTestFinished(() => {
    site.service.close();
    rmSync(site.folder, { recursive: true });
  });
  site.start();
});

describe('an exam', () => {
  it('is counted once, and keeps what was said of it last', () => {
    const exam = site.conclude(answered(0.2));
    site.conclude(answered(0.9), exam);
    const question = { model: 'chest', finding: 'nodule' };
    const kept = site.service.store?.exams.ofPeriod(question, { from: 0, to: 1e15 });
    expect(kept).toMatchObject([{ answer: { score: 0.9, flagged: true }, scanner: 'XR1' }]);
    expect(site.service.models()[0]?.watch.streams()).toMatchObject([{ exams: 1 }]);
  });

  it('that an ended run did not get to is counted by the next one, and none twice', () => {
    site.conclude(answered(0.9));
    site.service.close();
    site.conclude(answered(0.2));
    site.start();
    expect(site.service.models()[0]?.watch.streams()).toMatchObject([{ exams: 2 }]);
  });

  it('that is erased cannot be found by its UID any more', () => {
    const studyUid = site.conclude(answered(0.9));
    site.service.erased(studyUid);
    const rows = site.service.store?.database.prepare('SELECT * FROM exam').all();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(`"${studyUid}"`);
  });
});

describe('another population', () => {
  it('is told of within twelve exams, and flags are marked from then on', () => {
    site.sendStrangers(12);
    expect(site.conditions).toEqual(['model-restricted', 'other-population']);
    expect(site.moves).toMatchObject([
      { was: 'normal', isNow: 'restricted', event: 'alarm-raised', mover: 'rule' },
    ]);
    expect(site.service.temper(bundle, answered(0.9), '9')).toMatchObject({ secondLook: true });
  });

  it('stays known over a restart, until somebody answers for the model', async () => {
    site.sendStrangers(12);
    site.restart();
    expect(site.state).toBe('restricted');
    expect(site.moves).toHaveLength(1);
    const cause = { event: 'released', user: 'ada', reason: 'cause-removed', at: 5 } as const;
    await expect(site.service.move('chest', { ...cause, mover: 'field-engineer' })).rejects.toThrow(
      'field-engineer may not bring released',
    );
    await site.service.move('chest', { ...cause, mover: 'radiologist' });
    expect(site.state).toBe('watch');
    expect(site.conditions).toEqual([]);
    expect(site.service.models()[0]?.watch.streams()).toEqual([]);
  });

  it('pauses the model where it misses too much as well', () => {
    site.report(Array.from({ length: 60 }, (_, at) => at % 3 > 0));
    expect(site.state).toBe('restricted');
    expect(site.tickets).toMatchObject([{ model: 'chest', finding: 'nodule', positives: 60 }]);
    const flag = site.conclude(answered(0.9));
    site.sendStrangers(12);
    expect(site.state).toBe('paused');
    expect(site.conditions).toContain('model-paused');
    expect(site.service.temper(bundle, answered(0.1), '9')).toMatchObject({
      state: 'not-analysed',
      reason: 'drift-fallback',
    });
    expect(site.service.temper(bundle, answered(0.9), flag)).toMatchObject({ state: 'flagged' });
    site.restart();
    expect(site.state).toBe('paused');
    expect(site.tickets).toHaveLength(1);
  });
});

it('begins anew with another bundle, and says so', () => {
  site.sendStrangers(12);
  site.restart([{ ...bundle, hash: 'hash-2' }]);
  expect(site.moves.at(-1)).toMatchObject({ event: 'replaced', isNow: 'normal', hash: 'hash-2' });
  expect(site.conditions).toEqual([]);
});

it('does what a command has asked for, once', async () => {
  const asked = { model: 'chest', mover: 'administrator', user: 'eve', reason: 'figures' } as const;
  site.service.store?.trust.ask({ ...asked, event: 'stopped', at: 1 });
  site.service.store?.trust.ask({ ...asked, model: 'gone', event: 'stopped', at: 1 });
  site.clock.advance(3600_000 + pollMs);
  await settled();
  expect(site.state).toBe('paused');
  expect(site.moves).toMatchObject([{ event: 'stopped', user: 'eve', reason: 'figures' }]);
  expect(site.log).toContain('quality: request failed');
  expect(site.service.store?.trust.takeRequests()).toEqual([]);
});

it('keeps opinions apart, and lets them be taken back', () => {
  const act = { studyUid: '1.2.1', user: 'bob', role: 'technologist', at: 3 } as StoredAct;
  site.service.acted({ ...act, id: 'a', kind: 'disagree' });
  site.service.acted({ ...act, id: 'b', kind: 'disagree' });
  site.service.acted({ ...act, id: 'c', kind: 'retract', target: 'a' });
  site.service.acted({ ...act, id: 'd', kind: 'seen' });
  site.service.acted({ ...act, id: 'e', kind: 'agree', studyUid: '1.2.2', at: 4 });
  expect(site.service.store?.opinions.all()).toMatchObject([
    { opinion: 'disagree', at: 3 },
    { opinion: 'agree', at: 4 },
  ]);
  expect(site.service.store?.reference.ofFinding('nodule').size).toBe(0);
});

it('answers when it is closed, and says nothing new', () => {
  site.sendStrangers(12);
  const before = site.conditions;
  site.service.close();
  expect(site.conditions).toEqual(before);
  expect(site.service.view().models).toBeUndefined();
});

describe('a store that cannot be read', () => {
  it('costs no start and no result, and trusts no model as before', () => {
    site.service.close();
    writeFileSync(join(site.folder, 'quality.db'), 'damaged'.repeat(1000));
    site.start();
    site.conclude(answered(0.9));
    expect(site.conditions).toEqual(['quality-unknown']);
    expect(site.service.temper(bundle, answered(0.9), '9')).toMatchObject({ secondLook: true });
  });

  it('that breaks later is told of in the log', () => {
    site.service.store?.database.exec('DROP TABLE exam');
    site.conclude(answered(0.9));
    expect(site.log).toContain('quality: result failed');
  });
});
