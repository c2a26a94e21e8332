import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { type Blob, hashSegments } from '../ota/agent/blob.ts';
import type { ChunkSource } from '../ota/agent/chunk-source.ts';
import { applyDelta } from '../ota/agent/delta.ts';
import { download } from '../ota/agent/download.ts';
import { HttpChunks } from '../ota/agent/http-chunks.ts';
import { FileDesk } from '../ota/fleet/service/file-desk.ts';
import { brokerChunks } from '../ota/mqtt/broker-files.ts';
import { folderSource } from '../ota/mqtt/file-service.ts';
import { BrokerSite } from '../tests/broker-site.ts';
import { Authority } from '../tests/certificates.ts';
import { ChaosProxy } from '../tests/chaos-proxy.ts';
import { DeviceBroker } from '../tests/peers/device-broker.ts';
import { servePaced } from './update-server.ts';

/** What became of one file over a link that was cut again and again. */
export interface Transfer {
  cuts: number;
  /** Bytes that the link carried beyond those of the file, of a hundred; what encrypts and frames them is among them. */
  againPercent: number;
  wrongBytes: number;
  seconds: number;
}

/** Bytes a second of the link: a hospital's, not this machine's. */
const linkRate = 8 << 20;
const cutEveryMs = 3000;

function describe(stored: string, bytes: Buffer): Blob {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { stored, length: bytes.length, sha256, segments: hashSegments(bytes) };
}

/** Fetches a file, however often the link is cut, and counts what the link has carried. */
async function fetchAll(
  proxy: ChaosProxy,
  source: ChunkSource,
  file: { bytes: Buffer; path: string },
): Promise<Transfer> {
  const blob = describe('model.onnx', file.bytes);
  const ports = { files: disk, source, doubted: new Set<string>() };
  const cutting = setInterval(() => proxy.cutAfter(1), cutEveryMs);
  const [begun, carried] = [performance.now(), proxy.carried];
  for (let isDone = false; !isDone;)
    isDone = await download(ports, blob, file.path).then(() => true, untilReached);
  clearInterval(cutting);
  const seconds = (performance.now() - begun) / 1000;
  const found = readFileSync(file.path);
  const wrongBytes = file.bytes.reduce((sum, byte, at) => sum + Number(byte !== found[at]), 0);
  const againPercent = 100 * ((proxy.carried - carried) / file.bytes.length - 1);
  return { cuts: proxy.cuts, againPercent, wrongBytes, seconds };
}

function untilReached(error: unknown): boolean {
  if (error instanceof ScansideError && error.code === 'UPDATE_UNREACHABLE') return false;
  throw error;
}

/** By HTTPS, as most devices fetch. */
export async function fetchOverHttps(folder: string, length: number): Promise<Transfer> {
  const authority = await Authority.make(folder, 'https-authority');
  const { certificate: cert, key } = await authority.issue('localhost');
  const bytes = randomBytes(length);
  const server = await servePaced(new Map([['/model.onnx', bytes]]), linkRate, { cert, key });
  const proxy = await ChaosProxy.start(server.port);
  const address = `https://localhost:${new URL(proxy.url).port}`;
  const tls = () => ({ ca: authority.certificate });
  const source = new HttpChunks({ address, clock: systemClock, tls });
  try {
    return await fetchAll(proxy, source, { bytes, path: join(folder, 'by-https') });
  } finally {
    source.close();
    await proxy.close();
    server.close();
  }
}

/** Through mosquitto with the configuration that is shipped. */
export async function fetchOverBroker(folder: string, length: number): Promise<Transfer> {
  const broker = await DeviceBroker.start(folder);
  const proxy = await ChaosProxy.start(broker.port);
  const site = new BrokerSite(broker);
  const targets = join(folder, 'repository', 'targets');
  mkdirSync(targets, { recursive: true });
  const bytes = randomBytes(length);
  writeFileSync(join(targets, 'model.onnx'), bytes);
  try {
    await site.startFleet(new FileDesk(folderSource(disk, join(folder, 'repository')), linkRate));
    const { files } = await site.startDevice(`mqtts://localhost:${new URL(proxy.url).port}`);
    return await fetchAll(proxy, brokerChunks(files), { bytes, path: join(folder, 'by-mqtt') });
  } finally {
    await site.stop();
    await proxy.close();
    await broker.stop();
  }
}

/** A patch from one release to the next. */
export interface Patch {
  /** Bytes of the patch, of a hundred of the file's. */
  percent: number;
  seconds: number;
  isRight: boolean;
}

/** A model whose last twentieth was trained again, in 32-bit floating point. */
export async function patchRetrained(folder: string, length: number): Promise<Patch> {
  const base = randomBytes(length);
  const from = Math.floor(length * 0.95);
  const changed = Buffer.concat([base.subarray(0, from), randomBytes(length - from)]);
  const [one, other, patch] = ['one', 'other', 'patch'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(one, base);
  writeFileSync(other, changed);
  const made = spawnSync('zstd', ['-q', '--long=27', `--patch-from=${one}`, other, '-o', patch]);
  if (made.status !== 0) throw new Error(`update needs zstd: ${String(made.stderr)}`);
  const begun = performance.now();
  const path = join(folder, 'patched');
  const isRight = await applyDelta(disk, { base, patch, path }, describe('other', changed));
  const seconds = (performance.now() - begun) / 1000;
  return { percent: (100 * statSync(patch).size) / length, seconds, isRight };
}
