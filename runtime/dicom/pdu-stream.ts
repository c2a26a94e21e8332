import { MalformedPdu } from './malformed.ts';
import { checkPduHeader, type PduLimits, pduHeaderLength, pduTypes } from './pdu.ts';

/** Takes what a PduStream finds, in the order received. */
export interface PduVisitor {
  /** A whole PDU of any type but P-DATA-TF, without its header. The visitor may keep `body`. */
  pdu(type: number, body: Buffer): void;
  /** A P-DATA-TF PDU begins. */
  dataTransfer(): void;
  /**
   * Bytes `buffer[start, end)` of a presentation data value, as much as has arrived; the buffer is reused after the
   * call. `isLast` is true for the piece that ends the last fragment of a command or data set.
   */
  fragment(
    contextId: number,
    isCommand: boolean,
    isLast: boolean,
    buffer: Buffer,
    start: number,
    end: number,
  ): void;
}

const pdvHeader = 6;

/**
 * Cuts a byte stream into PDUs: bytes in, calls out; no I/O. A length is checked against its limit before a byte of
 * the PDU is kept. P-DATA-TF is never kept at all: its fragments are handed on where they lie.
 */
export class PduStream {
  readonly #limits: PduLimits;
  readonly #visitor: PduVisitor;
  readonly #header = Buffer.alloc(pduHeaderLength);
  #headerLength = 0;
  #body: Buffer | undefined;
  #bodyLength = 0;
  /** Bytes of the present P-DATA-TF PDU still to come. */
  #dataLeft = 0;
  /** Bytes of the present presentation data value still to come; -1 between values. */
  #valueLeft = -1;
  #contextId = 0;
  #control = 0;
  #paused = false;
  #running = false;
  #rest: Buffer | undefined;

  constructor(limits: PduLimits, visitor: PduVisitor) {
    this.#limits = limits;
    this.#visitor = visitor;
  }

  /** Whether bytes are kept until `resume`. */
  get holding(): boolean {
    return this.#rest !== undefined;
  }

  /** Whether a PDU has begun and not ended. */
  get midPdu(): boolean {
    return this.#headerLength > 0 || this.#body !== undefined || this.#dataLeft > 0;
  }

  /**
   * Takes `buffer[start, end)`, the next bytes of the stream; the buffer may be reused after the call. Throws
   * MalformedPdu, after which the stream is lost and must not be pushed to.
   */
  push(buffer: Buffer, start: number, end: number): void {
    if (this.#paused) this.#keep(buffer, start, end);
    else this.#run(buffer, start, end);
  }

  /** Stops calling the visitor, also from inside one of its calls; what is unread or still pushed is kept. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on with what was kept. Throws as `push` does. */
  resume(): void {
    this.#paused = false;
    if (this.#running) return;
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) this.#run(rest, 0, rest.length);
  }

  #run(buffer: Buffer, start: number, end: number): void {
    this.#running = true;
    let at = start;
    while (at < end && !this.#paused) at = this.#step(buffer, at, end);
    this.#running = false;
    if (at < end) this.#keep(buffer, at, end);
  }

  #keep(buffer: Buffer, start: number, end: number): void {
    const more = buffer.subarray(start, end);
    this.#rest = this.#rest ? Buffer.concat([this.#rest, more]) : Buffer.from(more);
  }

  #step(buffer: Buffer, at: number, end: number): number {
    if (this.#valueLeft >= 0) return this.#readValue(buffer, at, end);
    if (this.#dataLeft > 0) return this.#readValueHeader(buffer, at, end);
    if (this.#body) return this.#readBody(buffer, at, end, this.#body);
    return this.#readHeader(buffer, at, end);
  }

  /** Collects the six bytes of either header; returns where it stopped. */
  #collectHeader(buffer: Buffer, at: number, end: number): number {
    const stop = Math.min(end, at + pduHeaderLength - this.#headerLength);
    for (let i = at; i < stop; i += 1) this.#header[this.#headerLength++] = buffer[i]!;
    return stop;
  }

  #readHeader(buffer: Buffer, at: number, end: number): number {
    const stop = this.#collectHeader(buffer, at, end);
    // An unknown type is refused at once: a peer that speaks another protocol may never send six bytes.
    const type = this.#header[0]!;
    if (this.#headerLength < pduHeaderLength) {
      checkPduHeader(type, 0, this.#limits);
      return stop;
    }
    this.#headerLength = 0;
    this.#begin(type, this.#header.readUInt32BE(2));
    return stop;
  }

  #begin(type: number, length: number): void {
    checkPduHeader(type, length, this.#limits);
    if (type === pduTypes['P-DATA-TF']) {
      this.#dataLeft = length;
      this.#visitor.dataTransfer();
    } else if (length === 0) this.#visitor.pdu(type, Buffer.alloc(0));
    else {
      this.#body = Buffer.alloc(length);
      this.#bodyLength = 0;
    }
  }

  #readBody(buffer: Buffer, at: number, end: number, body: Buffer): number {
    const stop = Math.min(end, at + body.length - this.#bodyLength);
    buffer.copy(body, this.#bodyLength, at, stop);
    this.#bodyLength += stop - at;
    if (this.#bodyLength === body.length) {
      this.#body = undefined;
      this.#visitor.pdu(this.#header[0]!, body);
    }
    return stop;
  }

  #readValueHeader(buffer: Buffer, at: number, end: number): number {
    if (this.#dataLeft < pdvHeader) throw badValueLength(this.#dataLeft);
    const stop = this.#collectHeader(buffer, at, end);
    if (this.#headerLength < pdvHeader) return stop;
    this.#headerLength = 0;
    this.#beginValue(this.#header.readUInt32BE(0));
    return stop;
  }

  #beginValue(length: number): void {
    if (length < 2 || length > this.#dataLeft - 4) throw badValueLength(length);
    this.#dataLeft -= pdvHeader;
    this.#contextId = this.#header[4]!;
    this.#control = this.#header[5]!;
    this.#valueLeft = length - 2;
    // An empty value has no bytes that would bring it to #readValue.
    if (this.#valueLeft === 0) this.#hand(this.#header, 0, 0);
  }

  #readValue(buffer: Buffer, at: number, end: number): number {
    const stop = Math.min(end, at + this.#valueLeft);
    this.#hand(buffer, at, stop);
    return stop;
  }

  #hand(buffer: Buffer, start: number, stop: number): void {
    this.#valueLeft -= stop - start;
    this.#dataLeft -= stop - start;
    const ended = this.#valueLeft === 0;
    if (ended) this.#valueLeft = -1;
    const isLast = ended && (this.#control & 2) !== 0;
    this.#visitor.fragment(this.#contextId, (this.#control & 1) !== 0, isLast, buffer, start, stop);
  }
}

function badValueLength(length: number): MalformedPdu {
  return new MalformedPdu('invalidParameterValue', `presentation data value of ${length} bytes`);
}
