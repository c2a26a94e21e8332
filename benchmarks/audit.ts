import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3-multiple-ciphers';
import type { AuditEvent } from '../audit/event.ts';
import { readLog } from '../audit/frame-reader.ts';
import { AuditLog } from '../audit/log.ts';
import { verifyLog } from '../audit/verify.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { keysOf } from '../device/keys.ts';
import { countOf } from './count.ts';
import { markdownTable } from './document.ts';
import { describeLimit, format, type Limit, median, verdict } from './figures.ts';
import { describeLoad, readLoad } from './machine.ts';
import { writeReport } from './report.ts';
import { requireSpace } from './space.ts';

export const auditUsage = `audit: durable records a second, beside rows of plain SQLite with synchronous=FULL; then a log is verified
  --records N               records of each way in each repeat (default 20000)
  --writers N               who record at once, each waiting for its own record (default 1000)
  --repeats N               of everything, taking turns; the median counts (default 3)
  --offline N               records of the log that is verified (default 6048000: 7 days at 10 a second)
  --folder PATH             where to write (default: the folder for temporary files)
  --dry                     print, and leave benchmarks/README.md as it is`;

interface Options {
  records: number;
  writers: number;
  repeats: number;
  offline: number;
  folder: string;
  dry: boolean;
}

const durableLimit: Limit = { atLeast: 5000 };
const quota = 4 * 2 ** 30;
/** SQLite with a transaction for each row is slow: a part of the records is enough to see it. */
const singlesShare = 0.1;

export async function audit(args: string[]): Promise<void> {
  const options = readOptions(args);
  requireSpace(options.folder, 2 * quota);
  const folder = mkdtempSync(join(options.folder, 'scanside-audit-'));
  const load = readLoad();
  try {
    const speed = await measureSpeed(folder, options);
    const kept = await measureOffline(join(folder, 'offline'), options.offline);
    const notes = `${options.writers} writers, ${options.records} records, median of ${options.repeats}; ${describeLoad(load, readLoad())}.`;
    writeReport('audit', `${notes}\n\n${speed}\n\n${kept}`, { folder, dry: options.dry });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      records: { type: 'string', default: '20000' },
      writers: { type: 'string', default: '1000' },
      repeats: { type: 'string', default: '3' },
      offline: { type: 'string', default: '6048000' },
      folder: { type: 'string', default: tmpdir() },
      dry: { type: 'boolean', default: false },
    },
  });
  return {
    records: countOf('--records', values.records),
    writers: countOf('--writers', values.writers),
    repeats: countOf('--repeats', values.repeats),
    offline: countOf('--offline', values.offline),
    folder: values.folder,
    dry: values.dry,
  };
}

/** What a receiver records of one association. */
function eventOf(number: number): AuditEvent {
  const studyUid = `1.2.826.0.1.3680043.10.1561.${number}`;
  const fields = { source: 'CT1', address: '192.0.2.17', protocol: 'dicom', studyUid };
  const sopClassUids = ['1.2.840.10008.5.1.4.1.1.2'];
  return {
    name: 'instances-received',
    outcome: 0,
    fields: { ...fields, sopClassUids, instances: 300, patientId: `P${number}` },
  };
}

async function measureSpeed(folder: string, options: Options): Promise<string> {
  const { records, writers, repeats } = options;
  const ways = {
    'audit log, group commit': (path: string) => writeLog(path, records, writers),
    'SQLite FULL, a transaction for each row': (path: string) =>
      writeRows(path, Math.ceil(records * singlesShare), 1),
    'SQLite FULL, a transaction for 50 rows': (path: string) => writeRows(path, records, 50),
  };
  const rates = Object.keys(ways).map((): number[] => []);
  for (let repeat = 0; repeat < repeats; repeat++)
    for (const [at, way] of Object.values(ways).entries())
      rates[at]!.push(await way(join(folder, `${repeat}-${at}`)));
  const rows = Object.keys(ways).map((name, at) => {
    const rate = median(rates[at]!);
    const judged = at === 0 ? [describeLimit(durableLimit), verdict(rate, durableLimit)] : ['', ''];
    return [name, format(rate, 0), format(1e6 / rate, 1), ...judged];
  });
  return markdownTable(['durable records', 'records/s', 'µs/record', 'goal', ''], rows);
}

