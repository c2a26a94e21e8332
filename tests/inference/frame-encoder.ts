import { deflateRawSync } from 'node:zlib';
import * as bundle from 'dcmjs-codecs';
import { encodeDct } from './jpeg-dct-encoder.ts';

// A CommonJS bundle: for Node its exports are under `default`, whatever its types say.
const { constants, Context, NativeCodecs } = (bundle as unknown as { default: typeof bundle })
  .default;

/** One uncompressed frame of grey pixels, little endian. */
export interface NativeFrame {
  rows: number;
  columns: number;
  bitsAllocated: number;
  bitsStored: number;
  signed: boolean;
  photometric: string;
  bytes: Uint8Array;
}

type Run = (context: bundle.Context) => bundle.Context;

/**
 * The encoders of another maker, by transfer syntax; their versions are not those of the product's decoders. Lossy ones
 * lose little, so that a difference tells of the way through DICOM and not of the loss.
 */
const encoders: Record<string, Run> = {
  '1.2.840.10008.1.2.4.50': (context) =>
    NativeCodecs.encodeJpeg(context, { lossy: true, quality: 98 }),
  '1.2.840.10008.1.2.4.57': (context) => NativeCodecs.encodeJpeg(context, { predictor: 4 }),
  '1.2.840.10008.1.2.4.70': (context) => NativeCodecs.encodeJpeg(context, { predictor: 1 }),
  '1.2.840.10008.1.2.4.80': (context) => NativeCodecs.encodeJpegLs(context, {}),
  '1.2.840.10008.1.2.4.81': (context) =>
    NativeCodecs.encodeJpegLs(context, { lossy: true, allowedLossyError: 1 }),
  '1.2.840.10008.1.2.4.90': (context) => NativeCodecs.encodeJpeg2000(context, {}),
  '1.2.840.10008.1.2.4.91': (context) =>
    NativeCodecs.encodeJpeg2000(context, { lossy: true, rate: 2 }),
  '1.2.840.10008.1.2.4.201': (context) => NativeCodecs.encodeHtJpeg2000(context, {}),
  '1.2.840.10008.1.2.4.202': (context) =>
    NativeCodecs.encodeHtJpeg2000(context, {
      progressionOrder: constants.Jpeg2000ProgressionOrder.Rpcl,
    }),
  '1.2.840.10008.1.2.4.203': (context) => NativeCodecs.encodeHtJpeg2000(context, { lossy: true }),
  '1.2.840.10008.1.2.5': (context) => NativeCodecs.encodeRle(context),
};

function contextOf(frame: NativeFrame): bundle.Context {
  return new Context({
    width: frame.columns,
    height: frame.rows,
    bitsAllocated: frame.bitsAllocated,
    bitsStored: frame.bitsStored,
    samplesPerPixel: 1,
    pixelRepresentation: frame.signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: frame.photometric,
    decodedBuffer: frame.bytes,
  });
}

/** No codec of that maker writes lossy JPEG of 12 bits. */
function encodeExtended({ rows, columns, bitsStored, bitsAllocated, bytes }: NativeFrame) {
  const samples = bitsAllocated === 8 ? bytes : new Uint16Array(bytes.slice().buffer);
  const precision = bitsStored > 8 ? 12 : 8;
  return encodeDct({ rows, columns, precision, samples, quantiser: precision === 12 ? 4 : 1 });
}

/** Encodes a frame in any encapsulated transfer syntax that the product decodes. */
export async function encodeFrame(
  frame: NativeFrame,
  transferSyntaxUid: string,
): Promise<Uint8Array> {
  if (transferSyntaxUid === '1.2.840.10008.1.2.8.1') return deflateRawSync(frame.bytes);
  if (transferSyntaxUid === '1.2.840.10008.1.2.1.98') return frame.bytes;
  if (transferSyntaxUid === '1.2.840.10008.1.2.4.51') return encodeExtended(frame);
  const encode = encoders[transferSyntaxUid];
  if (!encode) throw new Error(`no encoder of ${transferSyntaxUid}`);
  if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync();
  const encoded = encode(contextOf(frame)).getEncodedBuffer();
  if (!encoded?.length) throw new Error(`the encoder of ${transferSyntaxUid} made nothing`);
  return encoded;
}
