import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { headerLimits, readHeader } from '../../runtime/dicom/data-set.ts';
import { encodePdu } from '../../runtime/dicom/pdu.ts';
import { storeRequest } from '../../runtime/dicom/dimse.ts';
import { tags } from '../../runtime/dicom/tag.ts';
import { explicitVrLittleEndian } from '../../runtime/dicom/transfer-syntax.ts';
import { isUid } from '../../runtime/dicom/uid.ts';
import { firstString } from '../../runtime/dicom/value.ts';
import { commandValue, ctImageStorage, data, dataValue, RawPeer } from '../raw-peer.ts';
import type { ReceiverChild } from './receiver-child.ts';

export interface SampleReport {
  sent: number;
  /** How often each answer came, by folder: a status such as `0xc000`, or `none`. */
  answers: Map<string, Map<string, number>>;
  /** Growth of resident memory, after the first tenth, KiB. */
  growthKib: number;
  findings: string[];
}

const metaAt = 132;
const fragmentLength = 16_000;

/** The damaged samples of ../shared, data sets alone. */
function readSamples(shared: string): { name: string; dataSet: Buffer }[] {
  return ['fuzz', 'malformed'].flatMap((folder) => {
    const path = join(shared, 'samples', 'dicom', folder);
    const entries = readdirSync(path, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => ({
        name: join(basename(dirname(file)), basename(file)),
        dataSet: withoutMeta(readFileSync(file)),
      }));
  });
}

/**
 * Drops preamble and file meta information element by element, by what each says of its length; where that is a lie
 * the rest is sent as it stands.
 */
function withoutMeta(file: Buffer): Buffer {
  if (file.toString('latin1', 128, metaAt) !== 'DICM') return file;
  let at = metaAt;
  while (at + 8 <= file.length && file.readUInt16LE(at) === 2) {
    const isLong = ['OB', 'OW', 'UN', 'SQ', 'UT'].includes(file.toString('latin1', at + 4, at + 6));
    if (isLong && at + 12 > file.length) break;
    const end = isLong ? at + 12 + file.readUInt32LE(at + 8) : at + 8 + file.readUInt16LE(at + 6);
    if (end > file.length) break;
    at = end;
  }
  return file.subarray(at);
}

/** Sends every damaged sample as a CT image, all in one association unless one ends it. */
export async function runSampleCampaign(
  receiver: ReceiverChild,
  shared: string,
): Promise<SampleReport> {
  const samples = readSamples(shared);
  const report: SampleReport = { sent: 0, answers: new Map(), growthKib: 0, findings: [] };
  let peer = await RawPeer.associated(receiver.port);
  let warmKib = receiver.residentKib();
  for (const { name, dataSet } of samples) {
    const answer = await store(peer, (report.sent += 1), dataSet);
    count(report, dirname(name), answer);
    if (answer === 'none') {
      report.findings.push(`${name} is not answered`);
      peer = await RawPeer.associated(receiver.port);
    }
    if (report.sent === Math.floor(samples.length / 10)) warmKib = receiver.residentKib();
  }
  report.growthKib = receiver.residentKib() - warmKib;
  peer.send(encodePdu({ pdu: 'A-RELEASE-RQ' }));
  if ((await peer.next())?.pdu !== 'A-RELEASE-RP') report.findings.push('no A-RELEASE-RP');
  return report;
}

/** What the object says of itself, so that nothing else is the reason to refuse it. */
function announcedUid(dataSet: Buffer, otherwise: string): string {
  try {
    const reading = readHeader(dataSet, explicitVrLittleEndian, headerLimits, true);
    if (reading.state === 'more') return otherwise;
    const uid = firstString(reading.dataSet, tags.SOPInstanceUID);
    return uid !== undefined && isUid(uid) ? uid : otherwise;
  } catch {
    return otherwise;
  }
}

async function store(peer: RawPeer, messageId: number, dataSet: Buffer): Promise<string> {
  const uid = announcedUid(dataSet, `1.2.${messageId}`);
  peer.send(data(commandValue(storeRequest(messageId, ctImageStorage, uid))));
  for (let at = 0; at === 0 || at < dataSet.length; at += fragmentLength) {
    const isLast = at + fragmentLength >= dataSet.length;
    peer.send(data(dataValue(dataSet.subarray(at, at + fragmentLength), isLast)));
  }
  const answer = await peer.nextCommand();
  return answer?.status === undefined ? 'none' : `0x${answer.status.toString(16).padStart(4, '0')}`;
}

function count({ answers }: SampleReport, folder: string, answer: string): void {
  const counts = answers.get(folder) ?? new Map<string, number>();
  answers.set(folder, counts.set(answer, (counts.get(answer) ?? 0) + 1));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** One line a folder: its name and how often each status came. */
export function formatSampleTable({ answers }: SampleReport): string {
  return [...answers]
    .map(([folder, counts]) => {
      const cells = [...counts].map(([status, times]) => `${status} × ${times}`).sort(byText);
      return `  ${folder.padEnd(36)} ${cells.join(', ')}`;
    })
    .join('\n');
}
