import { describe, expect, it } from 'vitest';
import { readOutcome, readTransaction, shortfallOf, withoutTexts } from './fhir-answer.ts';

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

const outcome = (...issue: object[]) => ({ resourceType: 'OperationOutcome', issue });
const response = (...all: object[]) => ({
  resourceType: 'Bundle',
  type: 'transaction-response',
  entry: all.map((each) => ({ response: each })),
});
const created = { status: '201 Created', location: 'Device/1/_history/1' };

describe('the answer to a transaction', () => {
  it.each([
    ['created', [created, created]],
    ['there already', [{ status: '200' }, { status: '200 OK', location: 'Device/1' }]],
    ['created, the status alone', [created, { status: '201', location: 'Observation/2' }]],
  ])('proves what it tells of: %s', (_, entries) => {
    expect(shortfallOf(bytes(response(...entries)), 2)).toBe('');
  });

  it.each<[string, unknown, RegExp]>([
    ['fewer', response(created), /^the answer tells of 1 of 2 resources$/],
    ['more', response(created, created, created), /3 of 2/],
    ['no place', response(created, { status: '201 Created' }), /^resource 2: status 201 Created$/],
    [
      'a refusal',
      response(
        { status: '422', outcome: outcome({ severity: 'error', code: 'invalid' }) },
        created,
      ),
      /^resource 1: status 422: invalid$/,
    ],
    ['a status that only begins so', response(created, { status: '2010' }), /status 2010/],
    ['accepted, later', response(created, { status: '202 Accepted' }), /status 202/],
    ['a batch', { ...response(created, created), type: 'batch-response' }, /no response/],
    ['another resource', outcome(), /no response/],
    ['no entry', { resourceType: 'Bundle', type: 'transaction-response' }, /0 of 2/],
    ['nothing', null, /no response/],
  ])('proves nothing with %s', (_, answer, expected) => {
    expect(shortfallOf(bytes(answer), 2)).toMatch(expected);
  });

  it.each(['', '{', '<html>', '\u0000'])('proves nothing where it is no JSON: %j', (text) => {
    expect(shortfallOf(Buffer.from(text), 2)).toContain('no response to a transaction');
    expect(readOutcome(Buffer.from(text))).toBe('');
  });
});

describe('the words of a server', () => {
  it.each<[string, object, string]>([
    [
      'everything that helps',
      {
        severity: 'error',
        code: 'invariant',
        expression: ['Observation.value'],
        details: { text: 'no value' },
        diagnostics: 'rule obs-6',
      },
      'invariant: Observation.value: no value: rule obs-6',
    ],
    [
      'a code in place of a text',
      { severity: 'fatal', code: 'security', details: { coding: [{ code: 'MSG_AUTH' }] } },
      'security: MSG_AUTH',
    ],
    ['no more than a kind', { severity: 'error', code: 'duplicate' }, 'duplicate'],
  ])('%s', (_, issue, expected) => {
    const hint = { severity: 'information', code: 'informational' };
    expect(readOutcome(bytes(outcome(hint, issue)))).toBe(expected);
  });

  it.each([outcome(), {}, { resourceType: 'OperationOutcome', issue: 'x' }, [], 7])(
    'none: %j',
    (answer) => {
      expect(readOutcome(bytes(answer))).toBe('');
    },
  );
});

it('finds in what we send how much it is and whom it names', () => {
  const subject = { identifier: { value: 'P1' } };
  const sent = {
    entry: [
      { resource: { resourceType: 'Device' } },
      { resource: { subject } },
      { resource: { subject, basedOn: [{ identifier: { value: 'A1' } }] } },
    ],
  };
  expect(readTransaction(bytes(sent))).toEqual({ entries: 3, identifying: ['P1', 'A1'] });
});

it('leaves the patient out of another’s words', () => {
  const words = 'no Patient?identifier=P1 for order A1, P1';
  expect(withoutTexts(words, ['P1', 'A1', ''])).toBe(
    'no Patient?identifier=*** for order ***, ***',
  );
});
