import { describe, expect, it } from 'vitest';

import {
  type CommitmentResult,
  decodeCommitmentRequest,
  decodeCommitmentResult,
  encodeCommitmentRequest,
  encodeCommitmentResult,
} from './commitment.ts';
import { explicitVrLittleEndian, implicitVrLittleEndian } from './transfer-syntax.ts';

const references = [
  { sopClassUid: '1.2.840.10008.5.1.4.1.1.2', sopInstanceUid: '2.25.1' },
  { sopClassUid: '1.2.840.10008.5.1.4.1.1.88.34', sopInstanceUid: '2.25.22' },
];

describe.each([implicitVrLittleEndian, explicitVrLittleEndian])('commitment in %s', (syntax) => {
  it('reads the request it wrote', () => {
    const bytes = encodeCommitmentRequest('2.25.9', references, syntax);
    expect(decodeCommitmentRequest(bytes, syntax)).toEqual({
      transactionUid: '2.25.9',
      references,
    });
  });

  it.each<[string, CommitmentResult]>([
    ['all stored', { transactionUid: '2.25.9', stored: references, failed: [] }],
    [
      'one failed',
      {
        transactionUid: '2.25.9',
        stored: [references[0]!],
        failed: [{ ...references[1]!, reason: 0x0112 }],
      },
    ],
    [
      'nothing stored',
      { transactionUid: '2.25.9', stored: [], failed: [{ ...references[1]!, reason: 0x0213 }] },
    ],
  ])('reads the result it wrote: %s', (_title, result) => {
    const bytes = encodeCommitmentResult(result, syntax);
    expect(decodeCommitmentResult(bytes, syntax)).toEqual(result);
  });

  it('reads five thousand references', () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({
      sopClassUid: references[0]!.sopClassUid,
      sopInstanceUid: `2.25.${index}`,
    }));
    const bytes = encodeCommitmentRequest('2.25.9', many, syntax);
    expect(decodeCommitmentRequest(bytes, syntax).references).toEqual(many);
  });

  it('refuses a request cut at any byte', () => {
    const bytes = encodeCommitmentRequest('2.25.9', references, syntax);
    const whole = decodeCommitmentRequest(bytes, syntax);
    for (let end = 0; end < bytes.length; end += 1)
      expect(outcome(() => decodeCommitmentRequest(bytes.subarray(0, end), syntax))).not.toEqual(
        whole,
      );
  });

  it('refuses a result without Transaction UID', () => {
    const bytes = encodeCommitmentResult(
      { transactionUid: '', stored: references, failed: [] },
      syntax,
    );
    expect(() => decodeCommitmentResult(bytes, syntax)).toThrow('DATA_SET_UNREADABLE');
  });
});

/** The result, or the error's code; anything but a ScansideError is let through. */
function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    expect(error).toMatchObject({ code: 'DATA_SET_UNREADABLE' });
    return 'refused';
  }
}
