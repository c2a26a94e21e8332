import { randomUUID } from 'node:crypto';
import { type Scripted, type ScriptedServer, type Seen, startScripted } from './scripted-server.ts';

interface Identified {
  resourceType: string;
  identifier: { system: string; value: string }[];
}

interface Entry {
  fullUrl: string;
  resource: Identified;
  request: { method: string; url: string; ifNoneExist: string };
}

/**
 * A double of a FHIR R4 server, written by us from the specification: it knows transactions of conditional creates
 * (http, 3.1.0.8.1 and 3.1.0.11.2) and nothing else. All of a transaction is taken, or nothing.
 */
export interface FhirDouble {
  url: string;
  seen: Seen[];
  /** Resources by type and id, references among them resolved. */
  stored: Map<string, Identified>;
  /** Answers that come before the transaction is even read, one for each request, until there are no more. */
  refusals: Scripted[];
  /** Whether a transaction is carried out and its answer lost. */
  loses: boolean;
  close(): Promise<void>;
}

const headers = { 'content-type': 'application/fhir+json' };

const answer = (status: number, body: object): Scripted => ({
  status,
  headers,
  body: JSON.stringify(body),
});

export function outcomeOf(code: string, diagnostics: string) {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics }] };
}

/** The id of the one resource that a search by identifier finds; throws where it finds several. */
function findOne(stored: FhirDouble['stored'], type: string, search: string): string | undefined {
  const [, system, value] = /^identifier=([^|]+)\|(.+)$/.exec(search) ?? [];
  const found = [...stored].filter(
    ([place, { identifier }]) =>
      place.startsWith(`${type}/`) &&
      identifier.some((each) => each.system === system && each.value === value),
  );
  if (found.length > 1) throw new Error('several match');
  return found[0]?.[0];
}

function carryOut(stored: FhirDouble['stored'], entries: Entry[]): Scripted {
  const known = entries.map(({ request }) => findOne(stored, request.url, request.ifNoneExist));
  const places = entries.map(({ request }, at) => known[at] ?? `${request.url}/${randomUUID()}`);
  const resolved = entries.reduce(
    (text, { fullUrl }, at) =>
      text.replaceAll(`"reference":"${fullUrl}"`, `"reference":"${places[at]}"`),
    JSON.stringify(entries),
  );
  for (const [at, { resource }] of (JSON.parse(resolved) as Entry[]).entries())
    if (!known[at]) stored.set(places[at]!, resource);
  const entry = places.map((place, at) => ({
    response: { status: known[at] ? '200 OK' : '201 Created', location: `${place}/_history/1` },
  }));
  return answer(200, { resourceType: 'Bundle', type: 'transaction-response', entry });
}

function take(double: FhirDouble, { method, path, headers: asked, body }: Seen): Scripted {
  const refusal = double.refusals.shift();
  if (refusal) return refusal;
  if (method !== 'POST' || path !== '/r4') return answer(404, outcomeOf('not-found', path));
  if (!asked['content-type']?.startsWith('application/fhir+json'))
    return answer(415, outcomeOf('not-supported', 'content type'));
  const bundle = JSON.parse(body.toString('utf8'));
  if (bundle.resourceType !== 'Bundle' || bundle.type !== 'transaction')
    return answer(400, outcomeOf('invalid', 'no transaction'));
  const told = carryOut(double.stored, bundle.entry);
  return double.loses ? (response) => response.socket?.destroy() : told;
}

export async function startFhirDouble(): Promise<FhirDouble> {
  const parts = { stored: new Map(), refusals: [], loses: false };
  let server: ScriptedServer;
  const double: FhirDouble = { ...parts, url: '', seen: [], close: () => server.close() };
  server = await startScripted((seen) => take(double, seen));
  return Object.assign(double, { url: `${server.url}/r4`, seen: server.seen });
}
