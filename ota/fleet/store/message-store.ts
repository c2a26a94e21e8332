import type { Message } from '../../mqtt/contract.ts';
import type { UpTopic } from '../../mqtt/topics.ts';
import { outcomeOf } from '../rollout/report-outcome.ts';
import type { Mode } from '../rollout/rollout.ts';
import { keepModelDays } from './model-day.ts';
import type { SqlSession } from './sql.ts';

/** What devices say to be kept, by topic. Requests for parts of files are answered and not kept. */
export type DeviceMessage = { device: string } & (
  | { topic: 'birth'; message: Message<'birth'> }
  | { topic: 'lwt'; message: Message<'lwt'> }
  | { topic: 'state'; message: Message<'state'> }
  | { topic: 'telemetry'; message: Message<'telemetry'> }
  | { topic: 'summary'; message: Message<'summary'> }
  | { topic: 'event'; message: Message<'event'> }
  | { topic: 'audit'; message: Message<'audit-checkpoint'> }
  | { topic: 'ota'; message: Message<'ota-report'> }
  | { topic: 'reply'; message: Message<'command-reply'> }
);

/** Messages that come from a device’s queue, and so bear numbers. */
type Numbered = Extract<DeviceMessage, { message: { seq: number } }>;

/** Rows of one statement; SQLite’s and PostgreSQL’s limits for parameters are far above. */
const rowsAtOnce = 50;

/**
 * Keeps messages in a transaction; a message that was kept before, by whichever service, is left out. Returns how many
 * were new. `now`: milliseconds since 1970 UTC.
 */
export async function keepMessages(
  session: SqlSession,
  batch: readonly DeviceMessage[],
  now: number,
): Promise<number> {
  const fresh = await insertNumbered(session, batch.filter(isNumbered), now);
  await touchDevices(session, batch, fresh, now);
  const presence = batch.filter((each) => !isNumbered(each));
  for (const each of presence) await keepPresence(session, each);
  for (const each of fresh) if (each.topic === 'ota') await keepReport(session, each);
  const days = fresh.filter((each) => each.topic === 'summary');
  await keepModelDays(session, days);
  return fresh.length + presence.length;
}

function isNumbered(each: DeviceMessage): each is Numbered {
  return 'seq' in each.message;
}

async function insertNumbered(
  session: SqlSession,
  batch: readonly Numbered[],
  now: number,
): Promise<Numbered[]> {
  const byKey = new Map(batch.map((each) => [keyOf(each.device, each.message), each]));
  const sorted = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
  const fresh: Numbered[] = [];
  for (const part of parts(sorted)) {
    const values = part.flatMap(({ device, topic, message }) => [
      device,
      message.stream,
      message.seq,
      topic,
      message.at,
      now,
      JSON.stringify(message),
    ]);
    const text = `INSERT INTO messages (device, stream, seq, kind, sent, stored, body) VALUES ${places(part.length, 7)}
      ON CONFLICT DO NOTHING RETURNING device, stream, seq`;
    for (const row of await session.rows(text, values))
      fresh.push(byKey.get(keyOf(String(row['device']), row as { stream: string; seq: number }))!);
  }
  return fresh.sort((a, b) => a.message.seq - b.message.seq);
}

function keyOf(device: string, { stream, seq }: { stream: string; seq: number }): string {
  return `${device} ${stream} ${seq}`;
}

