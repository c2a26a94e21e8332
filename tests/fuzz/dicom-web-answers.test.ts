import { expect, it } from 'vitest';
import { judgeSearchAnswer } from '../../runtime/outbox/stow/search-answer.ts';
import { judgeStoreAnswer } from '../../runtime/outbox/stow/store-answer.ts';
import { Random } from '../random-pdu.ts';
import { mutateBytes } from './mutation.ts';

const sent = { sopClassUid: '1.2.840.10008.5.1.4.1.1.88.34', sopInstanceUid: '2.25.4711' };
const headers = { 'content-type': 'application/dicom+json' };
const rounds = 20_000;

const values = (vr: string, ...all: unknown[]) => ({ vr, Value: all });
const named = { '00081155': values('UI', sent.sopInstanceUid) };
const seeds = [
  { '00081198': { vr: 'SQ' }, '00081199': values('SQ', named) },
  { '00081198': values('SQ', { ...named, '00081197': values('US', 0xa900) }) },
  [{ '00080016': values('UI', sent.sopClassUid), '00080018': values('UI', sent.sopInstanceUid) }],
].map((answer) => Buffer.from(JSON.stringify(answer)));

/** Answers with faults of all kinds; always the same. */
function* faultyAnswers(seed: number): Generator<Buffer> {
  const random = new Random(seed);
  for (let round = 0; round < rounds; round++) yield mutateBytes(random.pick(seeds), random);
}

it('no answer to a Store request is taken for stored that does not name the object as stored', () => {
  const verdicts = new Set<string>();
  for (const body of faultyAnswers(71)) {
    const { verdict } = judgeStoreAnswer({ status: 200, headers, body }, sent, {
      proved: true,
      now: 0,
    });
    verdicts.add(verdict);
    if (verdict !== 'accepted' || body.length === 0) continue;
    expect(body.toString('latin1')).toMatch(/"00081199".*"00081155".*"2\.25\.4711"/s);
  }
  expect([...verdicts].sort()).toEqual(['accepted', 'form-refused', 'refused']);
});

it('no answer to a search proves an object that it does not name', () => {
  const proofs = new Set<string>();
  for (const body of faultyAnswers(72)) {
    const proof = judgeSearchAnswer({ status: 200, headers, body }, sent, 0);
    proofs.add(proof.of);
    if (proof.of === 'found') expect(body.toString('latin1')).toMatch(/"00080018".*"2\.25\.4711"/s);
  }
  expect([...proofs].sort()).toEqual(['found', 'missing', 'nothing']);
});
