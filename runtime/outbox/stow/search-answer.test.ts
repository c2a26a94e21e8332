import { expect, it } from 'vitest';
import { judgeSearchAnswer } from './search-answer.ts';

const sought = { sopClassUid: '1.2.840.10008.5.1.4.1.1.88.34', sopInstanceUid: '2.25.7' };

function judge(status: number, body: unknown) {
  const bytes = typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body);
  return judgeSearchAnswer({ status, headers: {}, body: Buffer.from(bytes) }, sought, 0);
}

function match(sopInstanceUid: string, sopClassUid?: string) {
  return {
    '00080018': { vr: 'UI', Value: [sopInstanceUid] },
    ...(sopClassUid !== undefined && { '00080016': { vr: 'UI', Value: [sopClassUid] } }),
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'DOE^EVA' }] },
  };
}

it('finds the instance among others, whether or not its class is told', () => {
  expect(judge(200, [match('2.25.8'), match('2.25.7', sought.sopClassUid)])).toEqual({
    of: 'found',
  });
  expect(judge(200, [match('2.25.7')])).toEqual({ of: 'found' });
});

it('finds it beside a name in another character set than the answer must have', () => {
  const name = Buffer.from('{"00100010":{"Value":[{"Alphabetic":"M\xfcller"}]},', 'latin1');
  const rest = JSON.stringify(match('2.25.7')).slice(1);
  const body = Buffer.concat([Buffer.from('['), name, Buffer.from(`${rest}]`)]);
  expect(judge(200, body)).toEqual({ of: 'found' });
});

it.each([
  [200, []],
  [200, [match('2.25.77')]],
  [200, [{ '00080018': { vr: 'UI' } }]],
  [200, [{}]],
  [204, ''],
  [404, 'no such study'],
])('does not find it under status %i in %j', (status, body) => {
  expect(judge(status, body)).toEqual({ of: 'missing', reason: 0x0112 });
});

it('does not take another class under the same UID for it', () => {
  expect(judge(200, [match('2.25.7', '1.2.840.10008.5.1.4.1.1.7')])).toEqual({
    of: 'missing',
    reason: 0x0119,
  });
});

it.each([
  [200, '<html></html>'],
  [200, ''],
  [200, { '00080018': { Value: ['2.25.7'] } }],
  [200, '[7]'],
  [403, ''],
  [501, ''],
  [503, 'DOE^EVA'],
])('proves nothing under status %i with %j, and repeats none of it', (status, body) => {
  const proof = judge(status, body);
  expect(proof).toMatchObject({ of: 'nothing' });
  expect(JSON.stringify(proof)).not.toContain('EVA');
});
