import { z } from 'zod';

/** An attribute in the DICOM JSON Model (PS3.18 F.2.2), of which only the values count here. */
function attribute<Value extends z.ZodType>(value: Value) {
  return z.object({ Value: z.array(value).optional() }).optional();
}

/** A UID; null stands for an empty value (PS3.18 F.2.5). */
const uid = attribute(z.string().nullable());

/** Numbers are numbers, or strings that say one (PS3.18 F.2.2). */
const unsignedShort = attribute(
  z.union([z.number(), z.string().regex(/^\d{1,5}$/)]).transform(Number),
);

/** An item of a Store Instances Response (PS3.18 I.2), by the tags of its attributes. */
const instance = z
  .object({ '00081150': uid, '00081155': uid, '00081197': unsignedShort })
  .transform((item) => ({
    sopClassUid: first(item['00081150']),
    sopInstanceUid: first(item['00081155']),
    failureReason: item['00081197']?.Value?.[0],
  }));

/** A Store Instances Response (PS3.18 I.2). */
const storeResponse = z
  .object({
    '00081198': attribute(instance),
    '00081199': attribute(instance),
    '0008119A': attribute(instance),
  })
  .transform((response) => ({
    failed: response['00081198']?.Value ?? [],
    stored: response['00081199']?.Value ?? [],
    otherFailures: response['0008119A']?.Value ?? [],
  }));

export type StoreResponse = z.infer<typeof storeResponse>;

/** A result of a Search transaction (PS3.18 10.6.3). */
const match = z.object({ '00080016': uid, '00080018': uid }).transform((item) => ({
  sopClassUid: first(item['00080016']),
  sopInstanceUid: first(item['00080018']),
}));

export type Match = z.infer<typeof match>;

function first(held: z.infer<typeof uid>): string | undefined {
  return held?.Value?.[0] ?? undefined;
}

/** A Store Instances Response: an object, or a list of just that. Undefined where the bytes are none. */
export function readStoreResponse(body: Uint8Array): StoreResponse | undefined {
  const value = parseJson(body);
  const [only, ...more] = Array.isArray(value) ? value : [value];
  return more.length > 0 ? undefined : storeResponse.safeParse(only).data;
}

/** The results of a search. Undefined where the bytes are none. */
export function readMatches(body: Uint8Array): Match[] | undefined {
  return z.array(match).safeParse(parseJson(body)).data;
}

/** Only UIDs and numbers are read: a name in another character set than UTF-8 does no harm. */
function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
