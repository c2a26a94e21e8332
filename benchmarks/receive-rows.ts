import type { Limit } from './figures.ts';
import { defaultSender, tlsSender, tunedSender, type Sender } from './sender.ts';
import {
  orthancSync,
  ours,
  oursEncrypted,
  serverKinds,
  storescp,
  storescpFsync,
  type ServerKind,
} from './servers.ts';

/** One line of the table: who receives from whom over how many associations at once. */
export interface Row {
  server: ServerKind;
  sender: Sender;
  associations: number;
}

/** What was measured, medians of the repeats. */
export interface Measured {
  imagesPerSecond: number;
  /** Millions of bytes. */
  megabytesPerSecond: number;
  cpuMsPerImage: number;
  peakMegabytes: number;
}

export interface Result {
  row: Row;
  /** Absent where the row could not run. */
  measured: Measured | undefined;
  /** Programs and the like that it lacked. */
  missing: readonly string[];
}

/** A number to reach, and how it is had from two lines or one. */
export interface Goal {
  what: string;
  limit: Limit;
  sender: Sender;
  /** Every number of associations where absent. */
  associations?: number;
  figure(ours: Measured, peer: Measured | undefined): number | undefined;
  peer?: ServerKind;
  /** Which of ours; the plain one where absent. */
  own?: ServerKind;
}

function speedRatio(ours: Measured, peer: Measured | undefined): number | undefined {
  return peer && ours.imagesPerSecond / peer.imagesPerSecond;
}

export const goals: readonly Goal[] = [
  {
    what: 'durable, × storescp with fsync',
    limit: { atLeast: 1.1 },
    sender: tunedSender,
    peer: storescpFsync,
    figure: speedRatio,
  },
  {
    what: 'durable, × Orthanc with SyncStorageArea',
    limit: { atLeast: 2 },
    sender: tunedSender,
    peer: orthancSync,
    figure: speedRatio,
  },
  {
    what: 'encrypted at rest, × storescp with fsync',
    limit: { atLeast: 0.9 },
    sender: tunedSender,
    own: oursEncrypted,
    peer: storescpFsync,
    figure: speedRatio,
  },
  {
    what: 'encrypted at rest and TLS, × storescp TLS with fsync',
    limit: { atLeast: 0.8 },
    sender: tlsSender,
    own: oursEncrypted,
    peer: storescpFsync,
    figure: speedRatio,
  },
  {
    what: 'processor ms per image, encrypted at rest',
    limit: { atMost: 1 },
    sender: tunedSender,
    own: oursEncrypted,
    figure: ({ cpuMsPerImage }) => cpuMsPerImage,
  },
  {
    what: "DCMTK's default sender, × storescp",
    limit: { atLeast: 5 },
    sender: defaultSender,
    peer: storescp,
    figure: speedRatio,
  },
  {
    what: 'processor ms per image, durable',
    limit: { atMost: 0.7 },
    sender: tunedSender,
    figure: ({ cpuMsPerImage }) => cpuMsPerImage,
  },
  {
    what: 'peak memory, MB',
    limit: { below: 120 },
    sender: tunedSender,
    associations: 4,
    figure: ({ peakMegabytes }) => peakMegabytes,
  },
];

/** Against DCMTK's default sender only these are run: the others would wait just as long. */
const defaultServers = [ours, storescpFsync, storescp];

/** All lines for these numbers of associations, in the order of the table. */
export function planRows(associations: readonly number[]): Row[] {
  const tuned = associations.flatMap((count) =>
    serverKinds.map((server) => ({ server, sender: tunedSender, associations: count })),
  );
  const secured = associations.flatMap((count) =>
    serverKinds
      .filter(({ offersTls, durable }) => offersTls && durable)
      .map((server) => ({ server, sender: tlsSender, associations: count })),
  );
  const plain = defaultServers.map((server) => ({
    server,
    sender: defaultSender,
    associations: 1,
  }));
  return [...tuned, ...secured, ...plain];
}
