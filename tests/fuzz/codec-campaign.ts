import { setImmediate as nextTurn } from 'node:timers/promises';
import { createContext, runInContext } from 'node:vm';
import { ScansideError } from '../../device/errors.ts';
import { headerLimits, readHeader } from '../../runtime/dicom/data-set.ts';
import { encodeCommandSet, responseTo } from '../../runtime/dicom/dimse.ts';
import { type DataSetTarget, MessageReader } from '../../runtime/dicom/message-reader.ts';
import { acceptedContexts, negotiate } from '../../runtime/dicom/negotiation.ts';
import { decodePdu, encodePdu } from '../../runtime/dicom/pdu.ts';
import { PduStream } from '../../runtime/dicom/pdu-stream.ts';
import { implicitVrLittleEndian } from '../../runtime/dicom/transfer-syntax.ts';
import { allStrings } from '../../runtime/dicom/value.ts';
import { Random } from '../random-pdu.ts';
import { hostileSession } from './session.ts';

const limits = { dataTransfer: 16_384, associate: 65_536 };
const commandLimit = 65_536;
const policy = {
  aeTitle: 'SCANSIDE',
  acceptAnyCalledAe: true,
  maxPduLength: limits.dataTransfer,
  storage: true,
  commitment: 'both',
} as const;

/** No stream of a campaign takes a hundredth of this; a codec that loops takes all of it. */
const batchMs = 30_000;
const batchSize = 500;

/** How often streams ended in which way: `read to the end`, or the code of the error that ended them. */
export type Outcomes = Record<string, number>;

export interface CodecReport {
  streams: number;
  outcomes: Outcomes;
  /** The stream that took longest: its seed and milliseconds. */
  slowest: { seed: number; ms: number };
  /** Whole data sets whose header could be read. */
  headers: number;
  /** What no stream may do, with the seed that does it. */
  findings: string[];
}

/** Reads a stream as the receiver does, without its socket. Returns how it ended; throws what must never be thrown. */
export function readStream(pieces: Buffer[], headerRead: () => void = () => {}): string {
  let transferSyntaxes = new Map<number, string>();
  const messages = new MessageReader(commandLimit, (contextId, command) => {
    encodeCommandSet(responseTo(command, 0));
    return headerTarget(transferSyntaxes.get(contextId) ?? implicitVrLittleEndian, headerRead);
  });
  const stream = new PduStream(limits, {
    pdu(type, body) {
      const pdu = decodePdu(type, body, limits);
      if (pdu.pdu !== 'A-ASSOCIATE-RQ') return;
      const answer = negotiate(pdu, policy);
      encodePdu(answer);
      const accepted = acceptedContexts(pdu.contexts, answer.contexts);
      transferSyntaxes = new Map(
        [...accepted.values()].map(({ id, transferSyntax }) => [id, transferSyntax]),
      );
    },
    dataTransfer() {},
    fragment: (...fragment) => messages.fragment(...fragment),
  });
  try {
    for (const piece of pieces) stream.push(piece, 0, piece.length);
    return stream.midPdu ? 'cut short' : 'read to the end';
  } catch (error) {
    if (error instanceof ScansideError && error.code !== 'INTERNAL') return error.code;
    throw error;
  }
}

function headerTarget(transferSyntaxUid: string, headerRead: () => void): DataSetTarget {
  const parts: Buffer[] = [];
  return {
    write: (buffer, start, end) => parts.push(Buffer.from(buffer.subarray(start, end))),
    end() {
      if (parts.length > 0 && isHeader(Buffer.concat(parts), transferSyntaxUid)) headerRead();
    },
  };
}

/** An unreadable data set is put into quarantine and ends nothing. */
function isHeader(bytes: Buffer, transferSyntaxUid: string): boolean {
  try {
    const reading = readHeader(bytes, transferSyntaxUid, headerLimits, true);
    if (reading.state === 'more') return false;
    for (const tag of reading.dataSet.elements.keys()) allStrings(reading.dataSet, tag);
    return true;
  } catch (error) {
    if (error instanceof ScansideError && error.code === 'DATA_SET_UNREADABLE') return false;
    throw error;
  }
}

/**
 * Reads `count` hostile streams, that of each seed from `seed` on. A stream that does not come to its end is stopped
 * and found. `progress` is told the number read so far.
 */
export async function runCodecCampaign(
  seed: number,
  count: number,
  progress: (streams: number) => void = () => {},
): Promise<CodecReport> {
  const report: CodecReport = {
    streams: 0,
    outcomes: {},
    slowest: { seed, ms: 0 },
    headers: 0,
    findings: [],
  };
  const batch = (): void => {
    const end = Math.min(count, report.streams + batchSize);
    while (report.streams < end) readOne(seed + report.streams, report);
  };
  const context = createContext({ batch });
  while (report.streams < count) {
    try {
      runInContext('batch()', context, { timeout: batchMs });
    } catch {
      report.findings.push(`seed ${seed + report.streams - 1}: does not end`);
    }
    progress(report.streams);
    // Node releases zlib's handles and V8 large buffers only between two turns of the event loop.
    await nextTurn();
  }
  return report;
}

function readOne(seed: number, report: CodecReport): void {
  report.streams += 1;
  try {
    const pieces = hostileSession(new Random(seed));
    const start = performance.now();
    const outcome = readStream(pieces, () => (report.headers += 1));
    const ms = performance.now() - start;
    if (ms > report.slowest.ms) report.slowest = { seed, ms };
    report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1;
  } catch (error) {
    report.findings.push(`seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
