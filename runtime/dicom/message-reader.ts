import { ByteCollector } from './byte-collector.ts';
import { type CommandSet, decodeCommandSet } from './dimse.ts';
import { MalformedMessage } from './malformed.ts';

/** Takes the data set of one message. */
export interface DataSetTarget {
  /** The next bytes `buffer[start, end)`; the buffer is reused after the call. */
  write(buffer: Buffer, start: number, end: number): void;
  /** The message is whole; called once, also when it has no data set. */
  end(): void;
}

/**
 * Puts fragments together into messages (PS3.7 6.3, PS3.8 annex E): a command set, then its data set if it has one,
 * both in one presentation context. Data sets flow through to their target and are not kept here.
 */
export class MessageReader {
  readonly #commandLimit: number;
  readonly #begin: (contextId: number, command: CommandSet) => DataSetTarget;
  readonly #command = new ByteCollector();
  #contextId = 0;
  #target: DataSetTarget | undefined;

  /** `begin` is given each command and returns where its data set goes; `commandLimit` is in bytes. */
  constructor(
    commandLimit: number,
    begin: (contextId: number, command: CommandSet) => DataSetTarget,
  ) {
    this.#commandLimit = commandLimit;
    this.#begin = begin;
  }

  /** Whether a message has begun and not ended. */
  get midMessage(): boolean {
    return this.#target !== undefined || this.#command.length > 0;
  }

  /** Takes a fragment as PduStream hands it out. Throws MalformedMessage. */
  fragment(
    contextId: number,
    isCommand: boolean,
    isLast: boolean,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    if (this.#target || this.#command.length > 0) this.#sameContext(contextId);
    this.#contextId = contextId;
    if (isCommand) this.#readCommand(isLast, buffer, start, end);
    else this.#readDataSet(isLast, buffer, start, end);
  }

  #sameContext(contextId: number): void {
    if (contextId !== this.#contextId)
      throw new MalformedMessage('a message changes its presentation context');
  }

  #readCommand(isLast: boolean, buffer: Buffer, start: number, end: number): void {
    if (this.#target) throw new MalformedMessage('a command before the end of a data set');
    if (this.#command.length + end - start > this.#commandLimit)
      throw new MalformedMessage(`a command set above ${this.#commandLimit} bytes`);
    this.#command.append(buffer, start, end);
    if (isLast) this.#beginMessage();
  }

  #beginMessage(): void {
    const command = decodeCommandSet(this.#command.take(), this.#commandLimit);
    const target = this.#begin(this.#contextId, command);
    if (command.hasDataSet) this.#target = target;
    else target.end();
  }

  #readDataSet(isLast: boolean, buffer: Buffer, start: number, end: number): void {
    const target = this.#target;
    if (!target) throw new MalformedMessage('a data set without a command');
    if (end > start) target.write(buffer, start, end);
    if (!isLast) return;
    this.#target = undefined;
    target.end();
  }
}
