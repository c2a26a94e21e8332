import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Viewers } from './viewers.ts';

describe('Viewers', () => {
  it('drops the one that does not read before it holds more than its limit', () => {
    const stuck = new Writable({ write: () => undefined });
    const reading = new PassThrough().resume();
    const viewers = new Viewers<string>(1000);
    viewers.add(stuck, 'stuck');
    viewers.add(reading, 'reading');
    const held: number[] = [];
    for (let i = 0; i < 50; i += 1) {
      viewers.sendAll(() => 'é'.repeat(50));
      held.push(stuck.writableLength);
      reading.read();
    }
    expect(stuck.destroyed).toBe(true);
    expect(Math.max(...held)).toBeLessThanOrEqual(1000);
    expect(reading.destroyed).toBe(false);
    expect(viewers.count).toBe(1);
  });

  it('forgets one that has left', async () => {
    const viewers = new Viewers<string>(1000);
    const stream = new PassThrough();
    viewers.add(stream, '');
    const closed = new Promise((resolve) => stream.on('close', resolve));
    stream.destroy(new Error('gone'));
    await closed;
    expect(viewers.count).toBe(0);
  });
});
