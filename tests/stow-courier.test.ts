import { afterEach, describe, expect, it } from 'vitest';
import { ScansideError } from '../device/errors.ts';
import { ManualClock } from '../device/manual-clock.ts';
import type { CommitmentResult, Reference } from '../runtime/dicom/commitment.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import type { Link } from '../runtime/outbox/destination.ts';
import { createStowCourier, type StowDestination } from '../runtime/outbox/stow-courier.ts';
import { freePort } from './outside.ts';
import {
  type Scripted,
  type ScriptedServer,
  type Seen,
  startScripted,
} from './peers/scripted-server.ts';

// The archive here is a double that answers as a test says: no real one fails on command.

const best = { sopClassUid: '1.2.840.10008.5.1.4.1.1.88.34', sopInstanceUid: '2.25.34' };
const lower = { sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33', sopInstanceUid: '2.25.33' };
const unsayable = { sopClassUid: '1.2.840.10008.5.1.4.1.1.88.22', sopInstanceUid: '2.25.22' };
const study = '1.2.3';

const clock = new ManualClock();
let server: ScriptedServer | undefined;
let link: Link | undefined;
let reports: CommitmentResult[] = [];

afterEach(async () => {
  link?.abort();
  await server?.close();
  reports = [];
});

/** A link to a double; the object there is to send is `best` or `lower` or `unsayable`. */
async function open(
  script: (seen: Seen) => Scripted,
  more: Partial<StowDestination> = {},
): Promise<Link> {
  server = await startScripted(script);
  return connect({ url: `${server.url}/dicom-web`, ...more });
}

async function connect(more: Partial<StowDestination> & { url: string }): Promise<Link> {
  const to = { name: 'archive', timeoutMs: 1000, proved: true, ...more };
  const classes = [best, lower, unsayable].map(({ sopClassUid }) => sopClassUid);
  const courier = createStowCourier({
    clock,
    destinations: [{ sopClasses: classes, ...to }],
    forms: () => [best, lower, unsayable],
    convert(dataSet, sopClassUid) {
      if (sopClassUid === unsayable.sopClassUid)
        throw new ScansideError('CONTEXT_NOT_ACCEPTED', 'points in space');
      return Buffer.concat([dataSet, Buffer.from(sopClassUid)]);
    },
    load: () => ({
      ...best,
      transferSyntaxUid: explicitVrLittleEndian,
      dataSet: Buffer.from('data set'),
    }),
    refer: () => best,
    studyOf: () => study,
    reported: (result) => void reports.push(result),
  });
  return (link = await courier.open('archive'));
}

const values = (...all: unknown[]) => ({ vr: 'UI', Value: all });

/** A Store Instances Response about one instance. */
function answer(reference: Reference, reason?: number): Scripted {
  const named = { '00081155': values(reference.sopInstanceUid) };
  const body =
    reason === undefined
      ? { '00081199': values(named) }
      : { '00081198': values({ ...named, '00081197': values(reason) }) };
  return {
    status: reason === undefined ? 200 : 409,
    headers: { 'content-type': 'application/dicom+json' },
    body: JSON.stringify(body),
  };
}

/** What a search answers for the instances that an archive has. */
function found(...references: Reference[]): Scripted {
  const matches = references.map(({ sopClassUid, sopInstanceUid }) => ({
    '00080016': values(sopClassUid),
    '00080018': values(sopInstanceUid),
  }));
  return { headers: { 'content-type': 'application/dicom+json' }, body: JSON.stringify(matches) };
}

const isSearch = ({ method }: Seen) => method === 'GET';

/** The Part 10 file in a Store request. */
function fileIn({ headers, body }: Seen) {
  const boundary = /boundary=(\S+)$/.exec(headers['content-type'] ?? '')?.[1];
  const after = body.subarray(body.indexOf('\r\n\r\n') + 4);
  return readPart10(after.subarray(0, after.indexOf(`\r\n--${boundary}--`)));
}

describe('an object', () => {
  it('is posted as a Part 10 file, and the token is read for every request', async () => {
    const tokens = ['first', 'second'];
    const to = await open(() => answer(best), { token: () => tokens.shift()! });
    expect(await to.store(best.sopInstanceUid, best)).toEqual({ verdict: 'accepted' });
    await to.store(best.sopInstanceUid, best);
    const [seen, again] = server!.seen;
    expect(seen).toMatchObject({
      method: 'POST',
      path: '/dicom-web/studies',
      headers: { accept: 'application/dicom+json', authorization: 'Bearer first' },
    });
    expect(again?.headers.authorization).toBe('Bearer second');
    const { dataSet, transferSyntaxUid } = fileIn(seen!);
    expect([Buffer.from(dataSet).toString(), transferSyntaxUid]).toEqual([
      'data set',
      explicitVrLittleEndian,
    ]);
    expect(server!.connections()).toBe(1);
  });

  it('whose class is refused goes in its next form, and later ones begin with that', async () => {
    const to = await open(({ body }) =>
      body.includes(lower.sopInstanceUid) ? answer(lower) : answer(best, 0x0122),
    );
    expect(to.forms(best.sopInstanceUid)).toEqual([best, lower, unsayable]);
    expect(await to.store(best.sopInstanceUid, best)).toMatchObject({ verdict: 'form-refused' });
    expect(to.forms(best.sopInstanceUid)).toEqual([lower, unsayable, best]);
    expect(await to.store(best.sopInstanceUid, lower)).toEqual({ verdict: 'accepted' });
    expect(Buffer.from(fileIn(server!.seen[1]!).dataSet).toString()).toBe(
      `data set${lower.sopClassUid}`,
    );
  });

  it('that does not match its class says nothing of the others of that class', async () => {
    const to = await open(() => answer(best, 0xa900));
    expect(await to.store(best.sopInstanceUid, best)).toMatchObject({ verdict: 'form-refused' });
    expect(to.forms(best.sopInstanceUid)).toEqual([best, lower, unsayable]);
  });

  it('that cannot be said in a form is not sent in it', async () => {
    const to = await open(() => answer(unsayable));
    expect(await to.store(best.sopInstanceUid, unsayable)).toMatchObject({
      verdict: 'form-refused',
      detail: expect.stringContaining('points in space'),
    });
    expect(server!.seen).toEqual([]);
  });

  it('has no form that the site does not want', async () => {
    const to = await open(() => ({}), { sopClasses: [lower.sopClassUid] });
    expect(to.forms(best.sopInstanceUid)).toEqual([lower]);
    const none = await connect({ url: server!.url, sopClasses: [] });
    expect(() => none.forms(best.sopInstanceUid)).toThrow(/CONTEXT_NOT_ACCEPTED/);
  });

  it('waits as long as the archive asks, and so do the others', async () => {
    const to = await open(() => ({ status: 503, headers: { 'retry-after': '90' } }));
    const refused = { verdict: 'refused', detail: 'status 503' };
    expect(await to.store(best.sopInstanceUid, best)).toEqual({ ...refused, retryAfterMs: 90_000 });
    clock.advance(30_000);
    expect(await to.store(lower.sopInstanceUid, lower)).toEqual({
      ...refused,
      retryAfterMs: 60_000,
    });
    expect(server!.seen).toHaveLength(1);
    clock.advance(60_000);
    await to.store(best.sopInstanceUid, best);
    expect(server!.seen).toHaveLength(2);
  });
});

describe('an archive that does not let us in', () => {
  it('because it does not know us, ends the link: others would fare no better', async () => {
    const to = await open(() => ({ status: 401, body: 'Müller^Eva' }));
    const denied = { code: 'PEER_DENIED', message: expect.stringMatching(/archive: status 401$/) };
    await expect(to.store(best.sopInstanceUid, best)).rejects.toMatchObject(denied);
    await expect(to.requestCommitment('2.25.1', [best])).rejects.toMatchObject(denied);
  });

  it('or does not permit this object, says so to whoever reads it', async () => {
    const to = await open(() => ({ status: 403, body: 'Müller^Eva' }));
    expect(await to.store(best.sopInstanceUid, best)).toEqual({
      verdict: 'refused',
      detail: expect.stringMatching(/^status 403: .*administrator has to grant/),
    });
  });

  it('or is away, is unreachable', async () => {
    const to = await connect({ url: `http://127.0.0.1:${await freePort()}` });
    await expect(to.store(best.sopInstanceUid, best)).rejects.toMatchObject({
      code: 'PEER_UNREACHABLE',
    });
  });
});

describe('proof', () => {
  const transaction = '2.25.1';

  it('is a search that finds the instance in its study', async () => {
    const to = await open(() => found(lower, best));
    await to.requestCommitment(transaction, [best]);
    expect(reports).toEqual([{ transactionUid: transaction, stored: [best], failed: [] }]);
    expect(server!.seen[0]?.path).toBe(
      `/dicom-web/studies/${study}/instances?SOPInstanceUID=${best.sopInstanceUid}`,
    );
  });

  it('is not a search that finds something else: the instance has failed', async () => {
    const to = await open(() => found(lower));
    await to.requestCommitment(transaction, [best]);
    expect(reports).toEqual([
      { transactionUid: transaction, stored: [], failed: [{ ...best, reason: 0x0112 }] },
    ]);
  });

  it('of what was taken a moment ago may come late, once', async () => {
    const to = await open((seen) => (isSearch(seen) ? found(lower) : answer(best)));
    await to.store(best.sopInstanceUid, best);
    await to.requestCommitment(transaction, [best, lower]);
    await to.requestCommitment(transaction, [best]);
    expect(reports.map(({ stored, failed }) => [stored, failed.map((f) => f.reason)])).toEqual([
      [[lower], []],
      [[], [0x0112]],
    ]);
  });

  it('found before the link ended is reported', async () => {
    const to = await open(({ path }) =>
      path.endsWith(best.sopInstanceUid)
        ? found(best)
        : (response) => void response.socket?.destroy(),
    );
    await expect(to.requestCommitment(transaction, [best, lower])).rejects.toMatchObject({
      code: 'ASSOCIATION_ABORTED',
    });
    expect(reports).toEqual([{ transactionUid: transaction, stored: [best], failed: [] }]);
  });

  it('is left open where a search is not answered, and the others are reported all the same', async () => {
    const to = await open(({ path }) =>
      path.endsWith(best.sopInstanceUid) ? { status: 503 } : found(lower),
    );
    await expect(to.requestCommitment(transaction, [best, lower])).rejects.toMatchObject({
      code: 'COMMITMENT_REFUSED',
      message: expect.stringContaining('archive does not answer a search (QIDO-RS): status 503'),
    });
    expect(reports).toEqual([{ transactionUid: transaction, stored: [lower], failed: [] }]);
  });
});
