import { inflateRawSync } from 'node:zlib';
import { checkPromise, type Decode } from './codec.ts';
import { decodeJpeg } from './jpeg.ts';
import { decodeJpegLs } from './jpeg-ls.ts';
import { findCodestream, readJpeg2000Header } from './jpeg2000-header.ts';
import type { PixelFormat } from './pixel-format.ts';
import { decodeRle } from './rle.ts';
import { nativeFrameBytes, readNative, type Samples, type Words } from './samples.ts';
import { unreadable } from './unreadable-image.ts';
import { type Expectation, openWasmCodec, type WasmPackage } from './wasm-codec.ts';

const openJpeg: WasmPackage = {
  load: () => import('@cornerstonejs/codec-openjpeg/decodewasmjs'),
  code: '@cornerstonejs/codec-openjpeg/decodewasm',
  decoder: 'J2KDecoder',
};

const openJph: WasmPackage = {
  load: () => import('@cornerstonejs/codec-openjph/wasmjs'),
  code: '@cornerstonejs/codec-openjph/wasm',
  decoder: 'HTJ2KDecoder',
};

function decodeRleFrame(frame: Uint8Array, format: PixelFormat): Samples {
  const { rows, columns, samples, bitsAllocated, bitsStored, highBit } = format;
  const bytes = bitsAllocated / 8;
  if (bytes < 1) throw unreadable('single bits in RLE');
  const words = asWords(decodeRle(frame, { pixels: rows * columns, samples, bytes }), bytes);
  return { words, highBit, bits: bitsStored, overshoots: false, planar: true };
}

function asWords(bytes: Uint8Array, size: number): Words {
  if (size === 1) return bytes;
  return size === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
}

function decodeNativeFrame(frame: Uint8Array, format: PixelFormat): Samples {
  return readNative(frame, format, true, 0);
}

/** Each frame is a deflate stream of its own (PS3.5 A.4.14). */
function inflateFrame(frame: Uint8Array, format: PixelFormat): Samples {
  // One more for the pad byte of an odd length.
  const most = Math.ceil(nativeFrameBytes(format)) + 1;
  try {
    return decodeNativeFrame(inflateRawSync(frame, { maxOutputLength: most }), format);
  } catch (cause) {
    throw unreadable('a deflated frame is damaged or too long', cause);
  }
}

function examineJpeg2000(lossy: boolean) {
  return (frame: Uint8Array, format: PixelFormat): Expectation => {
    const header = readJpeg2000Header(findCodestream(frame));
    checkPromise(header, format);
    if (header.signed && !format.signed)
      throw unreadable('the codestream is signed and PixelRepresentation is 0');
    // The codecs' wrapping makes every negative sample of so few bits 0.
    if (header.signed && header.precision <= 8)
      throw unreadable('signed JPEG 2000 of 8 bits or fewer');
    return { precision: header.precision, signed: header.signed, lossy };
  };
}

/** OpenJPH takes the codestream alone. */
function openHtj2k(lossy: boolean): Decode {
  const decode = openWasmCodec(openJph, examineJpeg2000(lossy));
  return (frame, format) => decode(findCodestream(frame), format);
}

const jpeg = () => decodeJpeg;
const jpegLs = () => decodeJpegLs;
const jpeg2000 = (lossy: boolean) => () => openWasmCodec(openJpeg, examineJpeg2000(lossy));
const highThroughput = (lossy: boolean) => () => openHtj2k(lossy);

/** By transfer syntax: a decoder for the frames of one image. A codec is loaded when the first frame asks for it. */
export const codecs: ReadonlyMap<string, () => Decode> = new Map([
  ['1.2.840.10008.1.2.1.98', () => decodeNativeFrame],
  ['1.2.840.10008.1.2.4.50', jpeg],
  ['1.2.840.10008.1.2.4.51', jpeg],
  ['1.2.840.10008.1.2.4.57', jpeg],
  ['1.2.840.10008.1.2.4.70', jpeg],
  ['1.2.840.10008.1.2.4.80', jpegLs],
  ['1.2.840.10008.1.2.4.81', jpegLs],
  ['1.2.840.10008.1.2.4.90', jpeg2000(false)],
  ['1.2.840.10008.1.2.4.91', jpeg2000(true)],
  ['1.2.840.10008.1.2.4.201', highThroughput(false)],
  ['1.2.840.10008.1.2.4.202', highThroughput(false)],
  ['1.2.840.10008.1.2.4.203', highThroughput(true)],
  ['1.2.840.10008.1.2.5', () => decodeRleFrame],
  ['1.2.840.10008.1.2.8.1', () => inflateFrame],
]);
