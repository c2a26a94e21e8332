import { ProtobufError, WireReader, WireWriter, type WireType } from './wire.ts';

/** How one value is written: a number's or a text's encoding, or the type of an embedded message. */
type Kind = 'int32' | 'int64' | 'uint64' | 'float' | 'double' | 'string' | 'bytes' | 'message';

/** One field of a message. `V` is what it holds here: an array where it is repeated. */
export interface Field<V> {
  number: number;
  kind: Kind;
  repeated: boolean;
  /** Written as one length-delimited value; both forms are read. */
  packed: boolean;
  /** Late, because messages hold each other. */
  message?: () => MessageType<object>;
  /** Never set: ties the field's type to its table. */
  value?: V;
}

/** A message's table: every property of `T` has its field, or the table does not compile. */
export interface MessageType<T extends object> {
  name: string;
  fields: { [K in keyof T]-?: Field<Required<T>[K]> };
}

const singular = <V>(kind: Kind) => {
  return (number: number): Field<V> => ({ number, kind, repeated: false, packed: false });
};
const repeated = <V>(kind: Kind, packed = false) => {
  return (number: number): Field<V[]> => ({ number, kind, repeated: true, packed });
};

export const int32 = singular<number>('int32');
export const int64 = singular<bigint>('int64');
export const float = singular<number>('float');
export const string = singular<string>('string');
export const bytes = singular<Uint8Array>('bytes');
export const int64s = repeated<bigint>('int64');
export const floats = repeated<number>('float');
export const strings = repeated<string>('string');
export const byteStrings = repeated<Uint8Array>('bytes');
export const packedInt32s = repeated<number>('int32', true);
export const packedInt64s = repeated<bigint>('int64', true);
export const packedUint64s = repeated<bigint>('uint64', true);
export const packedFloats = repeated<number>('float', true);
export const packedDoubles = repeated<number>('double', true);

export function message<T extends object>(number: number, type: () => MessageType<T>): Field<T> {
  const late = type as unknown as () => MessageType<object>;
  return { number, kind: 'message', repeated: false, packed: false, message: late };
}

export function messages<T extends object>(number: number, type: () => MessageType<T>): Field<T[]> {
  return { ...message(number, type), repeated: true, value: [] };
}

/** What a message may cost to read. */
export interface DecodeLimits {
  /** Objects and values, weighed by what they take in memory: about eight bytes each. */
  weight: number;
  /** Messages within messages. */
  depth: number;
}

const weights: Record<Kind, number> = {
  int32: 1,
  int64: 4,
  uint64: 4,
  float: 1,
  double: 1,
  string: 8,
  bytes: 16,
  message: 64,
};

const wireTypes: Record<Kind, WireType> = {
  int32: 0,
  int64: 0,
  uint64: 0,
  float: 5,
  double: 1,
  string: 2,
  bytes: 2,
  message: 2,
};

type Plain = Record<string, unknown>;
type NamedField = Field<unknown> & { name: string };

const byNumber = new WeakMap<object, ReadonlyMap<number, NamedField>>();

function fieldsOf(type: MessageType<object>): ReadonlyMap<number, NamedField> {
  const known = byNumber.get(type);
  if (known) return known;
  const table = type.fields as Record<string, Field<unknown>>;
  const fields = Object.entries(table).map(([name, field]) => {
    return [field.number, { ...field, name }] as const;
  });
  const made = new Map(fields.toSorted(([a], [b]) => a - b));
  byNumber.set(type, made);
  return made;
}

function toInt64({ low, high }: { low: number; high: number }): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

class Decoder {
  #left: number;
  #depth: number;

  constructor({ weight, depth }: DecodeLimits) {
    this.#left = weight;
    this.#depth = depth;
  }

  #spend(kind: Kind): void {
    this.#left -= weights[kind];
    if (this.#left < 0) throw new ProtobufError('it holds too many values');
  }

  message(content: Uint8Array, type: MessageType<object>): Plain {
    if (this.#depth-- <= 0) throw new ProtobufError('it is nested too deeply');
    const fields = fieldsOf(type);
    const made: Plain = {};
    for (const { name, repeated } of fields.values()) if (repeated) made[name] = [];
    const reader = new WireReader(content);
    while (!reader.atEnd) {
      const { number, wireType } = reader.tag();
      const field = fields.get(number);
      if (!field) throw new ProtobufError(`${type.name} has no field ${number}`);
      this.#field(reader, wireType, { field, made });
    }
    this.#depth++;
    return made;
  }

  #field(reader: WireReader, wireType: WireType, to: { field: NamedField; made: Plain }): void {
    const { field, made } = to;
    if (field.repeated && wireType === 2 && wireTypes[field.kind] !== 2) {
      const packed = new WireReader(reader.bytes());
      while (!packed.atEnd) (made[field.name] as unknown[]).push(this.#value(packed, field));
      return;
    }
    if (wireType !== wireTypes[field.kind])
      throw new ProtobufError(`${field.name} has wire type ${wireType}`);
    const value = this.#value(reader, field);
    if (field.repeated) (made[field.name] as unknown[]).push(value);
    // Readers disagree on a field given twice: some merge, some take the last.
    else if (field.name in made) throw new ProtobufError(`${field.name} is given twice`);
    else made[field.name] = value;
  }

  #value(reader: WireReader, { kind, message }: NamedField): unknown {
    this.#spend(kind);
    if (kind === 'message') return this.message(reader.bytes(), message!());
    if (kind === 'int32') return reader.varint().low | 0;
    if (kind === 'int64') return BigInt.asIntN(64, toInt64(reader.varint()));
    if (kind === 'uint64') return toInt64(reader.varint());
    return reader[kind]();
  }
}

/**
 * Reads a message. Repeated fields are arrays, empty where absent; other fields are absent where they were absent.
 * Byte values are views into `content`. Throws ProtobufError: for what is damaged or costs more than the limits
 * allow, and for what another reader might see differently, which is unknown fields and fields given twice.
 */
export function decode<T extends object>(
  content: Uint8Array,
  type: MessageType<T>,
  limits: DecodeLimits,
): T {
  return new Decoder(limits).message(content, type) as T;
}

function writeValue(writer: WireWriter, { kind, message }: NamedField, value: unknown): void {
  if (kind === 'message') writer.nested(encodeInto(value as Plain, message!()));
  else if (kind === 'int32' || kind === 'int64' || kind === 'uint64')
    writer.varint(BigInt(value as number | bigint));
  else if (kind === 'float' || kind === 'double') writer[kind](value as number);
  else if (kind === 'string') writer.string(value as string);
  else writer.bytes(value as Uint8Array);
}

function writeField(writer: WireWriter, field: NamedField, values: unknown[]): void {
  if (!field.packed) {
    for (const value of values) {
      writer.tag(field.number, wireTypes[field.kind]);
      writeValue(writer, field, value);
    }
  } else if (values.length > 0) {
    const inner = new WireWriter();
    for (const value of values) writeValue(inner, field, value);
    writer.tag(field.number, 2);
    writer.nested(inner);
  }
}

function encodeInto(plain: Plain, type: MessageType<object>): WireWriter {
  const writer = new WireWriter();
  for (const field of fieldsOf(type).values()) {
    const value = plain[field.name];
    if (value !== undefined)
      writeField(writer, field, field.repeated ? (value as unknown[]) : [value]);
  }
  return writer;
}

/** Writes a message, fields in the order of their numbers, as the reference implementation does. */
export function encode<T extends object>(content: T, type: MessageType<T>): Uint8Array {
  return encodeInto(content as Plain, type).finish();
}
