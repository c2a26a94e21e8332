/** How a data set is encoded (PS3.5 10 and annex A). */
export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  /** Whether each element carries its VR. */
  readonly explicit: boolean;
  readonly bigEndian: boolean;
  /** Whether the whole data set is one deflate stream (PS3.5 A.5). */
  readonly deflated: boolean;
  /** Whether pixel data are a sequence of fragments (PS3.5 A.4). */
  readonly encapsulated: boolean;
}

export const implicitVrLittleEndian = '1.2.840.10008.1.2';
export const explicitVrLittleEndian = '1.2.840.10008.1.2.1';
export const deflatedExplicitVrLittleEndian = '1.2.840.10008.1.2.1.99';
export const explicitVrBigEndian = '1.2.840.10008.1.2.2';

const native: TransferSyntax[] = [
  syntax(implicitVrLittleEndian, 'Implicit VR Little Endian', { explicit: false }),
  syntax(explicitVrLittleEndian, 'Explicit VR Little Endian', {}),
  syntax('1.2.840.10008.1.2.1.98', 'Encapsulated Uncompressed Explicit VR Little Endian', {
    encapsulated: true,
  }),
  syntax(deflatedExplicitVrLittleEndian, 'Deflated Explicit VR Little Endian', { deflated: true }),
  syntax(explicitVrBigEndian, 'Explicit VR Big Endian', { bigEndian: true }),
];

/** PS3.6 table A-1; the retired ones too, for scanners outlive the standard's revisions. */
const encapsulatedNames: Record<string, string> = {
  '1.2.840.10008.1.2.4.50': 'JPEG Baseline (Process 1)',
  '1.2.840.10008.1.2.4.51': 'JPEG Extended (Process 2 & 4)',
  '1.2.840.10008.1.2.4.52': 'JPEG Extended (Process 3 & 5)',
  '1.2.840.10008.1.2.4.53': 'JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8)',
  '1.2.840.10008.1.2.4.54': 'JPEG Spectral Selection, Non-Hierarchical (Process 7 & 9)',
  '1.2.840.10008.1.2.4.55': 'JPEG Full Progression, Non-Hierarchical (Process 10 & 12)',
  '1.2.840.10008.1.2.4.56': 'JPEG Full Progression, Non-Hierarchical (Process 11 & 13)',
  '1.2.840.10008.1.2.4.57': 'JPEG Lossless, Non-Hierarchical (Process 14)',
  '1.2.840.10008.1.2.4.58': 'JPEG Lossless, Non-Hierarchical (Process 15)',
  '1.2.840.10008.1.2.4.59': 'JPEG Extended, Hierarchical (Process 16 & 18)',
  '1.2.840.10008.1.2.4.60': 'JPEG Extended, Hierarchical (Process 17 & 19)',
  '1.2.840.10008.1.2.4.61': 'JPEG Spectral Selection, Hierarchical (Process 20 & 22)',
  '1.2.840.10008.1.2.4.62': 'JPEG Spectral Selection, Hierarchical (Process 21 & 23)',
  '1.2.840.10008.1.2.4.63': 'JPEG Full Progression, Hierarchical (Process 24 & 26)',
  '1.2.840.10008.1.2.4.64': 'JPEG Full Progression, Hierarchical (Process 25 & 27)',
  '1.2.840.10008.1.2.4.65': 'JPEG Lossless, Hierarchical (Process 28)',
  '1.2.840.10008.1.2.4.66': 'JPEG Lossless, Hierarchical (Process 29)',
  '1.2.840.10008.1.2.4.70': 'JPEG Lossless, First-Order Prediction (Process 14, Selection Value 1)',
  '1.2.840.10008.1.2.4.80': 'JPEG-LS Lossless',
  '1.2.840.10008.1.2.4.81': 'JPEG-LS Near-Lossless',
  '1.2.840.10008.1.2.4.90': 'JPEG 2000 Lossless',
  '1.2.840.10008.1.2.4.91': 'JPEG 2000',
  '1.2.840.10008.1.2.4.92': 'JPEG 2000 Part 2 Multi-component Lossless',
  '1.2.840.10008.1.2.4.93': 'JPEG 2000 Part 2 Multi-component',
  '1.2.840.10008.1.2.4.94': 'JPIP Referenced',
  '1.2.840.10008.1.2.4.95': 'JPIP Referenced Deflate',
  '1.2.840.10008.1.2.4.100': 'MPEG2 Main Profile / Main Level',
  '1.2.840.10008.1.2.4.100.1': 'Fragmentable MPEG2 Main Profile / Main Level',
  '1.2.840.10008.1.2.4.101': 'MPEG2 Main Profile / High Level',
  '1.2.840.10008.1.2.4.101.1': 'Fragmentable MPEG2 Main Profile / High Level',
  '1.2.840.10008.1.2.4.102': 'MPEG-4 AVC/H.264 High Profile / Level 4.1',
  '1.2.840.10008.1.2.4.102.1': 'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1',
  '1.2.840.10008.1.2.4.103': 'MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1',
  '1.2.840.10008.1.2.4.103.1':
    'Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1',
  '1.2.840.10008.1.2.4.104': 'MPEG-4 AVC/H.264 High Profile / Level 4.2 for 2D Video',
  '1.2.840.10008.1.2.4.104.1':
    'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 for 2D Video',
  '1.2.840.10008.1.2.4.105': 'MPEG-4 AVC/H.264 High Profile / Level 4.2 for 3D Video',
  '1.2.840.10008.1.2.4.105.1':
    'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 for 3D Video',
  '1.2.840.10008.1.2.4.106': 'MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2',
  '1.2.840.10008.1.2.4.106.1': 'Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2',
  '1.2.840.10008.1.2.4.107': 'HEVC/H.265 Main Profile / Level 5.1',
  '1.2.840.10008.1.2.4.108': 'HEVC/H.265 Main 10 Profile / Level 5.1',
  '1.2.840.10008.1.2.4.110': 'JPEG XL Lossless',
  '1.2.840.10008.1.2.4.111': 'JPEG XL JPEG Recompression',
  '1.2.840.10008.1.2.4.112': 'JPEG XL',
  '1.2.840.10008.1.2.4.201': 'High-Throughput JPEG 2000 Lossless',
  '1.2.840.10008.1.2.4.202': 'High-Throughput JPEG 2000 with RPCL Options Lossless',
  '1.2.840.10008.1.2.4.203': 'High-Throughput JPEG 2000',
  '1.2.840.10008.1.2.4.204': 'JPIP HTJ2K Referenced',
  '1.2.840.10008.1.2.4.205': 'JPIP HTJ2K Referenced Deflate',
  '1.2.840.10008.1.2.5': 'RLE Lossless',
  '1.2.840.10008.1.2.8.1': 'Deflated Image Frame Compression',
};

