/** Bytes of a message without extensions (RFC 5905 7.3). */
const messageBytes = 48;
/** Version 4, mode 3: a client's question. */
const question = 0x23;
const serverMode = 4;
/** Seconds from 1900 to 1970. */
const epoch = 2_208_988_800;
const secondsOfEra = 2 ** 32;

/** What a time server has said. */
export interface TimeAnswer {
  /** 1 has a clock of its own, 2 follows such a one; 16 follows none. */
  stratum: number;
  /** When the question came there and when the answer left, milliseconds since 1970. */
  receivedAt: number;
  sentAt: number;
}

/** The question. `sentAt` comes back in the answer, so that no other passes for it. */
export function encodeTimeQuestion(sentAt: number): Buffer {
  const bytes = Buffer.alloc(messageBytes);
  bytes.writeUInt8(question, 0);
  writeTimestamp(bytes, 40, sentAt);
  return bytes;
}

/** The answer to the question that was sent at `sentAt`; undefined for anything else. */
export function decodeTimeAnswer(bytes: Buffer, sentAt: number): TimeAnswer | undefined {
  if (bytes.length < messageBytes || (bytes.readUInt8(0) & 7) !== serverMode) return undefined;
  const stratum = bytes.readUInt8(1);
  // Stratum 0 is a refusal ("kiss of death", RFC 5905 7.4), 16 a server that has no time.
  if (stratum === 0 || stratum > 15) return undefined;
  const asked = encodeTimeQuestion(sentAt).subarray(40);
  if (!bytes.subarray(24, 32).equals(asked)) return undefined;
  return { stratum, receivedAt: readTimestamp(bytes, 32), sentAt: readTimestamp(bytes, 40) };
}

/** How far the own clock is behind, milliseconds (RFC 5905 8); `askedAt` and `heardAt` are read from it. */
export function clockOffset(askedAt: number, answer: TimeAnswer, heardAt: number): number {
  return (answer.receivedAt - askedAt + (answer.sentAt - heardAt)) / 2;
}

function writeTimestamp(bytes: Buffer, at: number, ms: number): void {
  const seconds = ms / 1000 + epoch;
  bytes.writeUInt32BE(Math.floor(seconds) % secondsOfEra, at);
  bytes.writeUInt32BE(Math.floor((seconds % 1) * secondsOfEra), at + 4);
}

/** The era that began in 2036 is taken for numbers below that of 2024. */
function readTimestamp(bytes: Buffer, at: number): number {
  const seconds = bytes.readUInt32BE(at);
  const era = seconds < 3_900_000_000 ? secondsOfEra : 0;
  return (seconds + era - epoch + bytes.readUInt32BE(at + 4) / secondsOfEra) * 1000;
}