/** Every device that has said something is known from now on. Sorted, so that two services never wait for each other. */
async function touchDevices(
  session: SqlSession,
  batch: readonly DeviceMessage[],
  fresh: readonly Numbered[],
  now: number,
): Promise<void> {
  const rows = new Map<string, { seen: number; at: number; telemetry: string }>();
  for (const { device, topic } of batch) {
    const row = rows.get(device) ?? { seen: 0, at: 0, telemetry: '' };
    rows.set(device, topic === 'lwt' ? row : { ...row, seen: now });
  }
  for (const { device, topic, message } of fresh)
    if (topic === 'telemetry' && message.at >= rows.get(device)!.at)
      rows.set(device, { seen: now, at: message.at, telemetry: JSON.stringify(message) });
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const part of parts(sorted)) {
    const values = part.flatMap(([device, row]) => [device, row.seen, row.at, row.telemetry]);
    await session.change(
      `INSERT INTO devices (id, seen, telemetry_at, telemetry) VALUES ${places(part.length, 4)}
       ON CONFLICT (id) DO UPDATE SET
         seen = CASE WHEN excluded.seen > devices.seen THEN excluded.seen ELSE devices.seen END,
         telemetry = CASE WHEN excluded.telemetry_at > devices.telemetry_at
           THEN excluded.telemetry ELSE devices.telemetry END,
         telemetry_at = CASE WHEN excluded.telemetry_at > devices.telemetry_at
           THEN excluded.telemetry_at ELSE devices.telemetry_at END`,
      values,
    );
  }
}

async function keepPresence(session: SqlSession, { device, topic, message }: DeviceMessage) {
  if (topic === 'birth') {
    const { bdSeq, at, models, ...more } = message;
    await session.change(
      `UPDATE devices SET bd_seq = $2, birth_at = $3, birth = $4, connected = 1 WHERE id = $1 AND birth_at <= $3`,
      [device, bdSeq, at, JSON.stringify(more)],
    );
    await keepModels(session, device, models, at);
  }
  if (topic === 'state') await keepModels(session, device, message.models, message.at);
  if (topic === 'lwt')
    await session.change(`UPDATE devices SET connected = 0 WHERE id = $1 AND bd_seq <= $2`, [
      device,
      message.bdSeq,
    ]);
}

async function keepModels(session: SqlSession, device: string, models: unknown[], at: number) {
  await session.change(
    `UPDATE devices SET models = $2, state_at = $3 WHERE id = $1 AND state_at <= $3`,
    [device, JSON.stringify(models), at],
  );
}

/** What the update agent reports counts for the rollout that had issued the assignment. */
async function keepReport(
  session: SqlSession,
  { device, message }: Extract<Numbered, { topic: 'ota' }>,
): Promise<void> {
  const [issued] = await session.rows(
    `SELECT i.rollout, i.mode, d.seq FROM issued i JOIN desired d ON d.device = i.device
     WHERE i.device = $1 AND i.seq = $2`,
    [device, message.assignment],
  );
  if (!issued) return;
  const outcome = outcomeOf(issued['mode'] as Mode, message.state);
  const isOld = issued['seq'] !== message.assignment;
  await session.change(
    `UPDATE items SET step = $3, code = $4, reported = $5 WHERE rollout = $1 AND device = $2 AND reported <= $5`,
    [issued['rollout']!, device, message.state, message.code ?? message.reason ?? '', message.at],
  );
  // A device that failed at what it is no longer told may still succeed at what it is told now.
  if (!outcome || (outcome === 'failed' && isOld)) return;
  await session.change(
    `UPDATE items SET state = $3 WHERE rollout = $1 AND device = $2 AND reported <= $4
     AND state IN ('assigned', 'committed', 'failed')`,
    [issued['rollout']!, device, outcome, message.at],
  );
}

function* parts<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) yield rows.slice(at, at + rowsAtOnce);
}

function places(rows: number, columns: number): string {
  const row = (at: number) =>
    `(${Array.from({ length: columns }, (_, column) => `$${at * columns + column + 1}`).join(', ')})`;
  return Array.from({ length: rows }, (_, at) => row(at)).join(', ');
}

/** Topics whose messages are kept. */
export const keptTopics: readonly UpTopic[] = [
  'birth',
  'lwt',
  'state',
  'telemetry',
  'summary',
  'event',
  'audit',
  'ota',
  'reply',
];
