import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../device/clock.ts';
import { MemoryDisk } from '../../tests/faults/memory-disk.ts';
import { type Blob, hashSegments } from './blob.ts';
import { download } from './download.ts';
import { HttpChunks } from './http-chunks.ts';

const length = 24 << 20;

/** A server of one file whose connections end in the midst of what they carry. */
async function serve(bytes: Buffer, cutAfter: number) {
  const served = { bytes: 0, cuts: 0 };
  const server = http.createServer((request, response) => {
    const [, first = '0', last = '0'] =
      /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = bytes.subarray(Number(first), Number(last) + 1);
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`;
    response.writeHead(206, { 'content-range': range, 'content-length': part.length, etag: '"1"' });
    served.bytes += Math.min(part.length, cutAfter);
    if (part.length <= cutAfter) return void response.end(part);
    served.cuts += 1;
    return void response.write(part.subarray(0, cutAfter), () => request.socket.destroySoon());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { served, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it('a link that is cut again and again costs less than a twentieth of the file, and no byte is wrong', async () => {
  const bytes = randomBytes(length);
  const { served, address } = await serve(bytes, 700_000);
  const source = new HttpChunks({ address, clock: systemClock });
  onTestFinished(() => source.close());
  const files = new MemoryDisk();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const blob: Blob = { stored: 'model.onnx', length, sha256, segments: hashSegments(bytes) };
  const doubted = new Set<string>();
  for (let done = false; !done;)
    done = await download({ files, source, doubted }, blob, '/model.onnx').then(
      () => true,
      (error: { code: string }) => {
        expect(error.code).toBe('UPDATE_UNREACHABLE');
        return false;
      },
    );
  expect(files.readBytes('/model.onnx').equals(bytes)).toBe(true);
  expect(served.cuts).toBeGreaterThan(10);
  expect(served.bytes).toBeLessThan(1.05 * length);
});
