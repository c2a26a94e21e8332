import { describe, expect, it } from 'vitest';
import { judgeStoreAnswer } from './store-answer.ts';

const sent = { sopClassUid: '1.2.840.10008.5.1.4.1.1.88.34', sopInstanceUid: '2.25.7' };
const json = { 'content-type': 'application/dicom+json; charset=utf-8' };

/** An item about one instance, in the DICOM JSON Model. */
function item(uid: string | undefined, reason?: number | string) {
  return {
    ...(uid !== undefined && { '00081155': { vr: 'UI', Value: [uid] } }),
    ...(reason !== undefined && { '00081197': { vr: 'US', Value: [reason] } }),
  };
}

const sequence = (...items: object[]) => ({ vr: 'SQ', Value: items });
const failed = (reason?: number | string, uid: string | undefined = sent.sopInstanceUid) => ({
  '00081198': sequence(item(uid, reason)),
});
const stored = (uid = sent.sopInstanceUid) => ({ '00081199': sequence(item(uid)) });

function judge(
  status: number,
  body: unknown,
  { headers = json, proved = false }: { headers?: Record<string, string>; proved?: boolean } = {},
) {
  const bytes = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = { status, headers, body: Buffer.from(bytes) };
  return judgeStoreAnswer(answer, sent, { proved, now: 0 });
}

describe('an instance', () => {
  it.each([
    [200, stored()],
    [200, [stored()]],
    [202, stored()],
    [409, stored()],
    // A warning (0008,1196): coercion of data elements.
    [202, { '00081199': sequence({ ...item('2.25.7'), '00081196': { Value: [0xb000] } }) }],
  ])('named as stored under status %i is accepted: %j', (status, body) => {
    expect(judge(status, body)).toEqual({ verdict: 'accepted' });
  });

  it.each([
    [0x0110, 'refused'],
    [0xa700, 'refused'],
    [0x0122, 'form-refused'],
    [0xa900, 'form-refused'],
    [0xc000, 'form-refused'],
    [0xc122, 'form-refused'],
    // No failure reason at all, although it stands for one.
    [0xb000, 'refused'],
    [0x0000, 'refused'],
  ])('that failed with reason %i has the verdict of C-STORE: %s', (reason, verdict) => {
    for (const status of [200, 202, 400, 409])
      expect(judge(status, failed(reason))).toMatchObject({
        verdict,
        detail: `status ${status}: failure reason 0x${reason.toString(16).padStart(4, '0')}`,
      });
  });

  it('that failed speaks for its SOP class only where that is the reason', () => {
    expect(judge(409, failed(0x0122))).toMatchObject({ classRefused: true });
    expect(judge(409, failed(0xa900))).toMatchObject({ classRefused: false });
  });

  it('that failed and is named as stored too has failed', () => {
    expect(judge(200, { ...stored(), ...failed(0x0110) })).toMatchObject({ verdict: 'refused' });
  });

  it('that failed without a reason, or with a reason as a text', () => {
    expect(judge(409, failed())).toEqual({
      verdict: 'refused',
      detail: 'status 409: failed, without a reason',
    });
    expect(judge(409, failed('290'))).toMatchObject({ verdict: 'form-refused' });
  });

  it('is the one that failed where the failure names none', () => {
    expect(judge(409, { '00081198': sequence(item(undefined, 0xa900)) })).toMatchObject({
      verdict: 'form-refused',
    });
    expect(judge(409, { '0008119A': sequence(item(undefined, 0xa700)) })).toMatchObject({
      verdict: 'refused',
      detail: expect.stringContaining('0xa700'),
    });
  });

  it('is not the one that another item names', () => {
    expect(judge(200, { ...stored(), ...failed(0xa700, '2.25.8') })).toEqual({
      verdict: 'accepted',
    });
    for (const body of [stored('2.25.8'), {}, { error: 'none' }])
      expect(judge(200, body, { proved: true })).toEqual({
        verdict: 'refused',
        detail: 'status 200: the answer does not name the instance',
      });
  });
});

describe('an answer that says nothing of the instance', () => {
  const xml = { 'content-type': 'application/dicom+xml' };

  it('means what its status means: 200 is all stored', () => {
    for (const headers of [json, xml])
      expect(judge(200, headers === json ? '' : '<x/>', { headers })).toEqual({
        verdict: 'accepted',
      });
  });

  it('with 202 is believed only where a search proves it', () => {
    expect(judge(202, '', { proved: true })).toEqual({ verdict: 'accepted' });
    expect(judge(202, '')).toEqual({
      verdict: 'refused',
      detail: 'status 202: nothing is said of the instance',
    });
    expect(judge(202, '<x/>', { headers: xml })).toMatchObject({
      detail: expect.stringContaining('application/dicom+xml was not asked for'),
    });
  });

  it('with 409 is a refusal that says why there is no reason', () => {
    expect(judge(409, '<x/>', { headers: xml })).toMatchObject({
      verdict: 'refused',
      detail: expect.stringMatching(/^status 409: the reasons are not read/),
    });
  });

  it('is never taken from a page that a proxy puts in the way', () => {
    for (const proved of [true, false])
      expect(
        judge(200, '<html>Sign in</html>', { headers: { 'content-type': 'text/html' }, proved }),
      ).toEqual({
        verdict: 'refused',
        detail: 'status 200: the answer is none to a Store transaction: check the address',
      });
  });
});

describe('what has no form of its own', () => {
  it.each(['{', 'null', '7', '[1]', '[{},{}]', '{"00081199":7}', '{"00081199":{"Value":[null]}}'])(
    '%s is no answer',
    (body) => expect(judge(200, body, { proved: true })).toMatchObject({ verdict: 'refused' }),
  );

  it('is refused however deep it is', () => {
    const deep = '['.repeat(500_000) + ']'.repeat(500_000);
    expect(judge(200, deep)).toMatchObject({ verdict: 'refused' });
  });
});

describe('other statuses', () => {
  it('mean what they mean anywhere, whatever the payload says', () => {
    expect(judge(503, stored(), { headers: { ...json, 'retry-after': '120' } })).toEqual({
      verdict: 'refused',
      detail: 'status 503',
      retryAfterMs: 120_000,
    });
    expect(judge(429, '', { headers: { 'retry-after': '5' } })).toMatchObject({
      retryAfterMs: 5000,
    });
    expect(judge(404, 'gone')).toMatchObject({ detail: expect.stringContaining('address') });
    expect(judge(415, '')).toMatchObject({ verdict: 'refused' });
  });

  it('give no word of the peer’s text: it may name the patient', () => {
    for (const status of [200, 400, 409, 500])
      expect(JSON.stringify(judge(status, 'MÜLLER^EVA'))).not.toContain('EVA');
  });
});
