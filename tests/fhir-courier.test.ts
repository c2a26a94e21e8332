import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reportCases } from '../demo/report-case.ts';
import { reportSample } from '../demo/report-sample.ts';
import { ManualClock } from '../device/manual-clock.ts';
import type { Attempt, Link } from '../runtime/outbox/destination.ts';
import { createFhirCourier } from '../runtime/outbox/fhir-courier.ts';
import { buildTransaction } from '../runtime/report/fhir/transaction.ts';
import { buildReport } from '../runtime/report/report.ts';
import { sampleManifest } from './fixtures/manifest.ts';
import { freePort } from './outside.ts';
import { type FhirDouble, outcomeOf, startFhirDouble } from './peers/fhir-double.ts';
import type { Scripted } from './peers/scripted-server.ts';

const clock = new ManualClock();
const systems = { patientByIssuer: { HOSPITAL: 'urn:oid:1.2.3' }, accession: 'urn:oid:1.2.4' };

/** Results by the UID of their SR. */
const results = new Map(
  Object.keys(reportCases).map((outcome) => {
    const stratum = { outcome, modality: 'CR', characterSet: 'ISO_IR 192' };
    const { request } = reportSample(sampleManifest, stratum, 2);
    const report = buildReport(request);
    return [report.sopInstanceUid, buildTransaction({ ...request, report }, systems)];
  }),
);
const [first = ''] = results.keys();
const sopClassUid = '1.2.840.10008.5.1.4.1.1.88.34';

let server: FhirDouble;
let link: Link;

async function open(url: string): Promise<Link> {
  const courier = createFhirCourier({
    clock,
    destinations: [{ name: 'EHR', url, timeoutMs: 1000, token: () => 'secret' }],
    load: (uid) => results.get(uid)!,
    refer: (sopInstanceUid) => ({ sopClassUid, sopInstanceUid }),
  });
  return courier.open('EHR');
}

function send(uid: string): Promise<Attempt> {
  const [form] = link.forms(uid);
  return link.store(uid, form!);
}

beforeEach(async () => {
  server = await startFhirDouble();
  link = await open(server.url);
});
afterEach(async () => {
  await link.release();
  await server.close();
});

describe('results at a double of a FHIR server', () => {
  it('arrive, every case of them', async () => {
    for (const uid of results.keys()) expect(await send(uid)).toEqual({ verdict: 'accepted' });
    const types = Map.groupBy(server.stored.keys(), (place) => place.split('/')[0]);
    expect(types.get('DiagnosticReport')).toHaveLength(results.size);
    expect(types.get('Observation')).toHaveLength(2 * (results.size - 1));
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer secret',
      accept: 'application/fhir+json',
    });
  });

  it('refer to each other as the server has called them', async () => {
    await send(first);
    const text = JSON.stringify([...server.stored.values()]);
    const references = [...text.matchAll(/"reference":"([^"]+)"/g)].map(([, to]) => to!);
    expect(references).toHaveLength(4);
    expect(references.filter((place) => !server.stored.has(place))).toEqual([]);
  });

  it('are there once however often they are sent, also after answers that were lost', async () => {
    server.loses = true;
    await expect(send(first)).rejects.toMatchObject({ code: 'ASSOCIATION_ABORTED' });
    server.loses = false;
    const before = structuredClone([...server.stored]);
    expect(before).toHaveLength(4);
    for (let round = 0; round < 20; round++)
      expect(await send(first)).toEqual({ verdict: 'accepted' });
    expect([...server.stored]).toEqual(before);
  });

  it('have one Device for all of a model version', async () => {
    for (const uid of results.keys()) await send(uid);
    const devices = [...server.stored.keys()].filter((place) => place.startsWith('Device/'));
    // The model, the second and the newer one, and the device itself.
    expect(devices).toHaveLength(4);
  });
});

describe('a server that does not take it', () => {
  const said = (status: number, code: string, headers = {}): Scripted => ({
    status,
    headers,
    body: JSON.stringify(outcomeOf(code, 'no Patient?identifier=PID-0002 for ACC2')),
  });

  it.each<[string, Scripted, object]>([
    ['is busy', said(429, 'throttled', { 'retry-after': '9' }), { retryAfterMs: 9000 }],
    [
      'is down',
      { status: 503, body: '<html>', headers: { 'retry-after': '1' } },
      { retryAfterMs: 1000 },
    ],
    ['does not know us', said(401, 'login'), { detail: expect.stringContaining('token') }],
    ['does not permit it', said(403, 'forbidden'), { detail: expect.stringContaining('right') }],
    ['has another address', said(404, 'not-found'), { detail: expect.stringContaining('address') }],
    [
      'finds it wrong',
      said(422, 'processing'),
      { detail: 'status 422: processing: no Patient?identifier=*** for ***' },
    ],
    [
      'finds it twice',
      said(412, 'multiple-matches'),
      { detail: expect.stringMatching('^status 412: multiple') },
    ],
    [
      'takes it and does not say so',
      { status: 204 },
      { detail: expect.stringContaining('no response') },
    ],
    ['is another server', { body: '<html>' }, { detail: expect.stringContaining('no response') }],
    [
      'has moved',
      { status: 308, headers: { location: '/' } },
      { detail: expect.stringContaining('moved') },
    ],
  ])('%s', async (_, refusal, expected) => {
    server.refusals.push(refusal);
    const attempt = await send(first);
    expect(attempt).toEqual({ verdict: 'refused', detail: expect.any(String), ...expected });
    expect(JSON.stringify(attempt)).not.toMatch(/PID-0002|ACC2/);
    expect(server.stored.size).toBe(0);
    expect(await send(first)).toEqual({ verdict: 'accepted' });
  });

  it('is not there', async () => {
    const away = await open(`http://127.0.0.1:${await freePort()}/r4`);
    await expect(away.store(first, away.forms(first)[0]!)).rejects.toMatchObject({
      code: 'PEER_UNREACHABLE',
    });
    away.abort();
  });
});

it('has no destination that nobody configured', async () => {
  const options = { clock, destinations: [], load: () => Buffer.alloc(0) };
  const courier = createFhirCourier({
    ...options,
    refer: () => ({ sopClassUid, sopInstanceUid: '1' }),
  });
  await expect(courier.open('EHR')).rejects.toMatchObject({ code: 'INTERNAL' });
});
