import { type HuffmanTable, type Jpeg, readJpeg, refused } from './jpeg.ts';
import { type Block, readBit, readBlocks } from './jpeg-scan.ts';

/** A grey JPEG of the baseline process, 8 bits a sample. */
export interface GreyJpeg {
  rows: number;
  columns: number;
  bytes: Uint8Array;
}

/** Table K.3 of T.81: it has a code for every size that a DC difference of 8-bit samples can have. */
const dcTable: HuffmanTable = {
  counts: Uint8Array.of(0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0),
  symbols: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
};

/**
 * The grey picture of a baseline JPEG, without a loss: a grey JPEG that carries no remarks is returned as it is. One
 * stored as luminance and two empty chrominances keeps every coefficient of its luminance, as does one with remarks
 * (comments, Exif), which are left out because they may name the patient. Every block is read, so that a damaged or cut
 * picture is found. Throws IMAGE_REFUSED for colour, for another process and for damage.
 */
export function greyJpeg(bytes: Uint8Array): GreyJpeg {
  const jpeg = readJpeg(bytes);
  const { rows, columns, components } = jpeg;
  const luminance = readLuminance(jpeg);
  if (components.length === 1 && jpeg.remarks.length === 0) return { rows, columns, bytes };
  return { rows, columns, bytes: writeLuminance(jpeg, luminance) };
}

/** Blocks of the first component in the order of a scan of its own (T.81 A.2.2). */
function readLuminance(jpeg: Jpeg): Block[] {
  const { components, rows, columns } = jpeg;
  if (components.length !== 1 && components.length !== 3)
    throw refused(`it has ${components.length} components; one or three are taken`);
  const [first, ...others] = components;
  const isFull = others.every(
    (other) => other.horizontal <= first!.horizontal && other.vertical <= first!.vertical,
  );
  if (!isFull) throw refused('its luminance has fewer samples than its colour');
  const [across, down] = [Math.ceil(columns / 8), Math.ceil(rows / 8)];
  const blocks: Block[] = [];
  readBlocks(jpeg, (component, row, column, block) => {
    if (component > 0 && (block.dc !== 0 || !block.flat)) throw refused('it is in colour');
    if (component === 0 && row < down && column < across) blocks[row * across + column] = block;
  });
  return blocks;
}

function writeLuminance(jpeg: Jpeg, blocks: Block[]): Buffer {
  const { rows, columns, components } = jpeg;
  const { id, quantizationTable, acTable } = components[0]!;
  const ac = jpeg.acTables.get(acTable)!;
  const size = [rows >> 8, rows & 255, columns >> 8, columns & 255];
  return Buffer.concat([
    Buffer.of(0xff, 0xd8),
    ...jpeg.quantization.map((table) => segment(0xdb, table)),
    segment(0xc0, Uint8Array.of(8, ...size, 1, id, 0x11, quantizationTable)),
    segment(0xc4, Uint8Array.of(0x00, ...dcTable.counts, ...dcTable.symbols)),
    segment(0xc4, Uint8Array.of(0x10, ...ac.counts, ...ac.symbols)),
    segment(0xda, Uint8Array.of(1, id, 0x00, 0, 63, 0)),
    writeScan(blocks),
    Buffer.of(0xff, 0xd9),
  ]);
}

function segment(marker: number, payload: Uint8Array): Buffer {
  const length = payload.length + 2;
  return Buffer.concat([Buffer.of(0xff, marker, length >> 8, length & 255), payload]);
}

function writeScan(blocks: Block[]): Buffer {
  const writer = new BitWriter();
  let before = 0;
  for (const { dc, acStart, acEnd, bits } of blocks) {
    writeDifference(writer, dc - before);
    before = dc;
    const copied = { bytes: bits.bytes, at: acStart };
    while (copied.at < acEnd) writer.bit(readBit(copied));
  }
  return writer.end();
}

/** A DC difference: the code of its size, then its bits (T.81 F.1.2.1). */
function writeDifference(writer: BitWriter, difference: number): void {
  const size = 32 - Math.clz32(Math.abs(difference));
  const code = dcCodes[size];
  if (!code) throw refused('its picture is damaged: a coefficient is too large');
  writer.bits(code.value, code.length);
  writer.bits(difference < 0 ? difference + (1 << size) - 1 : difference, size);
}

/** The code of every size in `dcTable` (T.81 C.2). */
const dcCodes = codesOf(dcTable);

function codesOf({ counts }: HuffmanTable): { value: number; length: number }[] {
  let next = 0;
  return Array.from(counts).flatMap((count, index) => {
    const codes = Array.from({ length: count }, () => ({ value: next++, length: index + 1 }));
    next <<= 1;
    return codes;
  });
}

/** Puts bits together and stuffs a 0 after every 0xFF (T.81 F.1.2.3). */
class BitWriter {
  readonly #bytes: number[] = [];
  #byte = 0;
  #count = 0;

  bit(value: number): void {
    this.#byte = (this.#byte << 1) | value;
    this.#count += 1;
    if (this.#count < 8) return;
    this.#bytes.push(this.#byte);
    if (this.#byte === 0xff) this.#bytes.push(0);
    this.#byte = 0;
    this.#count = 0;
  }

  bits(value: number, length: number): void {
    for (let at = length - 1; at >= 0; at--) this.bit((value >> at) & 1);
  }

  /** Fills the last byte with ones. */
  end(): Buffer {
    while (this.#count > 0) this.bit(1);
    return Buffer.from(this.#bytes);
  }
}
