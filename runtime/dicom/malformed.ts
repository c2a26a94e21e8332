import { ScansideError } from '../../device/errors.ts';

/** Reasons of an A-ABORT whose source is the service provider (PS3.8 table 9-26). */
export const abortReasons = {
  notSpecified: 0,
  unrecognizedPdu: 1,
  unexpectedPdu: 2,
  unrecognizedParameter: 4,
  unexpectedParameter: 5,
  invalidParameterValue: 6,
} as const;

export type AbortReason = keyof typeof abortReasons;

/** A PDU that breaks PS3.8 or a limit, with the reason to give in the A-ABORT that answers it. */
export class MalformedPdu extends ScansideError {
  readonly abortReason: AbortReason;

  constructor(abortReason: AbortReason, detail: string) {
    super('PDU_MALFORMED', detail);
    this.abortReason = abortReason;
  }
}

/** A command set or a message that breaks PS3.7 or a limit. */
export class MalformedMessage extends ScansideError {
  constructor(detail: string) {
    super('DIMSE_MALFORMED', detail);
  }
}