/** Durable records a second, when every writer waits for its record before it records the next. */
async function writeLog(path: string, records: number, writers: number): Promise<number> {
  const log = await openLog(path);
  const start = performance.now();
  await recordAll(log, records, writers);
  const seconds = (performance.now() - start) / 1000;
  await log.close();
  return records / seconds;
}

async function recordAll(
  log: AuditLog,
  records: number,
  writers: number,
  begun: (number: number) => void = () => undefined,
): Promise<void> {
  let next = 0;
  const write = async () => {
    while (next < records) {
      begun(next);
      await log.append(eventOf(next++));
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
}

function openLog(folder: string, clock = systemClock): Promise<AuditLog> {
  const keys = keysOf(Buffer.alloc(32, 1));
  const { publicKey: hospital } = generateKeyPairSync('x25519');
  return AuditLog.open({ files: disk, clock, folder, keys, hospital, quota });
}

/** The same events as plain text in a table: neither sealed nor chained. */
function writeRows(folder: string, records: number, groupOf: number): Promise<number> {
  mkdirSync(folder);
  const database = new Database(join(folder, 'audit.sqlite'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE audit (sequence INTEGER PRIMARY KEY, wall INTEGER, event TEXT)');
  const insert = database.prepare('INSERT INTO audit (wall, event) VALUES (?, ?)');
  const insertGroup = database.transaction((from: number, to: number) => {
    for (let at = from; at < to; at++) insert.run(Date.now(), JSON.stringify(eventOf(at)));
  });
  const start = performance.now();
  for (let at = 0; at < records; at += groupOf) insertGroup(at, Math.min(records, at + groupOf));
  const seconds = (performance.now() - start) / 1000;
  database.close();
  return Promise.resolve(records / seconds);
}

/** Milliseconds between two records of a device that records ten a second. */
const pace = 100;

/** Who record at once in those days: more share a sync than on a device, so that the days pass in minutes. */
const offlineWriters = 5000;

interface Written {
  publicKey: string;
  /** Bytes on the disk. */
  used: number;
  /** By the clock of the log. */
  days: number;
  rate: number;
  peak: number;
}

/** A log as it is after days without a network, by a clock of its own, and what it takes to verify it. */
async function measureOffline(folder: string, records: number): Promise<string> {
  const written = await writeDays(folder, records);
  const verified = verifyAll(folder, written.publicKey);
  const { used } = written;
  const rows = [
    ['records, with checkpoints', `${verified.last}`],
    ['days by the clock of the log', format(written.days, 2)],
    ['bytes a record', format(used / verified.last, 0)],
    ['gigabytes on the disk', format(used / 1e9, 2)],
    ['of the quota of 4 GiB, percent', format((100 * used) / quota, 1)],
    ['written, records/s', format(written.rate, 0)],
    ['memory of the process at most meanwhile, MB', format(written.peak / 1e6, 0)],
    ['verified in one pass, records/s', format(verified.rate, 0)],
    ['memory of the process at most meanwhile, MB', format(verified.peak / 1e6, 0)],
  ];
  return markdownTable(['a log that was kept offline', ''], rows);
}

async function writeDays(folder: string, records: number): Promise<Written> {
  const from = systemClock.now();
  let now = from;
  const memory = new MemoryPeak();
  const log = await openLog(folder, { ...systemClock, now: () => now });
  const start = performance.now();
  await recordAll(log, records, offlineWriters, (number) => {
    now = from + pace * number;
    memory.look();
  });
  const rate = (1000 * records) / (performance.now() - start);
  const { used } = log.space;
  await log.close();
  const days = (now - from) / 86_400_000;
  return { publicKey: log.publicKey, used, days, rate, peak: memory.peak };
}

function verifyAll(folder: string, pem: string): { last: number; rate: number; peak: number } {
  const memory = new MemoryPeak();
  const counted = function* () {
    for (const frame of readLog(disk, folder)) {
      memory.look();
      yield frame;
    }
  };
  const start = performance.now();
  const { fault, last } = verifyLog(counted(), { publicKey: createPublicKey(pem) });
  if (fault) throw new Error(`record ${fault.record} is wrong: ${fault.what}`);
  return { last, rate: (1000 * last) / (performance.now() - start), peak: memory.peak };
}

/** The most memory of the process, bytes, looked at once in 10,000 times: asking costs more than a record. */
class MemoryPeak {
  peak = 0;
  #looks = 0;

  look(): void {
    if (this.#looks++ % 10_000 === 0) this.peak = Math.max(this.peak, process.memoryUsage.rss());
  }
}
