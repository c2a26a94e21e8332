import type { Pdu } from '../runtime/dicom/pdu.ts';
import type { UserInformation } from '../runtime/dicom/user-information.ts';

/** Numbers that look random and follow from the seed alone (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number of 0 to `end - 1`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * end);
  }

  bool(): boolean {
    return this.below(2) === 1;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  some<T>(most: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.below(most + 1) }, (_, index) => make(index));
  }

  perhaps<T>(make: () => T): T | undefined {
    return this.bool() ? make() : undefined;
  }

  uid(): string {
    return `1.2.${Array.from({ length: 1 + this.below(6) }, () => this.below(9999)).join('.')}`;
  }
}

/** A legal PDU of any type. */
export function randomPdu(random: Random): Pdu {
  return random.pick([
    randomRequest,
    randomAccept,
    randomReject,
    randomData,
    randomRelease,
    randomAbort,
  ])(random);
}

function associate(random: Random) {
  return {
    protocolVersion: 1 + random.below(3),
    calledAeTitle: random.pick(['A', 'SIXTEEN_LETTERS_', 'WITH SPACE']),
    callingAeTitle: random.pick(['CT1', 'X']),
    applicationContextName: random.uid(),
    userInformation: randomUserInformation(random),
  };
}

function randomRequest(random: Random): Pdu {
  const contexts = random.some(6, (index) => ({
    id: 2 * index + 1,
    abstractSyntax: random.uid(),
    transferSyntaxes: random.some(4, () => random.uid()),
  }));
  return { pdu: 'A-ASSOCIATE-RQ', ...associate(random), contexts };
}

function randomAccept(random: Random): Pdu {
  const contexts = random.some(6, (index) => ({
    id: 2 * index + 1,
    result: random.below(5),
    transferSyntax: random.uid(),
  }));
  return { pdu: 'A-ASSOCIATE-AC', ...associate(random), contexts };
}

function randomReject(random: Random): Pdu {
  const number = (): number => 1 + random.below(3);
  return { pdu: 'A-ASSOCIATE-RJ', result: number(), source: number(), reason: number() };
}

function randomData(random: Random): Pdu {
  const value = () => ({
    contextId: 2 * random.below(128) + 1,
    isCommand: random.bool(),
    isLast: random.bool(),
    data: random.bytes(random.below(40)),
  });
  return { pdu: 'P-DATA-TF', values: [value(), ...random.some(3, value)] };
}

function randomRelease(random: Random): Pdu {
  return { pdu: random.pick(['A-RELEASE-RQ', 'A-RELEASE-RP'] as const) };
}

function randomAbort(random: Random): Pdu {
  return { pdu: 'A-ABORT', source: random.pick([0, 2]), reason: random.below(7) };
}

export function randomUserInformation(random: Random): UserInformation {
  const bytes = (): Buffer => random.bytes(random.below(12));
  return {
    maxPduLength: random.below(200_000),
    implementationClassUid: random.uid(),
    implementationVersionName: random.perhaps(() => random.pick(['V1', 'SIXTEEN_LETTERS_'])),
    asynchronousOperations: random.perhaps(() => ({
      invoked: random.below(9),
      performed: random.below(65_536),
    })),
    roles: random.some(3, () => ({
      sopClassUid: random.uid(),
      scu: random.bool(),
      scp: random.bool(),
    })),
    extended: random.some(2, () => ({ sopClassUid: random.uid(), information: bytes() })),
    commonExtended: random.some(2, bytes),
    userIdentity: random.perhaps(() => ({
      type: 1 + random.below(5),
      responseRequested: random.bool(),
      primary: bytes(),
      secondary: bytes(),
    })),
    userIdentityResponse: random.perhaps(bytes),
  };
}
