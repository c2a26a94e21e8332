import { beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../device/manual-clock.ts';
import { MemoryDisk } from '../../tests/faults/memory-disk.ts';
import { AiPause, remindMs } from './ai-pause.ts';

let clock: ManualClock;
let files: MemoryDisk;
let changes: number;

beforeEach(() => {
  clock = new ManualClock();
  files = new MemoryDisk();
  changes = 0;
});

function open(): AiPause {
  const pause = new AiPause({ clock, files, folder: '/data', changed: () => changes++ });
  pause.start();
  return pause;
}

test('AI works until somebody pauses it, and the pause is there after a restart', () => {
  const pause = open();
  expect([pause.isOn, pause.view]).toEqual([false, { paused: false }]);
  const since = clock.now();
  pause.pause('ada', 'wrong-results');
  pause.close();
  const again = open();
  expect(again.view).toEqual({
    paused: true,
    since,
    user: 'ada',
    reason: 'wrong-results',
    remindAt: since + remindMs,
  });
  again.resume();
  expect(open().isOn).toBe(false);
});

test('people are asked after half an hour and again, until somebody says that it is meant', () => {
  const pause = open();
  pause.pause('ada', 'maintenance');
  const since = clock.now();
  const after = () => {
    const before = changes;
    clock.advance(remindMs);
    return changes - before;
  };
  expect([after(), after(), after()]).toEqual([1, 1, 1]);
  pause.pause('bob', 'other');
  expect(pause.view).toMatchObject({
    since,
    user: 'ada',
    reason: 'maintenance',
    remindAt: clock.now() + remindMs,
  });
  pause.resume();
  expect(after()).toBe(0);
});

test('to set AI to work where it works is refused', () => {
  expect(() => open().resume()).toThrow('ACT_REFUSED');
});

test.each(['', '{"since":', '[1', '"x"'])(
  'a file that nobody can read means paused: %j',
  (text) => {
    files.replace('/data/ai-pause.json', text);
    expect(open().view).toMatchObject({ paused: true, user: '', reason: 'other' });
  },
);

test('a pause that cannot be written down is none', () => {
  const pause = open();
  const broken = Object.assign(files, {
    replace: () => {
      throw new Error('ENOSPC');
    },
  });
  expect(() => pause.pause('ada', 'other')).toThrow('ENOSPC');
  expect([pause.isOn, broken.exists('/data/ai-pause.json')]).toEqual([false, false]);
});
