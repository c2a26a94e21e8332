import { expect, it } from 'vitest';
import { patchBase, worthwhilePatch } from './bundle-patch.ts';

const of = (sha256: string, custom?: Record<string, unknown>) => ({
  length: 1,
  hashes: { sha256 },
  ...(custom && { custom }),
});
const targets = {
  'models/m/1.0.0/manifest.json': of('m1', { group: 'm', version: '1.0.0', counter: 1 }),
  'models/m/1.0.0/net.onnx': of('aa'),
  'models/m/1.0.0/old.onnx': of('oo'),
  'models/m/1.1.0/manifest.json': of('m2', { group: 'm', version: '1.1.0', counter: 2 }),
  'models/m/1.1.0/net.onnx': of('bb'),
};

it.each([
  ['net.onnx', 3, 'cc', 'bb'],
  ['net.onnx', 2, 'cc', 'aa'],
  ['net.onnx', 1, 'cc', undefined],
  ['net.onnx', 3, 'bb', undefined],
  ['old.onnx', 3, 'cc', 'oo'],
  ['new.onnx', 3, 'cc', undefined],
])('starts %s of release %i (%s) from %s', (file, counter, sha256, base) => {
  const found = patchBase(targets, { name: 'm', file, counter }, sha256);
  expect(found?.sha256).toBe(base);
  if (base) expect(found!.path).toContain(`${base}.${file}`);
});

it.each([
  [69_999, true],
  [70_000, false],
])('takes a patch of %i for 100,000 bytes: %s', (length, isTaken) => {
  const base = { sha256: 'aa', path: 'p' };
  const patch = worthwhilePatch(base, new Uint8Array(100_000), () => new Uint8Array(length));
  expect(patch !== undefined).toBe(isTaken);
});

it('makes none for a small file, without a base, or where the maker cannot', () => {
  const base = { sha256: 'aa', path: 'p' };
  const never = () => {
    throw new Error('not asked');
  };
  expect(worthwhilePatch(base, new Uint8Array(1000), never)).toBeUndefined();
  expect(worthwhilePatch(undefined, new Uint8Array(100_000), never)).toBeUndefined();
  expect(worthwhilePatch(base, new Uint8Array(100_000), () => undefined)).toBeUndefined();
});