/**
 * With JPIP the pixel data stay on the sender's server, so that an instance received is not the whole instance; those
 * transfer syntaxes are known by name and never accepted.
 */
const referenced = new Set(
  Object.keys(encapsulatedNames).filter((uid) => encapsulatedNames[uid]?.startsWith('JPIP')),
);

const known = new Map<string, TransferSyntax>([
  ...native.map((each) => [each.uid, each] as const),
  ...Object.entries(encapsulatedNames).map(
    ([uid, name]) =>
      [uid, syntax(uid, name, { encapsulated: true, deflated: isJpipDeflate(name) })] as const,
  ),
]);

function isJpipDeflate(name: string): boolean {
  return name.startsWith('JPIP') && name.endsWith('Deflate');
}

function syntax(uid: string, name: string, differs: Partial<TransferSyntax>): TransferSyntax {
  const usual = { explicit: true, bigEndian: false, deflated: false, encapsulated: false };
  return { uid, name, ...usual, ...differs };
}

/** The transfer syntax of that UID, or undefined where the standard has none. */
export function findTransferSyntax(uid: string): TransferSyntax | undefined {
  return known.get(uid);
}

/** Every transfer syntax that an instance is taken in. */
export function storableTransferSyntaxes(): TransferSyntax[] {
  return [...known.values()].filter(({ uid }) => isStorable(uid));
}

/** Whether a data set in this transfer syntax can be kept as received and is complete by itself. */
export function isStorable(uid: string): boolean {
  return known.has(uid) && !referenced.has(uid);
}

/** The UID of a transfer syntax given by its name in PS3.6, or by its UID; undefined for what the standard has not. */
export function findTransferSyntaxUid(text: string): string | undefined {
  return [...known.values()].find(({ uid, name }) => uid === text || name === text)?.uid;
}
